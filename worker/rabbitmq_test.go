package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/brokertest"
)

// ledger counts how often each task was handled.
type ledger struct {
	mu    sync.Mutex
	tries map[string]int
}

func (l *ledger) note(id string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tries[id]++
	return l.tries[id]
}

// onRabbitMQ opens a client on a queue of its own, through a relay, with n tasks in it.
func onRabbitMQ(t *testing.T, n int, change func(*broker.Config)) (*broker.Client, *brokertest.Relay, *ledger) {
	t.Helper()
	node := brokertest.Shared(t)
	relay := brokertest.NewRelay(t, node.AMQPAddress())
	url, err := relay.URL(node.VHost(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	cfg := broker.DefaultConfig()
	cfg.URLs, cfg.Management = []string{url}, []string{node.ManagementURL()}
	if change != nil {
		change(&cfg)
	}
	client, err := broker.Open(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	book := &ledger{tries: make(map[string]int, n)}
	var progress broker.Progress
	err = client.Enqueue(t.Context(), broker.Batch{Next: func() (broker.Task, bool) {
		task := broker.NewTask([]byte("task"))
		book.mu.Lock()
		defer book.mu.Unlock()
		if len(book.tries) == n {
			return task, false
		}
		book.tries[task.ID] = 0
		return task, true
	}}, &progress)
	if got := progress.Read(); err != nil || got.Confirmed != uint64(n) {
		t.Fatalf("enqueued %+v, %v", got, err)
	}
	return client, relay, book
}

// drainQueue waits until the queue is empty and nothing is in hand, then ends the pool; it goes on when tasks came back.
func drainQueue(t *testing.T, client *broker.Client, start func() *Pool) []WorkerStatus {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	var rows []WorkerStatus
	for {
		pool := start()
		tick := time.NewTicker(10 * time.Millisecond)
		for {
			info, err := client.Inspect(ctx)
			if ctx.Err() != nil {
				t.Fatalf("not drained: %+v, %+v", info, pool.Status())
			}
			if err == nil && info.Ready == 0 && pool.Status().InHand == 0 {
				break
			}
			<-tick.C
		}
		tick.Stop()
		if err := pool.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, pool.Workers(nil)...)
		if info, err := client.Inspect(ctx); err == nil && info.Ready == 0 {
			return rows
		}
	}
}

func TestEveryTaskOnceOnRabbitMQ(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"classic", "quorum"} {
		client, _, book := onRabbitMQ(t, 2000, func(c *broker.Config) { c.Queue.Type = kind })
		rows := drainQueue(t, client, func() *Pool {
			pool := New(Config{Count: 8, Max: 8, Prefetch: 1}, OnBroker(client), HandlerFunc(func(_ context.Context, task Try) error {
				book.note(task.ID)
				return nil
			}), Options{Queue: "task_queue"})
			pool.Start(t.Context())
			return pool
		})
		for id, n := range book.tries {
			if n != 1 {
				t.Fatalf("%s: task %s was handled %d times", kind, id, n)
			}
		}
		var done uint64
		got := map[string]uint64{}
		for _, row := range rows {
			done += row.Done
			got[row.Name] += row.Done
		}
		for name, n := range got {
			if n == 0 {
				t.Errorf("%s: %s got nothing", kind, name)
			}
		}
		if done != 2000 {
			t.Errorf("%s: %d done", kind, done)
		}
	}
}

// Whatever ends a channel, a link or a try: each task is handled to its end at least once, and the queue ends empty.
func TestNoTaskIsLostOnRabbitMQ(t *testing.T) {
	t.Parallel()
	client, relay, book := onRabbitMQ(t, 1500, nil)
	var pool *Pool
	var tried atomic.Int64
	fails := errors.New("the first try of every tenth task")
	handler := HandlerFunc(func(ctx context.Context, task Try) error {
		select {
		case <-time.After(3 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
		if tried.Add(1)%300 == 0 { // whatever the timing, this one's worker dies with a task in hand
			for _, row := range pool.Workers(nil) {
				_ = pool.Crash(row.ID) // some have no channel just now
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(5 * time.Second): // the worker was to end just now
			}
		}
		if n := book.note(task.ID); n == 1 && task.ID[len(task.ID)-1] == '7' {
			return fails
		}
		return nil
	})
	stop := make(chan struct{})
	var trouble sync.WaitGroup
	rows := drainQueue(t, client, func() *Pool {
		pool = New(Config{Count: 6, Max: 12, Prefetch: 1}, OnBroker(client), handler,
			Options{Queue: "task_queue", Failure: FailureConfig{Then: ThenRequeue}})
		pool.Start(t.Context())
		mine := pool
		trouble.Go(func() { makeTrouble(mine, relay, stop) })
		return pool
	})
	close(stop)
	trouble.Wait()
	for id, n := range book.tries {
		if n == 0 {
			t.Errorf("task %s was never handled", id)
		}
	}
	var unsettled, failed uint64
	for _, row := range rows {
		unsettled, failed = unsettled+row.Unsettled, failed+row.Failed
	}
	if unsettled == 0 || failed == 0 {
		t.Errorf("the test made no trouble: %d unsettled, %d failed", unsettled, failed)
	}
	t.Logf("%d unsettled, %d failed tries", unsettled, failed)
}

// makeTrouble crashes, scales, pauses and re-tunes the pool, and resets its link now and then.
func makeTrouble(p *Pool, relay *brokertest.Relay, stop <-chan struct{}) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for step := 1; step <= 60; step++ {
		select {
		case <-tick.C:
		case <-stop:
			return
		}
		switch step % 12 {
		case 1, 5:
			_ = p.Crash(1 + step%6) // it may have no channel just now
		case 2:
			_ = p.Resize(3 + step%9)
		case 4:
			_ = p.SetPrefetch(1 + step%4)
		case 6:
			p.Pause()
		case 7:
			p.Resume()
		case 11:
			relay.Reset()
		}
	}
	p.Resume()
}
