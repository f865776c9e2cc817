package worker

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carousel/broker"

	"pgregory.net/rapid"
)

// A handler that cannot work holds the pool: each task it met goes back as if it had not been tried.
func TestPoolHoldsWhenItsHandlerCannotWork(t *testing.T) {
	var mended atomic.Bool
	h := HandlerFunc(func(context.Context, Try) error {
		if mended.Load() {
			return nil
		}
		return Hold(errors.New("the command is gone"))
	})
	q := newQueue(tasks(9)...)
	inBubble(t, 2, q, h, Options{Failure: patient}, func(t *testing.T, p *Pool) {
		pass(time.Minute)
		if got := p.Status(); got.State != PoolHeld || got.Held != "the command is gone" || got.Foreign {
			t.Errorf("%+v", got)
		}
		if ready, unacked, consumers := q.view(); ready != 9 || unacked+consumers+len(q.acked)+len(q.dead) != 0 || q.returned > 2 {
			t.Errorf("ready %d, unacked %d, consumers %d, returned %d", ready, unacked, consumers, q.returned)
		}
		if got := p.Totals(); got.Failed != 0 || got.Dead != 0 {
			t.Errorf("%+v", got)
		}
		mended.Store(true)
		p.Retry()
		pass(time.Minute)
		if len(q.acked) != 9 || p.Status().State != PoolRunning {
			t.Errorf("after the mend: acked %v", q.acked)
		}
	})
}

// checked is a handler with a Check of its own.
type checked struct {
	HandlerFunc
	err error
}

func (c checked) Check() error { return c.err }

func TestPoolHoldsFromTheStartWhenTheCheckFails(t *testing.T) {
	q := newQueue(tasks(3)...)
	h := checked{HandlerFunc(func(context.Context, Try) error { return nil }), errors.New("no such command")}
	inBubble(t, 2, q, h, Options{}, func(t *testing.T, p *Pool) {
		if got := p.Status(); got.State != PoolHeld || got.Held != "no such command" {
			t.Errorf("%+v", got)
		}
		if ready, _, _ := q.view(); ready != 3 || q.opened != 0 {
			t.Errorf("ready %d, %d channels", ready, q.opened)
		}
		p.Retry()
		pass(time.Second)
		if len(q.acked) != 3 {
			t.Errorf("after Retry: acked %v", q.acked)
		}
	})
}

// resident notes who left. A task takes long enough for every worker to get one.
type resident struct {
	mu   sync.Mutex
	had  map[int]int // tries, by worker
	left []int
}

func (r *resident) Handle(_ context.Context, t Try) error {
	<-time.After(10 * time.Millisecond)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.had[t.Worker]++
	if slices.Contains(r.left, t.Worker) {
		return errors.New("it has left")
	}
	return nil
}

func (r *resident) Leave(_ context.Context, worker int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = append(r.left, worker)
}

func TestEveryWorkerLeavesOnce(t *testing.T) {
	q, r := newQueue(tasks(20)...), &resident{had: map[int]int{}}
	inBubble(t, 3, q, r, Options{}, func(t *testing.T, p *Pool) {
		if err := p.Resize(1); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		if slices.Sort(r.left); !slices.Equal(r.left, []int{2, 3}) || len(q.acked) != 20 {
			t.Errorf("left %v, acked %d", r.left, len(q.acked))
		}
	})
	if slices.Sort(r.left); !slices.Equal(r.left, []int{1, 2, 3}) {
		t.Errorf("left %v", r.left)
	}
}

// What a handler asks for makes the wait longer, never shorter, and leads to no other retry queues than failures do.
func TestDelayProperties(t *testing.T) {
	duration := rapid.Int64Range(int64(backoffFloor), int64(backoffCeil))
	rapid.Check(t, func(t *rapid.T) {
		c := FailureConfig{
			Attempts: rapid.IntRange(1, maxAttempts).Draw(t, "attempts"), Then: ThenDeadLetter,
			Backoff: broker.Duration(duration.Draw(t, "backoff")), Jitter: rapid.Float64Range(0, 1).Draw(t, "jitter"),
		}
		c.BackoffMax = broker.Duration(rapid.Int64Range(int64(c.Backoff), int64(backoffCeil)).Draw(t, "max"))
		var (
			asked   = time.Duration(rapid.Int64().Draw(t, "asked"))
			attempt = rapid.IntRange(0, c.Attempts).Draw(t, "attempt")
			draw    = rapid.Float64Range(0, 0.999).Draw(t, "draw")
			fails   = errors.New("busy")
		)
		plainSoonest, plainLatest := c.delay(fails, attempt, draw)
		soonest, latest := c.delay(RetryAfter(fails, asked), attempt, draw)
		if soonest < plainSoonest || latest < plainLatest || soonest > latest || latest > c.BackoffMax.D() {
			t.Fatalf("asked for %v: %v to %v, were %v to %v", asked, soonest, latest, plainSoonest, plainLatest)
		}
		if soonest < min(asked, c.BackoffMax.D()) {
			t.Fatalf("asked for %v, comes after %v", asked, soonest)
		}
		c.Attempts = maxAttempts
		if _, known := slices.BinarySearchFunc(c.Waits(), broker.Duration(latest), cmp.Compare); !known {
			t.Fatalf("no retry queue for %v in %v", latest, c.Waits())
		}
	})
}
