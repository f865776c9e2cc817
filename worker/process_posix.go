//go:build unix && !linux

package worker

import "syscall"

// ownGroup starts a command in a group of its own. When carousel is killed the command finds its standard input ended.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
