//go:build unix

package cli

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// monotonicLine is the time that the service manager tells a reload from its end by.
func monotonicLine() string {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return "MONOTONIC_USEC=0"
	}
	return fmt.Sprintf("MONOTONIC_USEC=%d", now.Nano()/1000)
}
