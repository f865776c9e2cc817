//go:build unix

package cli

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// SIGHUP is the end where the terminal has gone, or goes a moment later, and an order to read the config again where it is
// still there, or never was.
func TestHangup(t *testing.T) {
	const at = 500 * time.Millisecond // of the first signal
	never, before, late := time.Hour, at/2, at+hangupLag/2
	for _, c := range []struct {
		name    string
		had     bool
		gone    time.Duration // when the terminal goes
		signals []os.Signal   // a tenth of a second apart
		reloads int
		leaves  bool
		done    uint64
	}{
		{"a service", false, never, []os.Signal{syscall.SIGHUP}, 1, false, 10},
		{"a service, twice", false, never, []os.Signal{syscall.SIGHUP, syscall.SIGHUP}, 2, false, 10},
		{"a terminal that is there", true, never, []os.Signal{syscall.SIGHUP}, 1, false, 10},
		{"a terminal that has gone", true, before, []os.Signal{syscall.SIGHUP}, 0, true, 1},
		{"a terminal that has gone, twice", true, before, []os.Signal{syscall.SIGHUP, syscall.SIGHUP}, 0, true, 1},
		{"a shell that leaves", true, late, []os.Signal{syscall.SIGHUP}, 0, true, 2},
		{"gone, and told to hand back", true, before, []os.Signal{syscall.SIGHUP, syscall.SIGTERM}, 0, true, 0},
		{"there, and told to leave", true, never, []os.Signal{syscall.SIGHUP, syscall.SIGTERM}, 0, true, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var there atomic.Bool
				there.Store(c.had)
				time.AfterFunc(c.gone, func() { there.Store(false) })
				signals := make(chan os.Signal, 3)
				for i, signal := range c.signals {
					time.AfterFunc(at+time.Duration(i)*100*time.Millisecond, func() { signals <- signal })
				}
				b := newFakeBroker(tasksOf(10, time.Second)...)
				status, _, stderr := invocation{args: []string{"work", "--workers", "1", "--drain"}, broker: b, signals: signals, tty: there.Load}.run(t)
				if n := strings.Count(stderr, "config reloaded"); n != c.reloads || (status == exitInterrupted) != c.leaves || uint64(b.acked) != c.done {
					t.Errorf("status %d, %d reloads, %d done\n%s", status, n, b.acked, stderr)
				}
			})
		})
	}
}

// Workers in the foreground of a terminal leave with it, whoever sends SIGHUP, and see the task in hand through.
func TestTerminalOfWorkIsClosed(t *testing.T) {
	for name, script := range map[string]string{
		"alone":            `exec "$@"`,
		"job of a shell":   `set -m; "$@"`,
		"child of a shell": `"$@"; true`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := onSandbox(t)
			r.put(t, 1, 2*time.Second)
			s := startCommand(t, inShell(carousel(t, r.url, "work", "--workers", "1"), script))
			s.until("1 in hand")
			if err := s.terminal.Close(); err != nil {
				t.Fatal(err)
			}
			r.await(t, "the workers still run", func(_, consumers int) bool { return consumers == 0 })
			r.left(t, 0)
			_ = s.command.Wait() // of the shell, which the terminal took along
		})
	}
}

// On a terminal that is there, SIGHUP reads the config again.
func TestHangupByHandOnATerminal(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	s := startFor(t, r.url, "work", "--workers", "1")
	s.until("worker started")
	s.signal(syscall.SIGHUP)
	s.until("config reloaded")
	r.put(t, 1, 0)
	r.worked(t, "SIGHUP ended the work")
	s.signal(syscall.SIGTERM)
	s.exit(exitInterrupted, patience)
}

// A service has no terminal, and reads its config again.
func TestHangupOfAService(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	path := writeConfig(t, "")
	c := carousel(t, r.url, "work", "--config", path, "--management", r.management)
	c.SysProcAttr = asService
	w := startWork(t, c)
	w.until("worker started")
	for _, n := range []int{7, 2} {
		if err := os.WriteFile(path, fmt.Appendf(nil, "[workers]\ncount = %d\n", n), 0o600); err != nil {
			t.Fatal(err)
		}
		w.signal(syscall.SIGHUP)
		r.await(t, fmt.Sprintf("want %d workers", n), func(_, consumers int) bool { return consumers == n })
	}
	w.signal(syscall.SIGTERM)
	if status := ended(t, w.command, patience); status != exitInterrupted {
		t.Errorf("status %d:\n%s", status, w.log())
	}
	r.left(t, 0)
}
