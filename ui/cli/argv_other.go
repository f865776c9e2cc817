//go:build !linux

package cli

import "os"

// TakeArgs returns the process's arguments without the program's name. Here they stay to be seen in the list of processes;
// settings warns of a password among them.
func TakeArgs() []string { return append([]string{}, os.Args[1:]...) }
