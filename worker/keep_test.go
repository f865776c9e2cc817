package worker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

var fails = HandlerFunc(func(context.Context, Try) error { return errors.New("no disk") })

// patient tries three times, 1 s and 2 s apart.
var patient = FailureConfig{
	Attempts: 3, Backoff: broker.Duration(time.Second), BackoffMax: broker.Duration(time.Minute), Then: ThenDeadLetter,
}

func TestFailedTaskIsTriedAgainAndThenKept(t *testing.T) {
	q := newQueue(tasks(1)...)
	start := time.Now()
	inBubble(t, 2, q, fails, Options{Failure: patient}, func(t *testing.T, p *Pool) {
		start = time.Now()
		pass(time.Minute)
		if len(q.acked) != 3 || len(q.dead) != 1 || q.dead[0].Attempt != 3 || q.requeued+len(q.rejected) != 0 {
			t.Errorf("acked %v, dead %v, requeued %d", q.acked, q.dead, q.requeued)
		}
		var next, after []time.Duration
		events, _, _ := p.Journal().Since(0, nil)
		for _, e := range events {
			switch e.Kind {
			case TaskRetried:
				next = append(next, e.Next)
			case TaskStarted:
				after = append(after, e.At.Sub(start))
			}
		}
		if !slices.Equal(next, []time.Duration{time.Second, 2 * time.Second}) ||
			!slices.Equal(after, []time.Duration{0, time.Second, 3 * time.Second}) {
			t.Errorf("waits %v, tries after %v", next, after)
		}
		if got := p.Totals(); got.Failed != 3 || got.Dead != 1 || got.Done != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// What cannot be kept for a reason that lasts holds the pool: the task goes back once, and is neither lost nor tried for ever.
func TestPoolHoldsWhatCannotBeKept(t *testing.T) {
	for _, kind := range []broker.Kind{broker.NoRight, broker.Mismatch, broker.Failed, broker.Invalid, broker.ReadOnly} {
		q := newQueue(tasks(1)...)
		q.keepBy(func() error { return &broker.Fault{Kind: kind, What: "cannot keep it", Why: "it is so"} })
		inBubble(t, 1, q, fails, Options{Failure: patient}, func(t *testing.T, p *Pool) {
			pass(time.Minute)
			if got := p.Status(); got.State != PoolHeld || got.Held != "cannot keep it: it is so" {
				t.Errorf("kind %d: %+v", kind, got)
			}
			if ready, unacked, _ := q.view(); ready != 1 || unacked != 0 || len(q.acked) != 0 || q.returned != 1 {
				t.Errorf("ready %d, unacked %d, acked %v, returned %d", ready, unacked, q.acked, q.returned)
			}
			q.keepBy(nil)
			p.Retry()
			pass(time.Minute)
			if len(q.dead) != 1 || len(q.acked) != 3 {
				t.Errorf("after the mend: dead %v, acked %v", q.dead, q.acked)
			}
		})
	}
}

// A copy without a confirm is no copy: the task goes back.
func TestTaskWithoutAConfirmedCopyGoesBack(t *testing.T) {
	q := newQueue(tasks(1)...)
	left := 2
	q.keepBy(func() error {
		if left--; left >= 0 {
			return &broker.Fault{Kind: broker.LinkLost, What: "the link was lost before the confirm"}
		}
		return nil
	})
	inBubble(t, 1, q, fails, Options{Failure: FailureConfig{Then: ThenDeadLetter}}, func(t *testing.T, p *Pool) {
		pass(time.Minute)
		if len(q.acked) != 1 || len(q.dead) != 1 || q.requeued != 2 {
			t.Errorf("acked %v, dead %v, requeued %d", q.acked, q.dead, q.requeued)
		}
		events, _, _ := p.Journal().Since(0, nil)
		i := slices.IndexFunc(events, func(e Event) bool { return e.Kind == TaskRetried })
		if want := "no disk; and the link was lost before the confirm"; i < 0 || events[i].Err != want || events[i].Next != 0 {
			t.Errorf("events %+v", events)
		}
	})
}

// While the broker takes no copies (an alarm, a lost link) a failed task stays in its worker's hand, which still obeys.
func TestOrdersWhileACopyWaits(t *testing.T) {
	for name, c := range map[string]struct {
		order func(t *testing.T, p *Pool)
		kinds []EventKind // of the task's end and after
		acked int
	}{
		"none": {func(*testing.T, *Pool) {}, []EventKind{TaskRetried, TaskStarted, TaskRetried, TaskStarted, TaskFailed}, 3},
		"the channel lost": {func(*testing.T, *Pool) {}, []EventKind{
			TaskUnsettled, WorkerLost, TaskStarted, TaskRetried, TaskStarted, TaskRetried, TaskStarted, TaskFailed,
		}, 3},
		"crash": {func(t *testing.T, p *Pool) {
			if err := p.Crash(1); err != nil {
				t.Error(err)
			}
		}, []EventKind{TaskUnsettled, WorkerCrashed, TaskStarted, TaskRetried, TaskStarted, TaskRetried, TaskStarted, TaskFailed}, 3},
		"drain that waits": {func(t *testing.T, p *Pool) {
			if err := p.Drain(t.Context()); err != nil {
				t.Error(err)
			}
		}, []EventKind{TaskRetried, WorkerStopped}, 1},
		"drain that cannot wait": {func(t *testing.T, p *Pool) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := p.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}, []EventKind{TaskReturned, WorkerStopped}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue()
			inBubble(t, 1, q, fails, Options{Failure: patient}, func(t *testing.T, p *Pool) {
				q.blockCopies(true)
				q.publish(tasks(1)[0])
				pass(time.Minute)
				if len(q.acked) > 0 || p.Status().InHand != 1 || p.Status().Keeping != 1 {
					t.Fatalf("acked %v without a copy, %+v", q.acked, p.Status())
				}
				time.AfterFunc(time.Minute, func() { q.blockCopies(false) })
				if name == "the channel lost" {
					q.lose("w01", &broker.Fault{Kind: broker.LinkLost, What: "the channel ended"})
				}
				c.order(t, p)
				pass(2 * time.Minute)
				if got := kinds(p, 1)[2:]; !slices.Equal(got, c.kinds) || len(q.acked) != c.acked {
					t.Errorf("events %v, acked %v", got, q.acked)
				}
			})
		})
	}
}

func TestExhaustedDeliveryIsNotTried(t *testing.T) {
	q := newQueue()
	tried := 0
	h := HandlerFunc(func(context.Context, Try) error { tried++; return nil })
	q.last = func(m message) bool { return m.task.Attempt == 1 }
	inBubble(t, 1, q, h, Options{Failure: patient}, func(t *testing.T, p *Pool) {
		q.publish(tasks(1)[0])
		pass(time.Minute)
		if tried != 1 || len(q.acked) != 2 || len(q.dead) != 0 {
			t.Errorf("tried %d times, acked %v, dead %v", tried, q.acked, q.dead)
		}
		events, _, _ := p.Journal().Since(0, nil)
		i := slices.IndexFunc(events, func(e Event) bool { return e.Kind == TaskRetried })
		if i < 0 || !strings.Contains(events[i].Err, "delivery limit") {
			t.Errorf("events %+v", events)
		}
	})
}

// What the broker would drop if it came back stays in hand until its copy is confirmed, whatever keeps that from happening.
func TestExhaustedDeliveryIsNotGivenBack(t *testing.T) {
	for _, kind := range []broker.Kind{broker.LinkLost, broker.NoRight} {
		q := newQueue(tasks(1)...)
		q.last = func(message) bool { return true }
		left := 3
		q.keepBy(func() error {
			if left--; left >= 0 {
				return &broker.Fault{Kind: kind, What: "cannot keep it"}
			}
			return nil
		})
		inBubble(t, 1, q, fails, Options{Failure: FailureConfig{Then: ThenDeadLetter}}, func(t *testing.T, p *Pool) {
			pass(time.Minute)
			if held := p.Status().State == PoolHeld; held != (kind == broker.NoRight) {
				t.Errorf("kind %d: %+v", kind, p.Status())
			}
			if len(q.acked) != 1 || len(q.dead) != 1 || q.requeued+q.returned != 0 {
				t.Errorf("kind %d: acked %v, dead %v, requeued %d, returned %d", kind, q.acked, q.dead, q.requeued, q.returned)
			}
			p.Retry()
			q.publish(tasks(2)[1])
			pass(time.Minute)
			if len(q.acked) != 2 {
				t.Errorf("kind %d: the pool does not go on: %+v", kind, p.Status())
			}
		})
	}
}
