package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// isRaw reports whether a terminal's output is raw, as the console leaves it when it is killed and a shell never does.
func isRaw(terminal *os.File) bool {
	modes, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	return err == nil && modes.Oflag&unix.OPOST == 0
}
