package worker

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
)

func TestLostChannelLeavesTheTaskUnsettled(t *testing.T) {
	q := newQueue(tasks(1)...)
	inBubble(t, 1, q, second, Options{}, func(t *testing.T, p *Pool) {
		q.lose("w01", &broker.Fault{Kind: broker.LinkLost, What: "the channel ended", Why: "406"})
		synctest.Wait()
		if got := p.Status().InHand; got != 1 {
			t.Fatalf("%d in hand: the handler goes on", got)
		}
		pass(20 * time.Second)
		want := []EventKind{WorkerStarted, TaskStarted, TaskUnsettled, WorkerLost, TaskStarted, TaskDone}
		if ks := kinds(p, 1); !slices.Equal(ks, want) {
			t.Errorf("events %v, want %v", ks, want)
		}
		if len(q.untold) != 1 || len(q.acked) != 1 {
			t.Errorf("untold %v, acked %v", q.untold, q.acked)
		}
	})
}

func TestPoolHoldsWhatWaitingCannotMend(t *testing.T) {
	for _, kind := range []broker.Kind{
		broker.QueueMissing, broker.NoRight, broker.Refused, broker.ReadOnly, broker.Mismatch, broker.Busy,
	} {
		q := newQueue()
		q.refuse(&broker.Fault{Kind: kind, What: "cannot consume", Why: "it is so", Do: "change it"})
		inBubble(t, 2, q, second, Options{}, func(t *testing.T, p *Pool) {
			const sentence = "cannot consume: it is so; change it"
			got := p.Status()
			if got.State != PoolHeld || got.Held != sentence || got.Foreign {
				t.Errorf("kind %d: %+v", kind, got)
			}
			changes := 0
			for _, k := range kinds(p, 0) {
				if k == PoolChanged {
					changes++
				}
			}
			if changes != 1 {
				t.Errorf("%d changes told of one hold", changes)
			}
			if rows := p.Workers(nil); rows[1].State != StateHeld || rows[1].Err != sentence {
				t.Errorf("row %+v", rows[1])
			}
			pass(time.Minute)
			if q.opened != 0 {
				t.Errorf("kind %d: the pool tried by itself", kind)
			}
			p.Retry()
			synctest.Wait()
			if got := p.Status(); got.State != PoolHeld {
				t.Errorf("the reason still stands, but: %+v", got)
			}
			q.refuse(nil)
			p.Retry()
			synctest.Wait()
			if got := p.Status(); got.State != PoolRunning || q.opened != 2 {
				t.Errorf("after the mend: %+v, %d opened", got, q.opened)
			}
		})
	}
}

func TestOneRefusalHoldsAllAndFinishesWhatRuns(t *testing.T) {
	q := newQueue(tasks(2)...)
	inBubble(t, 2, q, second, Options{}, func(t *testing.T, p *Pool) {
		q.refuse(&broker.Fault{Kind: broker.NoRight, What: "cannot consume"})
		if err := p.Crash(1); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		p.hold("a later reason")
		if got := p.Status(); got.State != PoolHeld || got.Held != "cannot consume" || len(q.acked) != 1 {
			t.Errorf("status %+v, acked %v", got, q.acked)
		}
		if ready, unacked, _ := q.view(); ready != 1 || unacked != 0 {
			t.Errorf("ready %d, unacked %d", ready, unacked)
		}
	})
}

func TestPassingFaultsAreRetried(t *testing.T) {
	for _, err := range []error{
		&broker.Fault{Kind: broker.Unreachable, What: "cannot reach it"},
		&broker.Fault{Kind: broker.LinkLost, What: "lost"},
		&broker.Fault{Kind: broker.TimedOut, What: "no answer"},
		&broker.Fault{Kind: broker.Overdue, What: "the broker took a task back"},
		&broker.Fault{Kind: broker.Cancelled, What: "the broker cancelled the consumer"},
		errors.New("anything else"),
	} {
		q := newQueue()
		q.refuse(err)
		inBubble(t, 1, q, second, Options{}, func(t *testing.T, p *Pool) {
			if row := p.Workers(nil)[0]; row.State != StateConnecting || row.Err != err.Error() {
				t.Errorf("row %+v", row)
			}
			pass(time.Minute)
			q.refuse(nil)
			pass(backoffMax)
			if got := states(p); q.opened != 1 || got[0] != StateIdle {
				t.Errorf("opened %d, %v", q.opened, got)
			}
		})
	}
}

func TestConsumeThatBlocksIsInterrupted(t *testing.T) {
	q := newQueue()
	inBubble(t, 1, q, second, Options{}, func(t *testing.T, p *Pool) {
		q.unplug()
		pass(backoffMax)
		if got := states(p)[0]; got != StateConnecting {
			t.Fatalf("state %v", got)
		}
		p.Pause()
		synctest.Wait()
		if got := states(p)[0]; got != StatePaused {
			t.Errorf("state %v", got)
		}
		p.Resume()
		synctest.Wait() // and Drain ends it, still unplugged
	})
}

// cut ends every channel, as a message that cannot be decoded does: the named workers learn why, the others do not.
func (q *queue) cut(names ...string) {
	for _, name := range names {
		q.lose(name, unreadable)
	}
	q.lose("", &broker.Fault{Kind: broker.LinkLost, What: "the link is lost"})
}

var unreadable = &broker.Fault{Kind: broker.Unreadable, What: "cannot read a message of task_queue"}

func TestUnreadableMessageHoldsThePool(t *testing.T) {
	names := []string{"w01", "w02", "w03", "w04", "w05"}
	for name, hit := range map[string][][]string{
		"one worker":              {{"w01"}, {"w01"}, {"w01"}},
		"another worker each cut": {{"w05"}, {"w03"}, {"w01"}},
		"all workers at once":     {names, names, names},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue(tasks(100)...)
			inBubble(t, len(names), q, second, Options{}, func(t *testing.T, p *Pool) {
				for _, workers := range hit {
					if got := p.Status(); got.State != PoolRunning {
						t.Fatalf("held too early: %+v", got)
					}
					pass(2500 * time.Millisecond) // tasks finish in between
					q.cut(workers...)
					pass(time.Second)
				}
				if got := p.Status(); got.State != PoolHeld || got.Held != unreadable.What {
					t.Fatalf("status %+v", got)
				}
				p.Retry()
				synctest.Wait()
				q.cut("w01")
				pass(2 * time.Second)
				if got := p.Status(); got.State != PoolRunning {
					t.Errorf("held again at the first cut after Retry: %+v", got)
				}
			})
		})
	}
}

func TestCutsFarApartDoNotHoldThePool(t *testing.T) {
	var c cuts
	now := time.Now()
	for i := range 3 * maxCuts {
		if now = now.Add(cutsLast + time.Second); c.report(now) {
			t.Fatalf("cut %d completes a row", i+1)
		}
	}
}

func TestBackoffStaysInItsBounds(t *testing.T) {
	for _, c := range []struct {
		failures int
		r        float64
		want     time.Duration
	}{
		{1, 0, 0}, {1, 0.5, 125 * time.Millisecond}, {2, 0.5, 250 * time.Millisecond},
		{6, 0.5, 4 * time.Second}, {7, 0.5, 7500 * time.Millisecond}, {1 << 40, 0.5, 7500 * time.Millisecond},
	} {
		if got := backoff(c.failures, c.r); got != c.want {
			t.Errorf("backoff(%d, %v) = %v, want %v", c.failures, c.r, got, c.want)
		}
	}
}

func TestPrefetchThatFailsOpensANewChannel(t *testing.T) {
	q := newQueue(tasks(4)...)
	inBubble(t, 1, q, second, Options{}, func(t *testing.T, p *Pool) {
		q.mu.Lock()
		q.noPrefetch = true
		q.mu.Unlock()
		if err := p.SetPrefetch(4); err != nil {
			t.Fatal(err)
		}
		pass(1500 * time.Millisecond) // the task in hand ends, then a channel with the new prefetch takes the rest
		if _, unacked, _ := q.view(); len(q.acked) != 1 || unacked != 3 || q.opened != 2 {
			t.Errorf("acked %v, unacked %d, opened %d", q.acked, unacked, q.opened)
		}
	})
}
