//go:build unix

package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// foregroundGroup asks the pty's master, whose terminal it is.
func foregroundGroup(terminal *os.File) (int, error) {
	return unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
}
