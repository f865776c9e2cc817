//go:build unix

package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"carousel/broker"
)

// shell is a config that has /bin/sh run a script, with these arguments.
func shell(script string, args ...string) ExecConfig {
	c := defaultExec()
	c.Command = append([]string{"/bin/sh", "-c", script, "sh"}, args...)
	return c
}

// script writes a file with these rights.
func script(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFailuresSayWhy(t *testing.T) {
	for _, c := range []struct {
		script, want string
		dead         bool
	}{
		{"exit 75", "exit status 75", false},
		{"echo done so far; exit 1", "exit status 1", false},
		{"echo warning >&2; echo 'no space left' >&2; echo >&2; exit 9", "exit status 9: no space left", false},
		{"printf 'at 10 %%\\rat 20 %%' >&2; exit 9", "exit status 9: at 20 %", false},
		{"exit 65", "exit status 65", true},
		{"echo 'it hurts' >&2; kill -SEGV $$", "killed by SIGSEGV: it hurts", false},
		{"kill -KILL $$", "killed by SIGKILL, as the system does when memory runs out", false},
		{"no-such-program", "exit status 127: ", false}, // a shell's, not ours
	} {
		cfg := shell(c.script)
		cfg.Dead = []int{65}
		err := do(t, newExec(cfg), bodied("")).err
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || isHold(err) || errors.As(err, new(permanent)) != c.dead {
			t.Errorf("%s: %v, want %s", c.script, err, c.want)
		}
	}
}

func TestExecHoldsWhenItsFileCannotRun(t *testing.T) {
	for name, path := range map[string]string{
		" is not executable; ":      script(t, "#!/bin/sh\n", 0o644),
		" is no program; a script ": script(t, "echo hello\n", 0o755),
		" cannot be started: it, or the interpreter that its first line names, does not exist; ": script(t, "#!/no/such/shell\n", 0o755),
		" is a folder; ": t.TempDir(),
	} {
		c := defaultExec()
		c.Command = []string{path}
		if err := do(t, newExec(c), bodied("")).err; !isHold(err) || !strings.Contains(err.Error(), path+name) {
			t.Errorf("%v, want %s", err, name)
		}
	}
}

// A name is looked for in the PATH that the command has, but never in the folder it works in.
func TestExecSearchesPath(t *testing.T) {
	path := script(t, "#!/bin/sh\necho found\n", 0o755)
	c := defaultExec()
	c.Command, c.Dir = []string{"script"}, filepath.Dir(path)
	c.Env = map[string]string{"PATH": ":.:/no/such:" + filepath.Dir(path)}
	if r := do(t, newExec(c), bodied("")); r.err != nil || r.text() != "found\n" {
		t.Errorf("%v, %q", r.err, r.text())
	}
	c.Env["PATH"] = ":."
	if r := do(t, newExec(c), bodied("")); !isHold(r.err) {
		t.Errorf("a command of the working folder was run: %v, %q", r.err, r.text())
	}
	c.Command[0] = "./script"
	if r := do(t, newExec(c), bodied("")); r.err != nil || r.text() != "found\n" {
		t.Errorf("%v, %q", r.err, r.text())
	}
}

// newFIFO makes a named pipe, opening which blocks until somebody opens its other side.
func newFIFO(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What a command starts ends with it, whether it holds the outputs open or not, and does not hold up the task.
func TestNothingOutlivesItsCommand(t *testing.T) {
	for _, redirect := range []string{"", ">/dev/null 2>&1 </dev/null"} {
		n, fifo := listen(t), newFIFO(t)
		self := command(t, "sit", n.address(), "left behind")
		c := shell(`"$@" `+redirect+` & read x <"$FIFO"`, self.Command...)
		c.Env = self.Env
		c.Env["FIFO"] = fifo
		ended := begun(t.Context(), newExec(c), Try{Task: bodied("")})
		r := n.next()
		if err := os.WriteFile(fifo, []byte("end now\n"), 0); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := r.last(t); got != "" {
			t.Errorf("it said %q", got)
		}
	}
}

// A process that leaves the group is not found; it cannot hold up the task by its hold on the outputs.
func TestATaskDoesNotWaitForWhoLeftTheGroup(t *testing.T) {
	n := listen(t)
	r := do(t, newExec(command(t, "leave", n.address())), bodied(""))
	if r.err != nil || r.text() != "left\n" {
		t.Errorf("%v, %q", r.err, r.text())
	}
	_ = n.next().conn.Close() // which ends it
}

// The rest of the group gets the grace that the command does not need, to put things in order.
func TestTheWholeGroupIsGivenGrace(t *testing.T) {
	n := listen(t)
	self := command(t, "tidy", n.address())
	c := shell(`"$@" & wait`, self.Command...)
	c.Env, c.Grace = self.Env, broker.Duration(patience)
	ctx, cancel := context.WithCancel(t.Context())
	ended := begun(ctx, newExec(c), Try{Task: bodied("")})
	r := n.next()
	cancel()
	<-ended
	if got := r.last(t); got != "told\ntidied up" {
		t.Errorf("it said %q", got)
	}
}

// A command that is deleted while the pool runs holds the pool: what is in the queue stays there.
func TestDeletedCommandHoldsThePool(t *testing.T) {
	path := script(t, "#!/bin/sh\nexit 0\n", 0o755)
	c := defaultExec()
	c.Command = []string{path}
	q := newQueue(tasks(20)...)
	cfg := DefaultConfig()
	cfg.Count = 2
	p := New(cfg, q, newExec(c), Options{Queue: "task_queue", Failure: patient})
	p.Start(t.Context())
	awaitState := func(done func(Status) bool) Status {
		for tick := time.Tick(5 * time.Millisecond); ; <-tick {
			if s := p.Status(); done(s) {
				return s
			}
		}
	}
	awaitState(func(s Status) bool { return p.Totals().Done == 20 })
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks(5) {
		q.publish(task)
	}
	held := awaitState(func(s Status) bool { return s.State == PoolHeld && s.InHand == 0 })
	if !strings.HasPrefix(held.Held, "the command "+path+" does not exist; ") {
		t.Error(held.Held)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\nexit 0\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	p.Retry()
	awaitState(func(s Status) bool { return p.Totals().Done == 25 })
	if err := p.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	if got := p.Totals(); got.Failed != 0 || got.Dead != 0 || len(q.dead) != 0 || len(q.broken) != 0 {
		t.Errorf("%+v, broken %v", got, q.broken)
	}
}

// TestExecLeavesNobodyBehind runs five hundred commands, each of which leaves a process behind; ten thousand where a soak was
// asked for. Afterwards there is no process of theirs, no zombie and no open file.
func TestExecLeavesNobodyBehind(t *testing.T) {
	runs := 500
	if os.Getenv(envSoak) != "" {
		runs = 10_000
	}
	fifo := newFIFO(t)
	h := newExec(shell(`read x <"$1" & exit 0`, fifo))
	do(t, h, bodied(""))
	before, others := openFiles(t), processes(t, fifo)
	var crew sync.WaitGroup
	for w := range 8 {
		crew.Go(func() {
			for range runs / 8 {
				if err := h.Handle(t.Context(), Try{Task: bodied("one"), Worker: w + 1}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	crew.Wait()
	if after := openFiles(t); after > before {
		t.Errorf("%d open files, %d before", after, before)
	}
	for dir, about := range processes(t, fifo) {
		if others[dir] == "" {
			t.Errorf("%s is left: %s", dir, about)
		}
	}
	t.Logf("%d commands: no process, zombie or file is left", runs/8*8)
}

// openFiles counts the process's open files, where the system tells.
func openFiles(t *testing.T) int {
	dir, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Logf("open files are not counted: %v", err)
	}
	return len(dir)
}

// processes are this process's children, zombies included, and those that have the argument, where the system tells.
func processes(t *testing.T, argument string) map[string]string {
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	if len(dirs) == 0 {
		t.Log("processes are not looked at: there is no /proc")
	}
	found := map[string]string{}
	self := fmt.Sprintf(" %d ", os.Getpid())
	for _, dir := range dirs {
		stat, _ := os.ReadFile(dir + "/stat")
		args, _ := os.ReadFile(dir + "/cmdline")
		_, state, _ := strings.Cut(string(stat), ") ") // "S 1 …": state and parent
		if len(state) > 1 && strings.HasPrefix(state[1:], self) || strings.Contains(string(args), argument) {
			found[dir] = fmt.Sprintf("%q %.40s", args, state)
		}
	}
	return found
}

func BenchmarkExec(b *testing.B) { benchmarkEight(b, newExec(shell("exit 0"))) }
