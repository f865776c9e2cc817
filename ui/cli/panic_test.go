//go:build unix

package cli

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"carousel/broker"
)

// panicEnv makes the test binary a carousel that panics where it says: in "update" at the key that reconnects; in a
// "command" of the screen, in the goroutine of a "library", or in a "fatal" way that nothing can recover, at SIGUSR1; in "main"
// when the work begins.
const panicEnv = "CAROUSEL_TEST_PANIC"

// openForMain opens the real broker client, with a panic in it where one is wanted.
func openForMain() func(broker.Config, *slog.Logger) (*backend, error) {
	where := os.Getenv(panicEnv)
	if where == "" {
		return openBackend
	}
	return func(cfg broker.Config, log *slog.Logger) (*backend, error) {
		b, err := openBackend(cfg, log)
		if err == nil {
			order := make(chan os.Signal, 1)
			signal.Notify(order, syscall.SIGUSR1)
			p := &panicky{client: b.client, inMain: where == "main"}
			b.client = p
			go p.await(where, order)
		}
		return b, err
	}
}

// panicky is a client that panics on purpose.
type panicky struct {
	client
	inMain bool
	armed  atomic.Bool
}

func (p *panicky) await(where string, order <-chan os.Signal) {
	<-order
	switch where {
	case "command":
		p.armed.Store(true)
		return
	case "fatal":
		new(sync.Mutex).Unlock() // as little can be done about it as about the end of memory
	}
	panic("on purpose")
}

// EnsureQueue is called by work, in the goroutine that everything else is unwound by.
func (p *panicky) EnsureQueue(ctx context.Context) (broker.QueueInfo, error) {
	if p.inMain {
		panic("on purpose")
	}
	return p.client.EnsureQueue(ctx)
}

// Reconnect is called by Update.
func (p *panicky) Reconnect() { panic("on purpose") }

// Snapshot is called by a Cmd of the console.
func (p *panicky) Snapshot() broker.Snapshot {
	if p.armed.Load() {
		panic("on purpose")
	}
	return p.client.Snapshot()
}

// panicNow has the program in the foreground panic.
func (s *onTerminal) panicNow(where string) {
	s.t.Helper()
	if where == "update" {
		s.press("r")
	} else if err := syscall.Kill(s.foreground(), syscall.SIGUSR1); err != nil {
		s.t.Fatal(err)
	}
}

// asJob is a script that runs a program as a person does at a shell, and stays for what comes after it.
const asJob = `stty cols 400; set -m; "$@"; echo "[ended $?]"; read -r _`

// keptReport finds the one report in the folder, and checks what is in it and that its path was told.
func keptReport(t *testing.T, dir, shown string, wants ...string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*crash-*.txt"))
	if err != nil || len(found) != 1 {
		t.Fatalf("reports %q, %v; shown\n%s", found, err, shown)
	}
	report, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range wants {
		if !bytes.Contains(report, []byte(want)) {
			t.Errorf("%q is not in the report %q", want, report)
		}
	}
	if info, err := os.Stat(found[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the report is for everybody: %v, %v", info.Mode(), err)
	}
	if !strings.Contains(shown, "The report is in "+found[0]) {
		t.Errorf("the report's path %s is not told:\n%s", found[0], shown)
	}
}

// A panic anywhere leaves a terminal that can be used, a report, its path, and the tasks in the queue.
func TestConsolePanics(t *testing.T) {
	for _, c := range []struct {
		where, end string
		wants      []string
	}{
		{"update", "[ended 1]", []string{"panic: on purpose", "panicky", "goroutine "}},
		{"command", "[ended 1]", []string{"panic: on purpose", "panicky", "goroutine "}},
		{"library", "[ended 134]", []string{"panic: on purpose", "panicky", "goroutine "}},
		{"fatal", "[ended 134]", []string{"runtime.fatal(", "panicky", "goroutine "}},
	} {
		t.Run(c.where, func(t *testing.T) {
			t.Parallel()
			cache := t.TempDir()
			command := carousel(t, "amqp://guest:guest@127.0.0.1:1/")
			command.Env = append(command.Env, panicEnv+"="+c.where, "XDG_CACHE_HOME="+cache)
			s := startCommand(t, inShell(command, asJob))
			s.until("127.0.0.1:1")
			s.panicNow(c.where)
			s.until(c.end)
			s.untilSaid("The report is in ")
			s.press("\n")
			s.end(exitDone)
			shown := s.said()
			shown = shown[strings.LastIndex(shown, "\x1b[?1049l"):]
			keptReport(t, filepath.Join(cache, "carousel"), shown, c.wants...)
		})
	}
}

// The tasks of a console that panics are in the queue again.
func TestTasksOfAConsoleThatPanics(t *testing.T) {
	for _, where := range []string{"library", "command"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			r := onSandbox(t)
			r.put(t, 1, longTask)
			command := carousel(t, r.url, "--workers", "1")
			command.Env = append(command.Env, panicEnv+"="+where)
			s := startCommand(t, inShell(command, asJob))
			s.until("w01    running")
			s.panicNow(where)
			s.until("[ended ")
			r.await(t, "the console's consumers are still there", func(_, consumers int) bool { return consumers == 0 })
			r.left(t, 1)
		})
	}
}

// Without a home, or where the cache cannot be written, the report is among the temporary files; two crashes make two.
func TestReportWithoutACache(t *testing.T) {
	for name, change := range map[string]func(env []string, dir string) []string{
		"no home": func(env []string, dir string) []string {
			return append(env, "HOME=", "XDG_CACHE_HOME=", "TMPDIR="+dir)
		},
		"cache is a file": func(env []string, dir string) []string {
			file := filepath.Join(dir, "file")
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			return append(env, "XDG_CACHE_HOME="+file, "TMPDIR="+dir)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			command := carousel(t, onSandbox(t).url, "work")
			command.Env = append(change(command.Env, dir), panicEnv+"=library")
			w := startWork(t, command)
			w.until("worker started")
			w.signal(syscall.SIGUSR1)
			ended(t, w.command, patience)
			w.until("The report is in ")
			keptReport(t, dir, w.log(), "panic: on purpose")
		})
	}
}

// A crash of work has a status of its own, and its report does not end among the lines of the log.
func TestWorkPanics(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	r := onSandbox(t)
	for _, where := range []string{"library", "main"} {
		if err := os.RemoveAll(filepath.Join(cache, "carousel")); err != nil {
			t.Fatal(err)
		}
		command := carousel(t, r.url, "work")
		command.Env = append(command.Env, panicEnv+"="+where, "XDG_CACHE_HOME="+cache)
		w := startWork(t, inShell(command, `"$@" & echo "pid $!" >&2; wait $!; echo "[ended $?]" >&2`))
		if where != "main" {
			w.until("worker started")
			if err := syscall.Kill(w.pid(), syscall.SIGUSR1); err != nil {
				t.Fatal(err)
			}
		}
		ended(t, w.command, patience)
		w.until("The report is in ")
		if !strings.Contains(w.log(), "[ended 134]") || strings.Contains(w.log(), "\x1b") {
			t.Errorf("status, or escape sequences:\n%s", w.log())
		}
		keptReport(t, filepath.Join(cache, "carousel"), w.log(), "panic: on purpose", "goroutine ")
	}
}

// Ctrl+\ reaches the monitor, too, which keeps the report none the less.
func TestWorkIsToldToQuit(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	command := carousel(t, onSandbox(t).url, "work")
	command.Env = append(command.Env, "XDG_CACHE_HOME="+cache)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	w := startWork(t, command)
	w.until("worker started")
	if err := syscall.Kill(-command.Process.Pid, syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	ended(t, w.command, patience)
	w.until("The report is in ")
	keptReport(t, filepath.Join(cache, "carousel"), w.log(), "SIGQUIT", "goroutine ")
}

// Who kills the console leaves it no time to do anything; its monitor restores the terminal, and the broker has the task.
func TestConsoleIsKilled(t *testing.T) {
	r := realBroker(t)
	r.put(t, 1, longTask)
	s := startCommand(t, inShell(carousel(t, r.url, "--workers", "1"), asJob))
	s.until("w01    running")
	if err := syscall.Kill(s.foreground(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.untilSaid("[ended 137]")
	s.untilSaid("it was killed; tasks in hand are in the queue again")
	s.press("\n")
	s.end(exitDone)
	r.await(t, "the task is not back", func(ready, consumers int) bool { return ready == 1 && consumers == 0 })
}
