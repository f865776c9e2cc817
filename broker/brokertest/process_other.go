//go:build !linux

package brokertest

import (
	"fmt"
	"os"
	"os/exec"
	"time"
)

var errLinuxOnly = fmt.Errorf("%w, which only starts on Linux, where it dies with the test binary", errUnavailable)

type process struct{ done chan struct{} }

func startProcess(*exec.Cmd, string) (*process, error) { return nil, errLinuxOnly }

func (*process) running() bool                 { return false }
func (*process) kill()                         {}
func (*process) terminate(time.Duration) error { return errLinuxOnly }
func (*process) freeze() error                 { return errLinuxOnly }
func (*process) thaw() error                   { return errLinuxOnly }

func newFolder(string) (string, *os.File, error) { return "", nil, errLinuxOnly }
