package ui

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/sandbox"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// sessionOn opens a queue of a sandbox with a pool on it.
func sessionOn(t *testing.T, b *sandbox.Broker, queue string) (*broker.Client, Session) {
	t.Helper()
	cfg := broker.DefaultConfig()
	cfg.URLs, cfg.Management, cfg.Queue.Name = []string{b.URL()}, []string{b.ManagementURL()}, queue
	c, err := broker.Open(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	handler, err := worker.NewHandler(worker.DefaultHandlerConfig())
	if err != nil {
		t.Fatal(err)
	}
	pool := worker.New(worker.DefaultConfig(), worker.OnBroker(c), handler, worker.Options{Queue: queue})
	end := func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = pool.Drain(ctx)
		c.Close()
	}
	t.Cleanup(end)
	return c, Session{Broker: c, Pool: pool, Journal: pool.Journal(), Admin: c, Close: end, Start: func() { pool.Start(t.Context()) }}
}

// From one queue of a real broker to another and back to the first: what was in hand is finished, the rest stays where it was,
// and nothing is lost or done twice.
func TestSwitchOnTheSandbox(t *testing.T) {
	b, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	const tasks = 60
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	fill := func(c *broker.Client) {
		t.Helper()
		work, n := 10*time.Millisecond, 0
		err := c.Enqueue(ctx, broker.Batch{Next: func() (broker.Task, bool) {
			n++
			task := broker.NewTask([]byte("task"))
			task.Work = &work
			return task, n <= tasks
		}}, new(broker.Progress))
		if err != nil {
			t.Fatal(err)
		}
	}
	first, session := sessionOn(t, b, "first")
	second, spare := sessionOn(t, b, "second")
	for _, c := range []*broker.Client{first, second} {
		if _, err := c.EnsureQueue(ctx); err != nil {
			t.Fatal(err)
		}
		fill(c)
	}
	spare.Close()

	var onto []*broker.Client
	a := newApp(t.Context(), Options{
		Config: DefaultConfig(), Broker: session.Broker, Pool: session.Pool, Journal: session.Journal, Close: session.Close,
		DrainTimeout: 20 * time.Second,
		Switch: func(ctx context.Context, queue string, work bool) (Session, error) {
			c, n := sessionOn(t, b, queue)
			_, err := c.Inspect(ctx)
			onto = append(onto, c)
			return n, err
		},
	}, testTheme)
	a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	look(a, time.Now())
	done := func(j Journal) (n int) {
		events, _, _ := j.Since(0, nil)
		for i := range events {
			if events[i].Kind == worker.TaskDone {
				n++
			}
		}
		return n
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		for tick := time.Tick(2 * time.Millisecond); !ok(); <-tick {
			if ctx.Err() != nil {
				t.Fatalf("%s: it does not come", what)
			}
		}
	}
	session.Start()
	until("the first tasks", func() bool { return done(session.Journal) > 0 })
	settle(a, a.switchTo("second", true))
	if !strings.HasPrefix(a.toast.text, "Now on second, with ") {
		t.Fatalf("says %q", a.toast.text)
	}
	until("the second queue to be worked", func() bool { return done(a.o.Journal) == tasks })
	settle(a, a.switchTo("nowhere", true))
	if a.crash != nil {
		t.Fatalf("%s", a.crash.Report())
	}
	if a.toast.level != levelAlarm || a.scene.queue.Queue != "second" {
		t.Errorf("a missing queue: %q, on %s", a.toast.text, a.scene.queue.Queue)
	}
	info, err := onto[0].InspectQueue(ctx, "first")
	if err != nil || info.Ready+done(session.Journal) != tasks || info.Consumers != 0 {
		t.Errorf("%d of %d tasks are left, %d were done, %d consumers; %v", info.Ready, tasks, done(session.Journal), info.Consumers, err)
	}
	settle(a, a.switchTo("first", true))
	until("the rest of the first queue", func() bool { return done(a.o.Journal)+done(session.Journal) == tasks })
	if events, _, _ := a.o.Journal.Since(0, nil); len(events) == 0 || a.o.Broker.Snapshot().Queue != "first" {
		t.Errorf("on %s", a.o.Broker.Snapshot().Queue)
	}
	a.crew.dismiss()
}
