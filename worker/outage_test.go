package worker

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/brokertest"
)

// eventually polls until ok, for far longer than anything takes on a busy machine.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	const patience = 90 * time.Second // a link that found no broker for long dials every 15 s
	deadline := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s did not come within %v", what, patience)
		}
	}
}

// toldOfConsumers is a Source that knows which of its consumers the broker has ended.
type toldOfConsumers struct {
	Source
	mu   sync.Mutex
	open []Consumer
}

func (h *toldOfConsumers) Consume(ctx context.Context, o broker.ConsumeOptions) (Consumer, error) {
	c, err := h.Source.Consume(ctx, o)
	if err == nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.open = append(h.open, c)
	}
	return c, err
}

// ended is how many consumers have ended by now.
func (h *toldOfConsumers) ended() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.open {
		if c.Err() != nil {
			n++
		}
	}
	return n
}

// outage is a pool on a real queue, whose tasks end when the test lets them.
type outage struct {
	client  *broker.Client
	source  *toldOfConsumers
	pool    *Pool
	vhost   brokertest.VHost
	book    *ledger
	release chan struct{} // closed: every task ends at once
	letAll  func()
}

// newOutage starts a pool of three workers on the address, and puts n tasks into its queue.
func newOutage(t *testing.T, v brokertest.VHost, address string, n int, change func(*broker.Config)) *outage {
	t.Helper()
	cfg := broker.DefaultConfig()
	cfg.URLs, cfg.Management = []string{address}, []string{v.Node.ManagementURL()}
	cfg.Refresh = broker.Duration(100 * time.Millisecond)
	if change != nil {
		change(&cfg)
	}
	client, err := broker.Open(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	o := &outage{client: client, source: &toldOfConsumers{Source: OnBroker(client)}, vhost: v, book: &ledger{tries: map[string]int{}}, release: make(chan struct{})}
	o.letAll = sync.OnceFunc(func() { close(o.release) })
	o.pool = New(Config{Count: 3, Max: 3, Prefetch: 1}, o.source, HandlerFunc(func(ctx context.Context, task Try) error {
		select {
		case <-o.release:
		case <-ctx.Done():
			return ctx.Err()
		}
		o.book.note(task.ID)
		return nil
	}), Options{Queue: "task_queue"})
	o.pool.Start(t.Context())
	t.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_ = o.pool.Drain(ended)
	})
	o.enqueue(t, n)
	return o
}

func (o *outage) enqueue(t *testing.T, n int) {
	t.Helper()
	var p broker.Progress
	made := 0
	err := o.client.Enqueue(t.Context(), broker.Batch{Next: func() (broker.Task, bool) {
		if made == n {
			return broker.Task{}, false
		}
		made++
		return broker.NewTask([]byte("task")), true
	}}, &p)
	if got := p.Read(); err != nil || got.Confirmed != uint64(n) {
		t.Fatalf("enqueued %+v, %v", got, err)
	}
}

func (o *outage) inHand(t *testing.T, n int) {
	t.Helper()
	eventually(t, "the tasks in hand", func() bool { return o.pool.Status().InHand == n })
}

// held waits until the pool holds, and wants each of the texts in the reason.
func (o *outage) held(t *testing.T, want ...string) {
	t.Helper()
	eventually(t, "the pool to hold", func() bool { return o.pool.Status().State == PoolHeld })
	for _, text := range want {
		if got := o.pool.Status().Held; !strings.Contains(got, text) || strings.Contains(got, "hunter2") {
			t.Errorf("held: %q; want %q in it", got, text)
		}
	}
}

// finish lets the tasks end and waits until so many were handled and the queue is empty. An empty queue alone says little:
// tasks may be on their way to a worker.
func (o *outage) finish(t *testing.T, handled int) {
	t.Helper()
	o.letAll()
	eventually(t, "an empty queue", func() bool {
		info, err := o.client.Inspect(t.Context())
		return err == nil && info.Ready == 0 && o.pool.Status().InHand == 0 && o.handled() >= handled
	})
}

func (o *outage) ended(kind EventKind) (n int) {
	events, _, _ := o.pool.Journal().Since(0, nil)
	for i := range events {
		if events[i].Kind == kind {
			n++
		}
	}
	return n
}

func TestPoolHoldsWhenItsQueueIsDeleted(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"classic", "quorum"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			v := brokertest.Shared(t).VHost(t)
			o := newOutage(t, v, v.URL(), 5, func(c *broker.Config) { c.Queue.Type = kind })
			o.inHand(t, 3)
			eventually(t, "the watch to see the queue", func() bool { return !o.client.Snapshot().Missing })
			v.Node.Management().Call(t, http.MethodDelete, "/api/queues/"+v.Name+"/task_queue", nil, nil)
			eventually(t, "the watch to see it", func() bool { return o.client.Snapshot().Missing })
			// The broker tells each consumer by itself, and a task that ended before that would count as done.
			eventually(t, "the consumers to be told", func() bool { return o.source.ended() == 3 })
			o.letAll() // the workers notice with the end of their tasks
			o.held(t, "queue task_queue was deleted: ", "in hand", "lost with it")
			eventually(t, "the tasks' ends", func() bool { return o.pool.Status().InHand == 0 })
			if done, unsettled := o.ended(TaskDone), o.ended(TaskUnsettled); done != 0 || unsettled != 3 {
				t.Errorf("%d done and %d unsettled; acknowledgements of a deleted queue's tasks cannot have counted", done, unsettled)
			}
			if _, err := o.client.Inspect(t.Context()); broker.KindOf(err) != broker.QueueMissing {
				t.Errorf("the pool brought the queue back: %v", err)
			}
			if _, err := o.client.EnsureQueue(t.Context()); err != nil {
				t.Fatal(err)
			}
			o.pool.Retry()
			o.enqueue(t, 4)
			eventually(t, "four tasks done", func() bool { return o.ended(TaskDone) == 4 })
		})
	}
}

func TestPurgeLeavesTheTasksInHand(t *testing.T) {
	t.Parallel()
	v := brokertest.Shared(t).VHost(t)
	o := newOutage(t, v, v.URL(), 10, nil)
	o.inHand(t, 3)
	if _, err := o.client.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.finish(t, 3)
	if done, status := o.ended(TaskDone), o.pool.Status(); done != 3 || status.State != PoolRunning {
		t.Errorf("%d done, the pool is %v %s", done, status.State, status.Held)
	}
}

// twice settles the first delivery of the first worker a second time, past the guard of Delivery.
type twice struct {
	Source
	broken atomic.Bool
}

func (s *twice) Consume(ctx context.Context, o broker.ConsumeOptions) (Consumer, error) {
	c, err := s.Source.Consume(ctx, o)
	if err == nil && o.Name == "w01" && s.broken.CompareAndSwap(false, true) {
		_ = c.(*broker.Consumer).Ack(1) // of a tag that is not out yet: the broker ends the channel
	}
	return c, err
}

// One worker's channel that the broker ends is one worker's trouble.
func TestOneWorkersExceptionLeavesThePoolAtWork(t *testing.T) {
	t.Parallel()
	client, _, book := onRabbitMQ(t, 300, nil)
	source := &twice{Source: OnBroker(client)}
	pool := New(Config{Count: 4, Max: 4, Prefetch: 1}, source, HandlerFunc(func(_ context.Context, task Try) error {
		book.note(task.ID)
		return nil
	}), Options{Queue: "task_queue"})
	pool.Start(t.Context())
	eventually(t, "every task", func() bool {
		book.mu.Lock()
		defer book.mu.Unlock()
		for _, n := range book.tries {
			if n == 0 {
				return false
			}
		}
		return true
	})
	eventually(t, "the broken worker to be back", func() bool { return pool.Workers(nil)[0].State == StateIdle })
	if s := pool.Status(); s.State != PoolRunning {
		t.Errorf("the pool is %v: %s", s.State, s.Held)
	}
	if err := pool.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	events, _, _ := pool.Journal().Since(0, nil)
	lost := ""
	for i := range events {
		if events[i].Kind == WorkerLost {
			lost = events[i].Err
		}
	}
	if !strings.Contains(lost, "unknown delivery tag") && !strings.Contains(lost, "was lost") {
		t.Errorf("the journal says %q of the lost channel", lost)
	}
}
