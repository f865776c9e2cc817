//go:build !linux

package ui

import "os"

// discardOutput does nothing here: what a stuck terminal was given waits until it goes on.
func discardOutput(*os.File) {}
