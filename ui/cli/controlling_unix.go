//go:build unix

package cli

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// HasTerminal reports whether the process has a controlling terminal, which /dev/tty stands for. The kernel takes it away before
// it sends SIGHUP. What else may go wrong says nothing of that.
func HasTerminal() bool {
	f, err := os.OpenFile("/dev/tty", os.O_RDONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return !errors.Is(err, unix.ENXIO) && !errors.Is(err, unix.EIO) && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EACCES)
	}
	_ = f.Close()
	return true
}
