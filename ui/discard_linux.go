package ui

import (
	"os"

	"golang.org/x/sys/unix"
)

// discardOutput throws away what a terminal was given and has not shown yet.
func discardOutput(terminal *os.File) {
	_ = unix.IoctlSetInt(int(terminal.Fd()), unix.TCFLSH, unix.TCOFLUSH) // in vain where there is no terminal any more
}
