//go:build unix

package worker

import (
	"os"
	"os/exec"
	"syscall"
)

var endSignals = []os.Signal{syscall.SIGTERM}

// leaveGroup starts a process that sits in a group of its own.
func leaveGroup(address string) {
	c := exec.Command(os.Args[0], asCommand, "sit", address, "left")
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if c.Start() != nil {
		os.Exit(70)
	}
}
