//go:build unix

package cli

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
)

// jobControl is what a person at a shell does: runs it, sees it stop, types a line, and has it back.
const jobControl = `set -m; "$@"; echo "[stopped $?]"; read -r _; fg >/dev/null; echo "[ended $?]"`

// stoppedOnShell checks that the shell has its terminal, as it was.
func (s *onTerminal) stoppedOnShell() {
	s.t.Helper()
	s.until("[stopped")
	if now, err := term.GetState(s.terminal.Fd()); err != nil || *now != s.before {
		s.t.Errorf("the shell has a terminal in other modes: %+v, before %+v; %v", now, s.before, err)
	}
	raw := s.said()
	if !leftScreen(raw) ||
		strings.LastIndex(raw, "\x1b[?25h") < strings.LastIndex(raw, "\x1b[?25l") {
		s.t.Errorf("the shell has the console's screen: …%q", raw[max(0, len(raw)-500):])
	}
}

// Ctrl+Z and SIGTSTP: nothing is in hand while the process is stopped, the shell has its terminal, and fg goes on.
func TestConsoleIsSuspendedAndContinued(t *testing.T) {
	for _, c := range []struct {
		name  string
		work  time.Duration
		stop  func(s *onTerminal)
		ready int // while it is stopped; the task is in hand before
	}{
		{"Ctrl+Z", time.Second, func(s *onTerminal) { s.press("\x1a") }, 0},
		{"Ctrl+Z twice", longTask, func(s *onTerminal) { s.press("\x1a"); s.until("Suspending: 1 task"); s.press("\x1a") }, 1},
		{"SIGTSTP", time.Second, func(s *onTerminal) {
			if err := syscall.Kill(s.foreground(), syscall.SIGTSTP); err != nil {
				s.t.Fatal(err)
			}
		}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := onSandbox(t)
			r.put(t, 1, c.work)
			s := startCommand(t, inShell(carousel(t, r.url, "--workers", "1"), jobControl))
			s.until("w01    running")
			c.stop(s)
			s.stoppedOnShell()
			if ready, consumers := r.queue(t); ready != c.ready || consumers != 0 {
				t.Errorf("while it is stopped %d tasks are ready, for %d consumers; want %d and 0", ready, consumers, c.ready)
			}
			s.press("\n")
			s.until("Workers 1")
			if c.ready == 0 {
				r.put(t, 1, time.Millisecond)
				r.worked(t, "the workers did not go on")
				s.until("2       0 ") // done and failed
			} else {
				s.until("w01    running")
			}
			s.press("\x03\x03")
			s.until("[ended 0]")
			s.end(exitDone)
			r.left(t, c.ready)
		})
	}
}

// work is stopped and continued by the shell alone: it goes on where it was.
func TestWorkIsStoppedAndContinued(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	s := startCommand(t, inShell(carousel(t, r.url, "work", "--workers", "1"), jobControl))
	s.untilSaid("worker started")
	s.press("\x1a")
	s.untilSaid("[stopped")
	r.put(t, 5, time.Millisecond)
	s.press("\n")
	r.worked(t, "it did not go on")
	s.press("\x03")
	s.untilSaid("every task in hand was finished")
	s.untilSaid("[ended 130]")
	s.exit(exitDone, patience)
	r.left(t, 0)
}

// Killed while the shell has the terminal, the console's monitor leaves it to the shell.
func TestConsoleIsKilledWhileSuspended(t *testing.T) {
	t.Parallel()
	s := startCommand(t, inShell(carousel(t, onSandbox(t).url, "--workers", "1"),
		`set -m; "$@"; echo "[stopped $?]"; read -r _; echo "[bye]"`))
	s.until("Workers 1")
	pid := s.foreground()
	s.press("\x1a")
	s.stoppedOnShell()
	before := len(s.said())
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.untilSaid("it was killed; tasks in hand are in the queue again")
	s.press("\n")
	s.untilSaid("[bye]")
	s.end(exitDone)
	if strings.Contains(s.said()[before:], "\x1b") {
		t.Errorf("the shell's screen got %q", s.said()[before:])
	}
}

// foreground is the process group that has the terminal.
func (s *onTerminal) foreground() (pid int) {
	s.t.Helper()
	group, err := foregroundGroup(s.terminal)
	if err != nil {
		s.t.Fatal(err)
	}
	return group
}

// Stopped by SIGSTOP, which nobody can prepare for, the console takes its terminal back when it is continued.
func TestConsoleIsStoppedUnasked(t *testing.T) {
	t.Parallel()
	s := startCommand(t, inShell(carousel(t, onSandbox(t).url, "--workers", "1"), jobControl))
	s.until("Workers 1")
	if err := syscall.Kill(s.foreground(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	s.until("[stopped")
	if err := term.Restore(s.terminal.Fd(), &s.before); err != nil { // as an interactive shell does
		t.Fatal(err)
	}
	s.press("\n")
	s.until("Workers 1")
	s.quit() // without Enter: the terminal is raw again
	s.until("[ended 0]")
	s.end(exitDone)
}

// Where no shell could continue the process, Ctrl+Z says so, and the work goes on.
func TestConsoleIsNotSuspendedForEver(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	s := startFor(t, r.url, "--workers", "1")
	s.until("Workers 1")
	s.press("\x1a")
	s.until("Nobody could continue this process")
	r.put(t, 1, time.Millisecond)
	s.until("✓ w01")
	s.quit()
	s.end(exitDone)
}

// A recording is suspended as well, and its time does not go on meanwhile.
func TestRecordingIsSuspended(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tape")
	s := startFor(t, "", "--workers", "2", "--record", path)
	s.until("2 workers wait")
	s.press("q")
	s.end(exitDone)
	s = startCommand(t, inShell(carousel(t, "", "replay", path, "--speed", "0.25"), jobControl))
	s.until("[recording 0:00 of")
	s.press("\x1a")
	s.stoppedOnShell()
	s.press("\n")
	s.until("[recording")
	s.press("q")
	s.until("[ended 0]")
	s.end(exitDone)
}
