package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carousel/broker"
)

// staying is a persistent handler on the tests' own command. Its commands end with the test.
func staying(t *testing.T, change func(*ExecConfig), args ...string) *persistent {
	t.Helper()
	c := command(t, append([]string{"answer"}, args...)...)
	c.Persistent = true
	if change != nil {
		change(&c)
	}
	h := newExec(c).(*persistent)
	t.Cleanup(func() { h.Leave(context.Background(), 1) })
	return h
}

func TestPersistentCommandAnswers(t *testing.T) {
	h := staying(t, nil)
	for _, c := range []struct{ body, err, out string }{
		{"echo hello", "", "hello"},
		{"echo " + strings.Repeat("ä\x00\u2028<", 50_000), "", strings.Repeat("ä\x00\u2028<", 50_000)},
		{"echo \xff\x00", "", "\uFFFD\x00"}, // came as base64, went back as JSON
		{"retry the printer is busy", "the printer is busy", ""},
		{"dead-letter not a picture", "not a picture", ""},
		{"retry", "the command answered retry, and not why", ""},
		{"nothing", "", ""},
	} {
		r := do(t, h, bodied(c.body))
		if got := fmt.Sprint(r.err); got != c.err && (c.err != "" || r.err != nil) {
			t.Errorf("%.20q: %v, want %s", c.body, r.err, c.err)
		}
		if dead := errors.As(r.err, new(permanent)); dead != strings.HasPrefix(c.body, "dead") {
			t.Errorf("%.20q: permanent is %v", c.body, dead)
		}
		if want := newClipped(c.out, h.Output); r.text() != want {
			t.Errorf("%.20q: output %.40q, want %.40q", c.body, r.text(), want)
		}
	}
}

// newClipped is what a clip keeps of a text.
func newClipped(text string, limit int) string {
	c := NewClip(limit)
	_, _ = c.Write([]byte(text))
	o := c.Take()
	return string(o.Head) + string(o.Tail)
}

// One command serves all tasks of a worker, and no other's.
func TestPersistentCommandStays(t *testing.T) {
	h := staying(t, nil)
	t.Cleanup(func() { h.Leave(context.Background(), 2) })
	var last [2]string
	for i := range 5 {
		for w := range 2 {
			var out Output
			if err := h.Handle(t.Context(), Try{Task: bodied("count"), Worker: w + 1, output: &out}); err != nil {
				t.Fatal(err)
			}
			n, by, _ := strings.Cut(string(out.Head), " ")
			if n != fmt.Sprint(i+1) || last[w] != "" && last[w] != by {
				t.Errorf("worker %d was served %s %s, before it %s", w+1, n, by, last[w])
			}
			last[w] = by
		}
	}
	if last[0] == last[1] {
		t.Error("two workers share a command")
	}
}

// A command that fails its task, in whatever way, costs the task a try; the next task gets a new command.
func TestPersistentCommandIsReplaced(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{"exit 3", "the command ended before it answered: exit status 3 (after 1 tasks; 1 in a row for this worker): so this is the end"},
		{"exit 0", "the command ended before it answered: exit status 0 (after 1"},
		{"say hello", "the command wrote to standard output what is no answer, but “hello”; "},
		{"say [1]", "the command wrote to standard output what is no answer, but “[1]”; "},
		{`say {"id":"x","result":"done"}`, "the command answered for task “x”, which it does not have"},
		{`say {"id":"ID"}`, "the command's answer has no result that is known: “"},
		{`say {"id":"ID","result":"maybe"}`, "the command's answer has no result that is known: “"},
		{"long 2000000", "the command wrote a line of more than 1048576 bytes to standard output"},
	} {
		h := staying(t, nil)
		do(t, h, bodied("echo"))
		task := bodied(c.body)
		task.Body = []byte(strings.ReplaceAll(c.body, "ID", task.ID))
		r := do(t, h, task)
		if r.err == nil || !strings.HasPrefix(r.err.Error(), c.want) || errors.As(r.err, new(permanent)) || isHold(r.err) {
			t.Errorf("%.30q: %v", c.body, r.err)
		}
		if r := do(t, h, bodied("count")); r.err != nil || !strings.HasPrefix(r.text(), "1 by ") {
			t.Errorf("after %.30q: %v, %q", c.body, r.err, r.text())
		}
	}
}

// What a command says unasked, or that it ends between two tasks, is no task's fault.
func TestIdleCommandIsReplacedForFree(t *testing.T) {
	for _, body := range []string{
		"last", "say " + `{"id":"ID","result":"done"}` + "\n" + "hello", "say " + `{"id":"ID","result":"done"}` + "\n" + `{"id":"ID","result":"done"}`,
	} {
		h := staying(t, nil)
		task := bodied(body)
		task.Body = []byte(strings.ReplaceAll(body, "ID", task.ID))
		if r := do(t, h, task); r.err != nil {
			t.Errorf("%q: %v", body, r.err)
		}
		eventually(t, "the rest of what it said", func() bool { return !h.children[1].fit() })
		if r := do(t, h, bodied("count")); r.err != nil || !strings.HasPrefix(r.text(), "1 by ") {
			t.Errorf("after %q: %v, %q", body, r.err, r.text())
		}
	}
}

func TestPersistentStderrGoesWithTheTask(t *testing.T) {
	h := staying(t, nil)
	r := do(t, h, bodied("exit 9"))
	if r.text() != "so this is the end\n" {
		t.Errorf("%q", r.text())
	}
}

func TestPersistentCommandIsStoppedAfterItsTime(t *testing.T) {
	n := listen(t)
	h := staying(t, func(c *ExecConfig) { c.Timeout = broker.Duration(time.Second) })
	r := do(t, h, bodied("sit "+n.address()+" slow"))
	if r.err == nil || !strings.HasPrefix(r.err.Error(), "stopped after 1s") {
		t.Error(r.err)
	}
}

// A command that does not read its input cannot hold up the pool's end.
func TestPersistentCommandEndsWithThePool(t *testing.T) {
	n := listen(t)
	c := command(t, "sit", n.address(), "obedient")
	c.Persistent = true
	ctx, cancel := context.WithCancel(t.Context())
	h := newExec(c)
	ended := begun(ctx, h, Try{Task: bodied(strings.Repeat("x", 1<<20)), Worker: 1})
	r := n.next()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := r.last(t); got != "told" {
		t.Errorf("it said %q", got)
	}
}

// A command ends as its input does; one that does not is told to when the pool's own context has ended, or the grace.
func TestLeaveEndsTheCommand(t *testing.T) {
	h := staying(t, func(c *ExecConfig) { c.Grace = broker.Duration(patience) })
	do(t, h, bodied("echo"))
	p := h.children[1].p
	h.Leave(t.Context(), 1)
	if p.state == nil || p.state.ExitCode() != 0 {
		t.Errorf("it ended so: %v", p.state)
	}

	n := listen(t)
	stubborn := staying(t, func(c *ExecConfig) { c.Grace = broker.Duration(patience) }, n.address(), "stubborn")
	do(t, stubborn, bodied("echo"))
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() { defer close(left); stubborn.Leave(ctx, 1) }()
	r := n.next() // its input has ended
	cancel()
	<-left
	if got := r.last(t); got != "told" {
		t.Errorf("it said %q", got)
	}
	stubborn.Leave(t.Context(), 1) // nobody is left
}

// A command that never answers would fail one task after the other: the pool is held before that.
func TestBarrenCommandsHoldThePool(t *testing.T) {
	c := command(t, "cat")
	c.Persistent = true
	h := newExec(c)
	for i := 1; i <= maxBarren; i++ { // each by another worker, so that none waits for its next command
		err := h.Handle(t.Context(), Try{Task: bodied("x"), Worker: i})
		if held := isHold(err); err == nil || held != (i == maxBarren) {
			t.Fatalf("after %d commands: %v", i, err)
		}
	}
}

func TestDeadCommandDelaysTheNext(t *testing.T) {
	h := staying(t, nil)
	h.deaths[1] = 1000 // the next one would be due in many seconds, at random
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Handle(ctx, Try{Task: bodied("echo"), Worker: 1}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Eight commands do many tasks at once, and none of them gets another's answer.
func TestManyPersistentCommands(t *testing.T) {
	h := staying(t, nil)
	var crew sync.WaitGroup
	for w := 1; w <= 8; w++ {
		crew.Go(func() {
			defer h.Leave(context.Background(), w)
			for i := range 300 {
				want := fmt.Sprintf("%d.%d", w, i)
				var out Output
				if err := h.Handle(t.Context(), Try{Task: bodied("echo " + want), Worker: w, output: &out}); err != nil || string(out.Head) != want {
					t.Errorf("%s: %v, %q", want, err, out.Head)
				}
			}
		})
	}
	crew.Wait()
	if len(h.children) != 0 {
		t.Errorf("%d commands are left", len(h.children))
	}
}

// The example of a persistent command in another language does as it says, where that language is there.
func TestPersistentExample(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	c := defaultExec()
	c.Command, c.Persistent = []string{python, "testdata/worker.py"}, true
	h := newExec(c).(*persistent)
	t.Cleanup(func() { h.Leave(context.Background(), 1) })
	for body, want := range map[string]string{"größer": "8 bytes", "\xff\x00": "2 bytes", "": ""} {
		r := do(t, h, bodied(body))
		if r.text() != want || errors.As(r.err, new(permanent)) != (body == "") {
			t.Errorf("%q: %v, %q", body, r.err, r.text())
		}
	}
}

// BenchmarkPersistent is what a task costs that a persistent command does; BenchmarkExec, what one costs with its own command.
func BenchmarkPersistent(b *testing.B) {
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	c := defaultExec()
	c.Command, c.Persistent = []string{program, asCommand, "answer"}, true
	benchmarkEight(b, newExec(c))
}

// benchmarkEight has eight workers do b.N tasks.
func benchmarkEight(b *testing.B, h Handler) {
	b.ReportAllocs()
	var left atomic.Int64
	left.Store(int64(b.N))
	var crew sync.WaitGroup
	for w := 1; w <= 8; w++ {
		crew.Go(func() {
			if r, ok := h.(Resident); ok {
				defer r.Leave(context.Background(), w)
			}
			for left.Add(-1) >= 0 {
				if err := h.Handle(context.Background(), Try{Task: bodied("nothing"), Worker: w}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	crew.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}
