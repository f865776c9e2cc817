package worker

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carousel/broker"
)

// said lists what the journal holds of the pool as a whole and begins with the prefix.
func said(p *Pool, prefix string) (texts []string) {
	events, _, _ := p.Journal().Since(0, nil)
	for _, e := range events {
		if e.Kind == PoolChanged && strings.HasPrefix(e.Err, prefix) {
			texts = append(texts, e.Err)
		}
	}
	return texts
}

// depthOf looks at a queue in memory.
func depthOf(q *queue) func() Depth {
	return func() Depth {
		ready, _, _ := q.view()
		return Depth{Ready: int64(ready), At: time.Now()}
	}
}

// autoscaled runs f on a pool of one worker that may have ten, over a queue of n tasks of a second each.
func autoscaled(t *testing.T, n int, h Handler, change func(*Options), f func(t *testing.T, q *queue, p *Pool)) {
	t.Helper()
	q := newQueue(tasks(n)...)
	opt := Options{Depth: depthOf(q)}
	if change != nil {
		change(&opt)
	}
	inBubble(t, 1, q, h, opt, func(t *testing.T, p *Pool) {
		if err := p.SetAutoscale(scaling(1, 10)); err != nil {
			t.Fatal(err)
		}
		f(t, q, p)
	})
}

func TestPoolGrowsAndShrinksByItself(t *testing.T) {
	autoscaled(t, 300, second, nil, func(t *testing.T, q *queue, p *Pool) {
		if s := p.Status(); !s.Auto.On || s.Auto.Min != 1 || s.Auto.Max != 10 || s.Target != 1 {
			t.Fatalf("status %+v", s)
		}
		pass(20 * time.Second)
		if s := p.Status(); s.Size != 10 || !strings.Contains(s.Auto.Why, "to be gone in 30 s") {
			t.Errorf("with a backlog: %+v", s)
		}
		pass(3 * time.Minute)
		if s := p.Status(); s.Size != 1 || len(q.acked) != 300 {
			t.Errorf("with nothing to do: %+v, %d acked", s, len(q.acked))
		}
		all := said(p, "workers:")
		if len(all) < 3 || len(all) > 7 || !strings.HasPrefix(all[0], "workers: 5, were 1; autoscaling: tasks that come keep ") || !strings.Contains(all[0], " ready, at 1 s each, to be gone in 30 s") ||
			!strings.Contains(all[len(all)-1], "no more than 0 were needed in 1 min") {
			t.Errorf("%q", all)
		}
	})
}

// The first looks of a pool may come before the queue was counted for the first time.
func TestAutoscalingBeginsWithTheFirstDepth(t *testing.T) {
	late := func(o *Options) {
		look, looks := o.Depth, 0
		o.Depth = func() Depth {
			if looks++; looks <= 3 {
				return Depth{}
			}
			return look()
		}
	}
	autoscaled(t, 300, second, late, func(t *testing.T, _ *queue, p *Pool) {
		pass(2500 * time.Millisecond)
		if s := p.Status(); s.Auto.Why != "waits: how many tasks are ready is not known" {
			t.Errorf("%+v", s)
		}
		pass(8 * time.Second)
		if s := p.Status(); s.Target != 10 && s.Target != 5 {
			t.Errorf("%+v", s)
		}
	})
}

// A person's number stands until the hold is over, or until they say otherwise.
func TestAPersonOverrulesAutoscaling(t *testing.T) {
	autoscaled(t, 5000, second, nil, func(t *testing.T, _ *queue, p *Pool) {
		pass(20 * time.Second)
		if err := p.Resize(2); err != nil {
			t.Fatal(err)
		}
		until := time.Now().Add(10 * time.Minute)
		pass(9 * time.Minute)
		if s := p.Status(); s.Target != 2 || !s.Auto.On || !s.Auto.Until.Equal(until) {
			t.Errorf("by hand: %+v", s)
		}
		if all := said(p, "workers: 2, were 10; set by hand, autoscaling waits for 10 min"); len(all) != 1 {
			t.Error("the journal does not say so")
		}
		pass(2 * time.Minute)
		if s := p.Status(); s.Target != 10 || !s.Auto.Until.IsZero() {
			t.Errorf("after the hold: %+v", s)
		}
		for _, on := range []bool{false, true} {
			if err := p.Resize(3); err != nil {
				t.Fatal(err)
			}
			if err := p.Autoscale(on); err != nil {
				t.Fatal(err)
			}
			pass(30 * time.Second)
			if s := p.Status(); s.Auto.On != on || (s.Target == 10) != on {
				t.Errorf("switched on: %t; %+v", on, s)
			}
		}
	})
}

// A pool that takes nothing, or whose queue nothing can be put into, keeps its workers.
func TestAutoscalingWaitsWithThePool(t *testing.T) {
	var blocked atomic.Bool
	withBlock := func(o *Options) {
		look := o.Depth
		o.Depth = func() Depth {
			d := look()
			if blocked.Load() {
				d.Blocked = "the broker has an alarm"
			}
			return d
		}
	}
	autoscaled(t, 100, second, withBlock, func(t *testing.T, _ *queue, p *Pool) {
		pass(15 * time.Second)
		before := p.Status().Target
		check := func(why string) {
			t.Helper()
			pass(3 * time.Minute)
			if s := p.Status(); s.Target != before || !strings.Contains(s.Auto.Why, why) {
				t.Errorf("%d workers before, now %+v", before, s)
			}
		}
		p.Pause()
		check("waits: the pool is paused")
		p.Resume()
		blocked.Store(true)
		check("waits: the broker has an alarm")
	})
}

// A figure that stays the same for long is told by its age.
func TestAutoscalingNeedsAFreshDepth(t *testing.T) {
	frozen := func(o *Options) {
		at := time.Time{}
		o.Depth = func() Depth {
			if at.IsZero() {
				at = time.Now()
			}
			return Depth{Ready: 1000, At: at}
		}
	}
	autoscaled(t, 0, second, frozen, func(t *testing.T, _ *queue, p *Pool) {
		pass(time.Minute)
		if s := p.Status(); s.Target != 1 || !strings.Contains(s.Auto.Why, "counted last 59 s ago") {
			t.Errorf("%+v", s)
		}
	})
}

// A try whose link was lost takes its time all the same. If it were not counted, tasks would seem to take longer after every outage,
// and the pool would grow.
func TestAutoscalingCountsUnsettledTries(t *testing.T) {
	q := newQueue(tasks(3)...)
	inBubble(t, 3, q, second, Options{Depth: depthOf(q)}, func(t *testing.T, p *Pool) {
		pass(500 * time.Millisecond)
		q.unplug()
		pass(time.Second)
		r := p.read(time.Now(), Depth{})
		if p.Totals().Unsettled != 3 || r.tries != 3 || r.ended != 3*time.Second || r.busy != r.ended {
			t.Errorf("%+v of %+v", r, p.Totals())
		}
		q.plug()
		pass(10 * time.Second)
		if r = p.read(time.Now(), Depth{}); r.tries != 6 || r.ended != 6*time.Second {
			t.Errorf("after the outage: %+v", r)
		}
	})
}

// What fails at once and is ready again at once is no reason to grow.
func TestPoolDoesNotGrowOnFailures(t *testing.T) {
	failing := HandlerFunc(func(ctx context.Context, _ Try) error {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
		}
		return context.DeadlineExceeded
	})
	requeue := func(o *Options) { o.Failure = FailureConfig{Attempts: 1, Then: ThenRequeue} }
	autoscaled(t, 50, failing, requeue, func(t *testing.T, _ *queue, p *Pool) {
		pass(2 * time.Minute)
		if s := p.Status(); s.Target != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// Without somebody who looks at the queue, or after its end, there is no autoscaling.
func TestAutoscalingThatCannotBe(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Autoscale.On = true
	p := New(cfg, newQueue(), second, Options{})
	if s := p.Status(); s.Auto.On || p.Autoscale(true) == nil {
		t.Errorf("%+v", s)
	}
	_ = p.Drain(t.Context())
	if err := p.Autoscale(false); err == nil {
		t.Error("a pool that has ended takes it")
	}
}

// fakeWatch shows what it was told to show.
type fakeWatch struct {
	links []broker.LinkState
	snap  broker.Snapshot
}

func (w fakeWatch) Links() []broker.LinkState { return w.links }
func (w fakeWatch) Snapshot() broker.Snapshot { return w.snap }

func TestDepthBy(t *testing.T) {
	at := time.Now()
	w := fakeWatch{links: make([]broker.LinkState, 2)}
	w.snap.Ready = broker.Figure[int64]{Value: 7, At: at}
	if d := DepthBy(w)(); d != (Depth{Ready: 7, At: at}) {
		t.Errorf("%+v", d)
	}
	w.snap.Alarms.Value = []string{"disk"}
	if d := DepthBy(w)(); d.Blocked != "the broker has an alarm" {
		t.Errorf("%+v", d)
	}
	w.links[1].Blocked = "low on\x1b memory"
	if d := DepthBy(w)(); !strings.HasPrefix(d.Blocked, "the broker blocks publishers, low on") || strings.Contains(d.Blocked, "\x1b") {
		t.Errorf("%+v", d)
	}
}
