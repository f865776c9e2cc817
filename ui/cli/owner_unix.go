//go:build unix

package cli

import (
	"os"
	"syscall"
)

// foreign reports whether a file belongs to somebody else than this process's user and root.
func foreign(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid()
}
