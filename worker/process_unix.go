//go:build unix

package worker

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// group is a group of processes, by the number of its first one. The number stays taken while one of them is left.
type group int

func groupOf(p *os.Process) group { return group(p.Pid) }

// terminate asks every process of the group to end; a stopped one is woken up, to hear it.
func (g group) terminate() {
	_ = syscall.Kill(-int(g), syscall.SIGTERM)
	_ = syscall.Kill(-int(g), syscall.SIGCONT)
}

// kill ends every process of the group. When its first process has just been reaped and was the last, the number belongs to
// nobody yet: the system hands numbers out by turns.
func (g group) kill() { _ = syscall.Kill(-int(g), syscall.SIGKILL) }

// alive reports whether a process of the group is left.
func (g group) alive() bool {
	g.reapOrphans()
	return !errors.Is(syscall.Kill(-int(g), 0), syscall.ESRCH)
}

// orphanPatience is how many times groupPoll the killed rest of a group may take to be gone.
const orphanPatience = 100

// close lets go of the group, which has been killed.
func (g group) close() {
	for tries := 0; g.reapOrphans() && tries < orphanPatience; tries++ {
		time.Sleep(groupPoll)
	}
}

// reapOrphans reaps those of the group whose parent has ended, where that falls to this process: it is a container's first
// one, and nobody else would. It reports whether some have not ended yet.
func (g group) reapOrphans() (left bool) {
	if os.Getpid() != 1 {
		return false
	}
	for {
		pid, err := syscall.Wait4(-int(g), nil, syscall.WNOHANG, nil)
		if pid <= 0 && !errors.Is(err, syscall.EINTR) {
			return pid == 0 // and not -1: there are none
		}
	}
}

// signalled names the signal that ended a process; "" when none did.
func signalled(s *os.ProcessState) string {
	status, ok := s.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return ""
	}
	if name := unix.SignalName(status.Signal()); name != "" {
		return name
	}
	return status.Signal().String()
}
