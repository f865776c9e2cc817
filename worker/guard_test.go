package worker

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
)

func TestForeignTaskHoldsThePool(t *testing.T) {
	foreign := broker.Task{ID: "theirs", Body: []byte("invoice"), Attempt: 1}
	q := newQueue(foreign)
	inBubble(t, 3, q, second, Options{Guard: true}, func(t *testing.T, p *Pool) {
		got := p.Status()
		if got.State != PoolHeld || !got.Foreign || !strings.Contains(got.Held, `"task_queue"`) {
			t.Fatalf("status %+v", got)
		}
		if ready, unacked, consumers := q.view(); ready != 1 || unacked != 0 || consumers != 0 || len(q.acked) != 0 {
			t.Errorf("ready %d, unacked %d, consumers %d, acked %v", ready, unacked, consumers, q.acked)
		}
		if ss := states(p); !slices.Equal(ss, []State{StateHeld, StateHeld, StateHeld}) {
			t.Errorf("states %v", ss)
		}
		p.Retry() // is for other reasons
		synctest.Wait()
		if p.Status().State != PoolHeld {
			t.Error("Retry lifted the guard")
		}
		p.Allow()
		pass(2 * time.Second)
		if got := p.Status(); got.State != PoolRunning || got.Foreign || !slices.Equal(q.acked, []string{"theirs"}) {
			t.Errorf("after Allow: %+v, acked %v", got, q.acked)
		}
	})
}

func TestForeignTaskGoesBackOnce(t *testing.T) {
	q := newQueue(broker.Task{ID: "theirs", Attempt: 1})
	inBubble(t, 1, q, second, Options{Guard: true}, func(t *testing.T, p *Pool) {
		p.Retry()
		synctest.Wait()
		if q.returned != 1 || q.opened != 1 {
			t.Errorf("returned %d times on %d channels", q.returned, q.opened)
		}
	})
}

func TestClaim(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name   string
		orders orders
		crash  bool
		work   context.Context
		made   bool
		want   claim
	}{
		{"taking", orders{take: true}, false, t.Context(), false, try},
		{"guarded, own", orders{take: true, guard: true}, false, t.Context(), true, try},
		{"guarded, foreign", orders{take: true, guard: true}, false, t.Context(), false, foreign},
		{"resting", orders{guard: true}, false, t.Context(), false, refuse},
		{"work ended", orders{take: true}, false, ended, true, refuse},
		{"crashing", orders{guard: true}, true, ended, false, leave},
	} {
		p := &Pool{work: c.work}
		w := &worker{pool: p, orders: c.orders, crash: c.crash}
		if got := w.claim(c.made); got != c.want || (p.inHand.Load() == 1) != (c.want == try) {
			t.Errorf("%s: %d with %d in hand, want %d", c.name, got, p.inHand.Load(), c.want)
		}
	}
}

func TestGuardKnowsAllowedQueues(t *testing.T) {
	cfg := DefaultConfig()
	cfg.AllowConsume = []string{"task_queue"}
	for queue, want := range map[string]bool{"task_queue": false, "other": true} {
		if p := New(cfg, newQueue(), second, Options{Guard: true, Queue: queue}); p.guard != want {
			t.Errorf("%s guarded: %v", queue, p.guard)
		}
	}
}
