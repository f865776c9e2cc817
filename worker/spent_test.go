package worker

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
)

// A pool takes exactly as many tasks as it is to, however many workers reach for the last of them, and hands back the rest.
func TestPoolTakesSoManyTasks(t *testing.T) {
	for _, c := range []struct{ workers, prefetch, most int }{{1, 1, 1}, {1, 50, 3}, {20, 1, 7}, {20, 5, 33}, {7, 3, 100}} {
		q := newQueue(tasks(100)...)
		synctest.Test(t, func(t *testing.T) {
			q.up = make(chan struct{})
			close(q.up)
			cfg := DefaultConfig()
			cfg.Count, cfg.Max, cfg.Prefetch = c.workers, 20, c.prefetch
			p := New(cfg, q, second, Options{Queue: "task_queue", MaxTasks: c.most})
			p.Start(t.Context())
			pass(3 * time.Minute)
			if s := p.Status(); s.State != PoolStopped || !p.Spent() || p.Taken() != c.most {
				t.Errorf("%+v: %+v, %d taken", c, s, p.Taken())
			}
			checkJournal(t, p)
			if kinds := kinds(p, -1); countOf(kinds, TaskStarted) != c.most || p.Totals().Done != uint64(c.most) {
				t.Errorf("%+v: %d started, %d done", c, countOf(kinds, TaskStarted), p.Totals().Done)
			}
		})
		if ready, unacked, consumers := q.view(); ready != 100-c.most || unacked != 0 || consumers != 0 || len(q.broken) > 0 {
			t.Errorf("%+v: %d ready, %d unacked, %d consumers, %q", c, ready, unacked, consumers, q.broken)
		}
	}
}

func countOf(kinds []EventKind, kind EventKind) (n int) {
	for _, k := range kinds {
		if k == kind {
			n++
		}
	}
	return n
}

// Each try counts, also that of a task which came back because its link was lost.
func TestRedeliveriesAreTakenTasks(t *testing.T) {
	q := newQueue(tasks(5)...)
	inBubble(t, 1, q, second, Options{MaxTasks: 3}, func(t *testing.T, p *Pool) {
		q.lose("w01", &broker.Fault{Kind: broker.LinkLost, What: "the link is lost"}) // the first is in hand, and runs again
		pass(time.Minute)
		if s := p.Status(); s.State != PoolStopped || p.Totals().Done != 2 || p.Totals().Unsettled != 1 {
			t.Errorf("%+v, %+v", s, p.Totals())
		}
		if !slices.Equal(q.acked, []string{"t1", "t2"}) || len(q.ready) != 3 {
			t.Errorf("acked %v, %d ready", q.acked, len(q.ready))
		}
	})
}

// What ends the taking is said in the journal.
func TestSpentPoolSaysSo(t *testing.T) {
	inBubble(t, 2, newQueue(tasks(3)...), second, Options{MaxTasks: 2}, func(t *testing.T, p *Pool) {
		events, _, _ := p.Journal().Since(0, nil)
		if !slices.ContainsFunc(events, func(e Event) bool {
			return e.Kind == PoolChanged && strings.HasPrefix(e.Err, "draining: 2 tasks were taken")
		}) {
			t.Errorf("not in %+v", events)
		}
		if s := p.Status(); s.State != PoolDraining || s.InHand != 2 {
			t.Errorf("%+v", s)
		}
	})
}
