package cli

import (
	"bytes"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// costScreen is a terminal that shows nothing, so as to take no time from what is measured: it counts, and looks for one text.
type costScreen struct {
	command  *exec.Cmd
	terminal *os.File
	started  time.Time
	found    chan time.Time
	over     chan struct{} // closed at the end of input

	mu     sync.Mutex
	got    int
	sought []byte // nil: nothing
	tail   []byte // what came since, as far as it may be the beginning of it
}

// openScreen starts a command on a large terminal, and looks for a text.
func openScreen(t *testing.T, c *exec.Cmd, text string) *costScreen {
	t.Helper()
	s := &costScreen{command: c, started: time.Now(), found: make(chan time.Time, 1), over: make(chan struct{}), sought: []byte(text)}
	var err error
	if s.terminal, err = pty.StartWithSize(c, &pty.Winsize{Cols: 200, Rows: 60}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill() // it has ended, unless the measurement failed
		s.terminal.Close()
		<-s.over
	})
	go s.read()
	return s
}

func (s *costScreen) read() {
	defer close(s.over)
	buf := make([]byte, 64<<10)
	for {
		n, err := s.terminal.Read(buf)
		if err != nil {
			return
		}
		s.take(buf[:n], time.Now())
	}
}

func (s *costScreen) take(text []byte, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got += len(text)
	if len(s.sought) == 0 {
		return
	}
	s.tail = append(s.tail, text...)
	if bytes.Contains(s.tail, s.sought) {
		s.sought = nil
		s.found <- at
		return
	}
	s.tail = s.tail[max(0, len(s.tail)-len(s.sought)):]
}

// seek looks for a text in what comes from here on.
func (s *costScreen) seek(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sought, s.tail = []byte(text), s.tail[:0]
}

// await returns when the text came.
func (s *costScreen) await(t *testing.T) time.Time {
	t.Helper()
	select {
	case at := <-s.found:
		return at
	case <-time.After(patience):
		t.Fatalf("%q did not come", s.sought)
	}
	return time.Time{}
}

// end ends the command: what is in hand may be finished, but not for long.
func (s *costScreen) end(t *testing.T) {
	t.Helper()
	for range 2 {
		_ = s.command.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	}
	stuck := time.AfterFunc(patience, func() { _ = s.command.Process.Kill() })
	defer stuck.Stop()
	_ = s.command.Wait() // the status says that it was interrupted
}
