//go:build unix

package cli

import (
	"errors"
	"syscall"
)

// runs reports whether a process runs, or something else by its number.
func runs(pid int) bool {
	return pid > 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
