package ui

import (
	"os"

	"golang.org/x/sys/unix"
)

// discardOutput throws away what a terminal was given and has not shown yet, and wakes whoever waits for room there.
func discardOutput(terminal *os.File) {
	fd := int(terminal.Fd())
	_ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH) // all three in vain where there is no terminal any more
	// The flush alone wakes nobody; to stop the output and start it again does.
	_ = unix.IoctlSetInt(fd, unix.TCXONC, unix.TCOOFF)
	_ = unix.IoctlSetInt(fd, unix.TCXONC, unix.TCOON)
}
