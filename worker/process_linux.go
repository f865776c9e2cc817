package worker

import "syscall"

// ownGroup starts a command in a group of its own. When carousel is killed, so is the command: the system ties it to the
// thread that started it, and no thread of carousel ends before the process does, for no goroutine ends locked to one.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
