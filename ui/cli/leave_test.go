package cli

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
)

// onSandbox is a sandbox broker in the test's own process, for a carousel in another.
func onSandbox(t *testing.T) onRabbitMQ {
	t.Helper()
	b, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return onRabbitMQ{url: b.URL(), management: b.ManagementURL()}
}

// put publishes n tasks that take this long.
func (r onRabbitMQ) put(t *testing.T, n int, work time.Duration) {
	t.Helper()
	status, _, stderr := r.run(t, "", "enqueue", "task", "--count", fmt.Sprint(n), "--work", work.String())
	if status != exitDone {
		t.Fatal(stderr)
	}
}

// queue is how many tasks are ready, and how many consumers there are.
func (r onRabbitMQ) queue(t *testing.T) (ready, consumers int) {
	t.Helper()
	_, stdout, stderr := r.run(t, "", "check")
	_, text, _ := strings.Cut(stdout, "task_queue: ")
	if _, err := fmt.Sscanf(text, "%d ready, %d consumers", &ready, &consumers); err != nil {
		t.Fatalf("%v:\n%s%s", err, stdout, stderr)
	}
	return ready, consumers
}

// await waits until the queue is as wanted.
func (r onRabbitMQ) await(t *testing.T, what string, want func(ready, consumers int) bool) {
	t.Helper()
	await(t, func() string {
		ready, consumers := r.queue(t)
		if want(ready, consumers) {
			return ""
		}
		return fmt.Sprintf("%s: %d ready and %d consumers", what, ready, consumers)
	})
}

// worked waits until the sandbox's queue holds no task, ready or in anybody's hand: one that was handed out a moment ago goes
// back from a program that is told to leave.
func (r onRabbitMQ) worked(t *testing.T, what string) {
	t.Helper()
	api := brokertest.NewManagement(r.management, "guest", "guest")
	await(t, func() string {
		var queue struct{ Messages int }
		api.Call(t, http.MethodGet, "/api/queues/%2F/task_queue", nil, &queue)
		if queue.Messages == 0 {
			return ""
		}
		return fmt.Sprintf("%s: %d tasks left", what, queue.Messages)
	})
}

// left checks that nobody consumes any more, and how many tasks are ready.
func (r onRabbitMQ) left(t *testing.T, want int) {
	t.Helper()
	if ready, consumers := r.queue(t); ready != want || consumers != 0 {
		t.Errorf("%d ready and %d consumers; want %d and 0", ready, consumers, want)
	}
}

const longTask = time.Hour

// Whatever asks the console to leave: once, and the task in hand finishes; twice, and it goes back.
func TestConsoleFinishesOrHandsBack(t *testing.T) {
	signals := func(all ...os.Signal) func(*onTerminal) {
		return func(s *onTerminal) {
			for i, signal := range all {
				if i > 0 {
					s.until("Leaving")
				}
				s.signal(signal)
			}
		}
	}
	for _, c := range []struct {
		name   string
		work   time.Duration
		leave  func(*onTerminal)
		status int
		ready  int // in the end
	}{
		{"q", 5 * time.Second, func(s *onTerminal) { s.press("q"); s.until("1 task in hand."); s.press("\r") }, exitDone, 0},
		{"q twice", longTask, func(s *onTerminal) { s.press("q"); s.until("1 task in hand."); s.press("\rq") }, exitDone, 1},
		{"Ctrl+C", 2 * time.Second, func(s *onTerminal) { s.press("\x03") }, exitDone, 0},
		{"Ctrl+C twice", longTask, func(s *onTerminal) { s.press("\x03"); s.until("Leaving"); s.press("\x03") }, exitDone, 1},
		{"SIGINT", 2 * time.Second, signals(syscall.SIGINT), exitInterrupted, 0},
		{"SIGINT and SIGTERM", longTask, signals(syscall.SIGINT, syscall.SIGTERM), exitInterrupted, 1},
		{"SIGTERM twice", longTask, signals(syscall.SIGTERM, syscall.SIGTERM), exitInterrupted, 1},
		{"SIGHUP twice", 2 * time.Second, signals(syscall.SIGHUP, syscall.SIGHUP), exitInterrupted, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := onSandbox(t)
			r.put(t, 1, c.work)
			s := startFor(t, r.url, "--workers", "1")
			s.until("w01    running")
			c.leave(s)
			s.end(c.status)
			r.left(t, c.ready)
		})
	}
}

// A terminal that takes nothing, such as a stalled ssh, holds up neither the tasks nor the end.
func TestStalledTerminal(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	r.put(t, 600, 20*time.Millisecond)
	s := startFor(t, r.url, "--workers", "4", "--management", r.management)
	s.until("running")
	s.stall.Lock()
	r.worked(t, "the terminal holds up the work")
	s.signal(syscall.SIGTERM)
	s.exit(exitInterrupted, patience)
	s.stall.Unlock()
	s.leftInOrder()
	r.left(t, 0)
}

// The end of the terminal is an order to leave, whether SIGHUP comes once, twice, or not at all.
func TestTerminalIsClosed(t *testing.T) {
	for name, script := range map[string]string{
		"alone":            `exec "$@"`,
		"nohup":            `trap "" HUP; exec "$@"`,
		"job of a shell":   `set -m; "$@"`,
		"child of a shell": `"$@"; true`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := onSandbox(t)
			r.put(t, 1, 2*time.Second)
			s := startCommand(t, inShell(carousel(t, r.url, "--workers", "1", "--prefetch", "1"), script))
			s.until("w01    running")
			if err := s.terminal.Close(); err != nil {
				t.Fatal(err)
			}
			r.await(t, "the console still runs", func(_, consumers int) bool { return consumers == 0 })
			r.left(t, 0)
			_ = s.command.Wait() // of the shell, which the terminal took along
		})
	}
}
