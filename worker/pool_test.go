package worker

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"carousel/broker/brokertest"
)

func TestMain(m *testing.M) {
	runAsCommand()
	goleak.VerifyTestMain(brokertest.StopAfter(m))
}

// second takes a second for every task.
var second = HandlerFunc(func(ctx context.Context, _ Try) error {
	select {
	case <-time.After(time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
})

// pass lets time go by in a bubble, and everything due by then happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// inBubble runs f on a pool of n workers over q, in fake time, and checks afterwards that the pool ends cleanly and
// that the queue's rules were kept.
func inBubble(t *testing.T, n int, q *queue, h Handler, opt Options, f func(t *testing.T, p *Pool)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		q.up = make(chan struct{}) // one of the bubble
		close(q.up)
		cfg := DefaultConfig()
		cfg.Count, cfg.Max = n, 20
		opt.Queue, opt.HandlerName = "task_queue", "simulate"
		p := New(cfg, q, h, opt)
		p.Start(t.Context())
		synctest.Wait()
		f(t, p)
		if err := p.Drain(t.Context()); err != nil {
			t.Errorf("Drain: %v", err)
		}
		if len(q.broken) > 0 {
			t.Errorf("broken rules: %q", q.broken)
		}
		if got := p.Status(); got.State != PoolStopped || got.Size != 0 || got.InHand != 0 {
			t.Errorf("after Drain: %+v", got)
		}
		checkJournal(t, p)
	})
}

// checkJournal checks that every task that was started ended exactly once, in its own worker.
func checkJournal(t *testing.T, p *Pool) {
	t.Helper()
	inHand := map[int]string{}
	events, _, missed := p.Journal().Since(0, nil)
	if missed > 0 {
		t.Fatalf("%d events missed", missed)
	}
	for _, e := range events {
		switch {
		case e.Kind == TaskStarted && inHand[e.Worker] != "":
			t.Errorf("event %d: worker %d starts %s with %s in hand", e.Seq, e.Worker, e.Task.ID, inHand[e.Worker])
		case e.Kind == TaskStarted:
			inHand[e.Worker] = e.Task.ID
		case e.Kind == TaskReturned && inHand[e.Worker] != e.Task.ID: // untried
		case e.Kind.Ended() && inHand[e.Worker] != e.Task.ID:
			t.Errorf("event %d: worker %d ends %s with %q in hand", e.Seq, e.Worker, e.Task.ID, inHand[e.Worker])
		case e.Kind.Ended():
			delete(inHand, e.Worker)
		}
	}
	if len(inHand) > 0 {
		t.Errorf("tasks started but never ended: %v", inHand)
	}
}

// kinds lists what the journal says of one worker, or of all with id -1.
func kinds(p *Pool, id int) (ks []EventKind) {
	events, _, _ := p.Journal().Since(0, nil)
	for _, e := range events {
		if id < 0 || e.Worker == id {
			ks = append(ks, e.Kind)
		}
	}
	return ks
}

func states(p *Pool) (ss []State) {
	for _, w := range p.Workers(nil) {
		ss = append(ss, w.State)
	}
	return ss
}

func TestPoolWorksThroughTheQueue(t *testing.T) {
	q := newQueue(tasks(6)...)
	inBubble(t, 3, q, second, Options{}, func(t *testing.T, p *Pool) {
		if got := states(p); !slices.Equal(got, []State{StateRunning, StateRunning, StateRunning}) {
			t.Errorf("states with tasks ready: %v", got)
		}
		w := p.Workers(nil)[0]
		if w.Name != "w01" || w.Task.ID == "" || !w.HasTask || !strings.HasPrefix(w.Tag, "w01-") {
			t.Errorf("first row: %+v", w)
		}
		pass(1500 * time.Millisecond)
		got := p.Status()
		if got.InHand != 3 || got.State != PoolRunning || got.Size != 3 || got.Handler != "simulate" {
			t.Errorf("half-way: %+v", got)
		}
		if got := p.Workers(nil)[0].BusyTime; got != 1500*time.Millisecond {
			t.Errorf("busy %v, want the task in hand included", got)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.AwaitIdle(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("AwaitIdle under an ended context: %v", err)
		}
		if err := p.AwaitIdle(t.Context()); err != nil {
			t.Errorf("AwaitIdle: %v", err)
		}
		if len(q.acked) != 6 {
			t.Errorf("acked %v", q.acked)
		}
		if got := p.Totals(); got != (Totals{Done: 6, BusyTime: 6 * time.Second, Longest: time.Second}) {
			t.Errorf("totals %+v", got)
		}
		for _, w := range p.Workers(nil) {
			p50 := w.RunP50.Round(100 * time.Millisecond)
			if w.Done != 2 || w.State != StateIdle || p50 != time.Second || w.WaitP50 < 0 {
				t.Errorf("row %+v", w)
			}
		}
	})
}

func TestThousandWorkers(t *testing.T) {
	const n = 1000
	q := newQueue(tasks(3 * n)...)
	synctest.Test(t, func(t *testing.T) {
		q.up = make(chan struct{})
		close(q.up)
		cfg := DefaultConfig()
		cfg.Count = n
		p := New(cfg, q, second, Options{})
		p.Start(t.Context())
		pass(3 * time.Second)
		for _, w := range p.Workers(nil) {
			if w.Done != 3 {
				t.Errorf("%s did %d tasks; prefetch 1 and equal tasks give each 3", w.Name, w.Done)
			}
		}
		if f := FairnessOf(p.Workers(nil)); f.Tasks != 3*n || f.Busy < 0.9999 {
			t.Errorf("%+v", f)
		}
		if err := p.Drain(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestPoolSettlesAsThePolicySays(t *testing.T) {
	fails := errors.New("no disk\nat all")
	for _, c := range []struct {
		name            string
		handler         HandlerFunc
		then            string
		acked, rejected int
		dead            int
		kind            EventKind // of the first try's end
		why             string
		failed          uint64
	}{
		{name: "done", handler: func(context.Context, Try) error { return nil }, acked: 1, kind: TaskDone},
		{name: "rejected", handler: func(context.Context, Try) error { return fails }, then: ThenReject,
			rejected: 1, kind: TaskFailed, why: "no disk at all", failed: 1},
		{name: "requeued once", handler: func(_ context.Context, try Try) error {
			if try.Redelivered {
				return nil
			}
			return fails
		}, then: ThenRequeue, acked: 1, kind: TaskRetried, why: "no disk at all", failed: 1},
		{name: "permanent", handler: func(context.Context, Try) error { return Permanent(fails) }, then: ThenRequeue,
			acked: 1, dead: 1, kind: TaskFailed, why: "no disk at all", failed: 1},
		{name: "panic", handler: func(context.Context, Try) error { panic("boom") }, then: ThenReject,
			rejected: 1, kind: TaskFailed, why: "the handler panicked: boom", failed: 1},
		{name: "goexit", handler: func(context.Context, Try) error { runtime.Goexit(); return nil }, then: ThenReject,
			rejected: 1, kind: TaskFailed, why: errNoReturn.Error(), failed: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := newQueue(tasks(1)...)
			opt := Options{Failure: FailureConfig{Then: c.then}}
			inBubble(t, 1, q, c.handler, opt, func(t *testing.T, p *Pool) {
				if len(q.acked) != c.acked || len(q.rejected) != c.rejected || len(q.dead) != c.dead {
					t.Errorf("acked %v, rejected %v, dead %v", q.acked, q.rejected, q.dead)
				}
				events, _, _ := p.Journal().Since(0, nil)
				i := slices.IndexFunc(events, func(e Event) bool { return e.Kind.Ended() })
				if i < 0 || events[i].Kind != c.kind || events[i].Err != c.why {
					t.Errorf("events %+v", events)
				}
				if got := p.Totals().Failed; got != c.failed {
					t.Errorf("%d tries failed, want %d", got, c.failed)
				}
			})
		})
	}
}

func TestDrainFinishesWhatIsInHand(t *testing.T) {
	q := newQueue(tasks(10)...)
	inBubble(t, 2, q, second, Options{}, func(t *testing.T, p *Pool) {
		if err := p.SetPrefetch(3); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if ready, unacked, _ := q.view(); ready != 4 || unacked != 6 {
			t.Fatalf("ready %d, unacked %d", ready, unacked)
		}
		if err := p.Drain(t.Context()); err != nil {
			t.Errorf("Drain: %v", err)
		}
		if ready, unacked, _ := q.view(); len(q.acked) != 2 || ready != 8 || unacked != 0 || q.returned != 4 {
			t.Errorf("acked %d, ready %d, unacked %d, returned %d", len(q.acked), ready, unacked, q.returned)
		}
	})
}

func TestDrainHandsBackWhenItsTimeIsUp(t *testing.T) {
	q := newQueue(tasks(2)...)
	inBubble(t, 2, q, second, Options{}, func(t *testing.T, p *Pool) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := p.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Drain: %v", err)
		}
		if ready, unacked, _ := q.view(); ready != 2 || unacked != 0 || q.returned != 2 {
			t.Errorf("ready %d, unacked %d, returned %d", ready, unacked, q.returned)
		}
		if got := p.Totals(); got.Returned != 2 || got.Failed != 0 {
			t.Errorf("totals %+v", got)
		}
	})
}

func TestEndOfWorkHandsBack(t *testing.T) {
	q := newQueue(tasks(3)...)
	synctest.Test(t, func(t *testing.T) {
		q.up = make(chan struct{})
		close(q.up)
		work, cancel := context.WithCancel(t.Context())
		p := New(DefaultConfig(), q, second, Options{})
		p.Start(work)
		synctest.Wait()
		cancel()
		synctest.Wait()
		if got := p.Status(); got.State != PoolStopped || got.Size != 0 {
			t.Errorf("status %+v", got)
		}
		if ready, unacked, _ := q.view(); ready != 3 || unacked != 0 {
			t.Errorf("ready %d, unacked %d", ready, unacked)
		}
		if err := p.Drain(t.Context()); err != nil {
			t.Errorf("Drain: %v", err)
		}
	})
}

func TestPoolThatNeverStarted(t *testing.T) {
	p := New(DefaultConfig(), newQueue(), second, Options{})
	if err := p.Resize(2); err != nil || p.Status().Target != 2 {
		t.Errorf("Resize: %v, %+v", err, p.Status())
	}
	for range 2 {
		if err := p.Drain(t.Context()); err != nil {
			t.Errorf("Drain: %v", err)
		}
	}
	p.Start(t.Context())
	if got := p.Status(); got.State != PoolStopped || got.Size != 0 {
		t.Errorf("a drained pool started: %+v", got)
	}
	if err := p.Resize(1); err == nil {
		t.Error("a drained pool was resized")
	}
}
