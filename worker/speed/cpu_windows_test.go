package speed

import (
	"syscall"
	"time"
)

// processorTime is the user and kernel time that this process has taken so far.
func processorTime() time.Duration {
	var created, ended, kernel, user syscall.Filetime
	self, err := syscall.GetCurrentProcess()
	if err == nil {
		err = syscall.GetProcessTimes(self, &created, &ended, &kernel, &user)
	}
	if err != nil {
		return 0
	}
	return hundreds(kernel) + hundreds(user)
}

// hundreds reads a duration that Windows counts in 100 ns.
func hundreds(t syscall.Filetime) time.Duration {
	return time.Duration(uint64(t.HighDateTime)<<32|uint64(t.LowDateTime)) * 100
}
