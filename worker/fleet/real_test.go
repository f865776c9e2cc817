package fleet

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
	"carousel/worker"
)

// A process with a pool, and a console without one, on a real broker: the console sees every task that the pool works.
func TestFleetOnABroker(t *testing.T) {
	t.Run("sandbox", func(t *testing.T) {
		t.Parallel()
		b, err := sandbox.Start(sandbox.Options{})
		must(t, err)
		t.Cleanup(func() { _ = b.Close() })
		seeEveryTask(t, b.URL(), b.ManagementURL())
	})
	t.Run("RabbitMQ", func(t *testing.T) {
		t.Parallel()
		node := brokertest.Shared(t)
		seeEveryTask(t, node.VHost(t).URL(), node.ManagementURL())
	})
}

func seeEveryTask(t *testing.T, url, management string) {
	const n = 40
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	here, there := open(t, url, management, false), open(t, url, management, true)
	pool := worker.New(worker.Config{Count: 4, Max: 8, Prefetch: 1}, worker.OnBroker(here), worker.HandlerFunc(
		func(context.Context, worker.Try) error { return nil }), worker.Options{Queue: here.Queue(), HandlerName: "func"})
	r := NewReporter(pool, ReporterOptions{Queue: here.Queue(), Max: 8, Voice: here.Announcer(Exchange), Steer: true,
		Listen: ListenOn(here)})
	w := NewWatcher(WatchOptions{Queue: here.Queue(), Listen: ListenOn(there), Voice: here.Announcer(Exchange)})
	var running sync.WaitGroup
	defer running.Wait()
	watching, stop := context.WithCancel(ctx)
	defer stop()
	reporting, leave := context.WithCancel(watching)
	defer leave()
	pool.Start(ctx)
	pool.Pause() // until the console is there
	running.Go(func() { r.Run(reporting) })
	running.Go(func() { w.Run(watching) })
	await(ctx, t, "the host", func() bool { return len(w.Hosts(time.Now(), nil)) == 1 })
	ids := map[string]bool{}
	var p broker.Progress
	must(t, here.Enqueue(ctx, broker.Batch{Next: func() (broker.Task, bool) {
		task := broker.NewTask(nil)
		if len(ids) == n {
			return task, false
		}
		ids[task.ID] = true
		return task, true
	}}, &p))
	id := w.Hosts(time.Now(), nil)[0].ID
	await(ctx, t, "an order to be obeyed", func() bool { return w.Order(ctx, id, Resume, 0) == nil })
	await(ctx, t, "every task", func() bool {
		done := 0
		for _, e := range since(w) {
			if e.Kind == worker.TaskDone && ids[e.Task.ID] {
				done++
			}
		}
		return done == n
	})
	await(ctx, t, "the figures", func() bool {
		var done uint64
		for _, s := range w.Workers(time.Now(), nil) {
			done += s.Done
		}
		return done == n
	})
	must(t, pool.Drain(ctx))
	leave()
	await(ctx, t, "the goodbye", func() bool { return w.Hosts(time.Now(), nil)[0].State == HostLeft })
}

func open(t *testing.T, url, management string, readOnly bool) *broker.Client {
	t.Helper()
	cfg := broker.DefaultConfig()
	cfg.URLs, cfg.Management, cfg.ReadOnly = []string{url}, []string{management}, readOnly
	c, err := broker.Open(cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

func await(ctx context.Context, t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s did not come", what)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
