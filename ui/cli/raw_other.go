//go:build !linux

package cli

import "os"

// isRaw is not asked here: the terminal is restored anyway.
func isRaw(*os.File) bool { return true }
