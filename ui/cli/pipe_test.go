package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// brokenPipe is a pipe whose reader has gone.
func brokenPipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	t.Cleanup(func() { w.Close() })
	return w
}

// fullPipe is a pipe that holds all it can, and whose reader does not read.
func fullPipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	if err := w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for { // until nothing more fits in
		if _, err := w.Write(make([]byte, 4096)); err != nil {
			return w
		}
	}
}

// debugConfig is a config file that has everything logged.
func debugConfig(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte("[log]\nlevel = \"debug\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ended waits for a command's end and returns its exit status.
func ended(t *testing.T, c *exec.Cmd, within time.Duration) int {
	t.Helper()
	late := time.AfterFunc(within, func() {
		t.Errorf("%q still ran after %v", c.Args[1:], within)
		_ = c.Process.Kill()
	})
	defer late.Stop()
	_ = c.Wait()
	return c.ProcessState.ExitCode()
}

// Who closes the pipe wants no more of it: the tasks are seen through, and the status tells of them.
func TestBrokenPipes(t *testing.T) {
	for _, c := range []struct {
		name, args     string
		stdout, stderr bool // that are broken
		tasks, left    int
	}{
		{"work | head -0", "work --drain --json", true, false, 20, 0},
		{"work 2>&1 | head -0", "work --drain", true, true, 20, 0},
		{"enqueue | head -0", "enqueue --count 20", true, false, 0, 20},
		{"enqueue --json | head -0", "enqueue --count 20 --json", true, false, 0, 20},
		{"check | head -0", "check", true, false, 0, 0},
		{"check --json 2>&1 | head -0", "check --json", true, true, 0, 0},
		{"version | head -0", "version", true, false, 0, 0},
		{"help | head -0", "help", true, false, 0, 0},
		{"completion | head -0", "completion bash", true, false, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := onSandbox(t)
			r.put(t, max(1, c.tasks), time.Millisecond)
			command := carousel(t, r.url, strings.Fields(c.args)...)
			command.Env = append(command.Env, "CAROUSEL_MANAGEMENT_URL="+r.management)
			var stderr bytes.Buffer
			command.Stderr = &stderr
			if c.stdout {
				command.Stdout = brokenPipe(t)
			}
			if c.stderr {
				command.Stderr = brokenPipe(t)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			if status := ended(t, command, patience); status != exitDone {
				t.Errorf("status %d; %s", status, stderr.String())
			}
			if strings.Contains(stderr.String(), "pipe") || strings.Contains(stderr.String(), "goroutine") {
				t.Errorf("it was told on standard error: %s", stderr.String())
			}
			if c.tasks == 0 {
				c.left++
			}
			r.left(t, c.left)
		})
	}
}

// A result that cannot be kept is a failure, and said once.
func TestResultOnAFullDisk(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	r := onSandbox(t)
	for _, args := range [][]string{{"enqueue", "task", "--json"}, {"check", "--management", r.management}} {
		command := carousel(t, r.url, args...)
		var stderr bytes.Buffer
		command.Stdout, command.Stderr = full, &stderr
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		const told = "carousel: the result cannot be written to standard output: no space left on device\n"
		if status := ended(t, command, patience); status != exitFailed || stderr.String() != told {
			t.Errorf("%s: status %d, %q", args[0], status, stderr.String())
		}
	}
	r.left(t, 1)
}

// A reader that does not read holds up neither the tasks nor, after a signal, the end.
func TestStalledPipes(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	r.put(t, 3000, 0)
	command := carousel(t, r.url, "work", "--workers", "4", "--config", debugConfig(t))
	pipe := fullPipe(t)
	command.Stdout, command.Stderr = pipe, pipe
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	r.worked(t, "a full pipe holds up the work")
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := ended(t, command, 5*lastWords); status != exitInterrupted {
		t.Errorf("status %d", status)
	}
	r.left(t, 0)
}

// The work command and its signals, as a process.
func TestWorkFinishesOrHandsBack(t *testing.T) {
	for _, c := range []struct {
		name    string
		work    time.Duration
		signals []syscall.Signal
		told    string
		ready   int
	}{
		{"SIGINT", 2 * time.Second, []syscall.Signal{syscall.SIGINT}, "interrupted; every task in hand was finished", 0},
		{"SIGTERM", 2 * time.Second, []syscall.Signal{syscall.SIGTERM}, "interrupted; every task in hand was finished", 0},
		{"SIGTERM twice", longTask, []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM}, "in the queue again", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := onSandbox(t)
			r.put(t, 1, c.work)
			w := startWork(t, carousel(t, r.url, "work", "--workers", "1", "--config", debugConfig(t)))
			w.until("task started")
			for _, signal := range c.signals {
				w.signal(signal)
				w.until("draining")
			}
			if status := ended(t, w.command, patience); status != exitInterrupted || !strings.Contains(w.log(), c.told) {
				t.Errorf("status %d; %q is not in\n%s", status, c.told, w.log())
			}
			r.left(t, c.ready)
		})
	}
}

// nohup means what it says.
func TestWorkUnderNohup(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	w := startWork(t, inShell(carousel(t, r.url, "work", "--workers", "1"), `trap "" HUP; exec "$@"`))
	w.until("worker started")
	w.signal(syscall.SIGHUP)
	r.put(t, 3, time.Millisecond)
	r.worked(t, "SIGHUP ended the work")
	w.signal(syscall.SIGTERM)
	if status := ended(t, w.command, patience); status != exitInterrupted {
		t.Errorf("status %d:\n%s", status, w.log())
	}
	r.left(t, 0)
}

// The third signal ends even a program that cannot end: one whose handler does not return, say.
func TestThirdSignal(t *testing.T) {
	var left []int
	signals := make(chan os.Signal, 3)
	p := &program{Process: Process{Signals: signals, Stdout: io.Discard, Stderr: io.Discard}}
	third := make(chan struct{})
	p.abandon = func() { left = append(left, exitInterrupted); close(third) }
	end := p.watchSignals()
	signals <- syscall.SIGTERM
	<-p.stop.Done()
	signals <- syscall.SIGHUP // says nothing new
	signals <- syscall.SIGTERM
	<-p.now.Done()
	if len(left) > 0 {
		t.Error("the second signal, or SIGHUP, ended everything")
	}
	signals <- os.Interrupt
	<-third
	end()
}

// JSON on standard output stays JSON, whatever standard error says meanwhile.
func TestResultsAreWhole(t *testing.T) {
	r := onSandbox(t)
	r.put(t, 50, 0)
	status, stdout, stderr := r.run(t, "", "work", "--drain", "--json", "--config", debugConfig(t))
	var result worked
	if err := json.Unmarshal([]byte(stdout), &result); err != nil || status != exitDone || result.Done != 50 {
		t.Errorf("status %d, %v: %q", status, err, stdout)
	}
	if n := strings.Count(stderr, `msg="task done"`); n != 50 || !strings.HasSuffix(stderr, "\n") {
		t.Errorf("%d of 50 lines in\n%s", n, stderr)
	}
}
