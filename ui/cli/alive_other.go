//go:build !unix

package cli

import "os"

// runs reports whether a process runs, or something else by its number.
func runs(pid int) bool {
	process, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = process.Release()
	return true
}
