package worker

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"carousel/broker"
)

// step is one thing that happens to a pool, and how long after the one before.
type step struct {
	What  string
	N     int
	After time.Duration
}

var anyStep = rapid.Custom(func(t *rapid.T) step {
	return step{
		What: rapid.SampledFrom([]string{
			"resize", "resize", "prefetch", "pause", "resume", "pause one", "resume one", "crash", "crash",
			"lose", "lose", "unplug", "plug", "publish", "publish", "unkept", "kept",
		}).Draw(t, "what"),
		N: rapid.IntRange(1, 8).Draw(t, "n"),
		After: rapid.SampledFrom([]time.Duration{
			0, 0, 300 * time.Millisecond, time.Second, 20 * time.Second,
		}).Draw(t, "after"),
	}
})

// moody takes between nothing and 3 s for a task, fails or panics on the first try of some, and fails each try of a few that
// were not handed out before.
var moody = HandlerFunc(func(ctx context.Context, t Try) error {
	var n int
	if _, err := fmt.Sscanf(t.ID, "t%d", &n); err != nil {
		return err
	}
	select {
	case <-time.After(time.Duration(n%4) * time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	switch {
	case n%5 == 1 && !t.Redelivered && t.Attempt == 1, n%11 == 3 && !t.Redelivered:
		return fmt.Errorf("task %d is not in the mood", n)
	case n%7 == 1 && !t.Redelivered && t.Attempt == 1:
		panic("thrown")
	}
	return nil
})

// TestEveryTaskIsSettledOnce drives a pool through random events and checks the promise: no task is lost, none is
// settled twice, none is settled on a channel that has ended, and the figures add up.
func TestEveryTaskIsSettledOnce(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(anyStep, 1, 40).Draw(rt, "steps")
		policy := FailureConfig{
			Then:     rapid.SampledFrom([]string{ThenReject, ThenRequeue, ThenDeadLetter}).Draw(rt, "then"),
			Attempts: rapid.IntRange(1, 3).Draw(rt, "attempts"),
			Backoff:  broker.Duration(time.Second), BackoffMax: broker.Duration(time.Minute), Jitter: 0.5,
		}
		finish := rapid.Bool().Draw(rt, "finish")
		var wrong []string
		synctest.Test(t, func(t *testing.T) { wrong = live(t, steps, policy, finish) })
		if len(wrong) > 0 {
			t.Log(wrong) // rapid keeps it to itself where it does not come again
			rt.Fatal(strings.Join(wrong, "\n"))
		}
	})
}

// live runs the steps on a pool and returns what broke the promise. It lets the queue run empty at the end when finish
// is set, and drains at once otherwise.
func live(t *testing.T, steps []step, policy FailureConfig, finish bool) []string {
	q := newQueue(tasks(30)...)
	published := 30
	var log bytes.Buffer
	cfg := DefaultConfig()
	p := New(cfg, q, moody, Options{
		Failure: policy,
		Log:     slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	p.Start(t.Context())
	for _, s := range steps {
		pass(s.After)
		if s.What == "publish" {
			q.publish(broker.Task{ID: fmt.Sprintf("t%d", published+1), Attempt: 1, Made: true})
			published++
			continue
		}
		s.apply(p, q)
	}
	q.plug()
	q.keepBy(nil)
	if finish {
		settleDown(t, p, q)
	}
	if err := p.Drain(t.Context()); err != nil {
		t.Errorf("Drain: %v", err)
	}
	checkJournal(t, p)
	return append(audit(p, q, published, finish), grep(&log, broker.ErrSettled.Error())...)
}

func (s step) apply(p *Pool, q *queue) {
	var err error // of steps that may come too late for their worker
	switch s.What {
	case "resize":
		err = p.Resize(s.N)
	case "prefetch":
		err = p.SetPrefetch(s.N)
	case "pause":
		p.Pause()
	case "resume":
		p.Resume()
	case "pause one":
		err = p.PauseWorker(s.N)
	case "resume one":
		err = p.ResumeWorker(s.N)
	case "crash":
		err = p.Crash(s.N)
	case "lose":
		q.lose(fmt.Sprintf("w%02d", s.N), &broker.Fault{Kind: broker.LinkLost, What: "the channel ended"})
	case "unplug":
		q.unplug()
	case "plug":
		q.plug()
	case "unkept":
		q.keepBy(func() error { return &broker.Fault{Kind: broker.LinkLost, What: "the copy has no confirm"} })
	case "kept":
		q.keepBy(nil)
	}
	_ = err
}

// settleDown lets every worker take again and waits until the queue is empty.
func settleDown(t *testing.T, p *Pool, q *queue) {
	p.Resume()
	for _, w := range p.Workers(nil) {
		if w.State != StateGone && w.State != StateStopping {
			if err := p.ResumeWorker(w.ID); err != nil && !strings.Contains(err.Error(), "is ending") {
				t.Error(err)
			}
		}
	}
	for range 100 {
		pass(10 * time.Second)
		if ready, unacked, _ := q.view(); ready+unacked+q.waits() == 0 {
			return
		}
	}
	ready, unacked, _ := q.view()
	t.Errorf("the pool stands still: %d ready, %d unacked, %+v, workers %v", ready, unacked, p.Status(), states(p))
}

// audit holds the queue's books, the journal and the figures against each other.
func audit(p *Pool, q *queue, published int, finished bool) (wrong []string) {
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	ready, unacked, _ := q.view()
	q.mu.Lock() // copies may come back from their wait
	defer q.mu.Unlock()
	wrong = slices.Clone(q.broken)
	if unacked != 0 || finished && ready+len(q.waiting) != 0 {
		complain("%d ready, %d unacked, %d waiting", ready, unacked, len(q.waiting))
	}
	for delivery, n := range q.untold {
		if n > 1 {
			complain("%s was settled %d times", delivery, n)
		}
	}
	count, done := map[EventKind]int{}, map[string]bool{}
	events, _, _ := p.Journal().Since(0, nil)
	for _, e := range events {
		count[e.Kind]++
		if e.Kind == TaskDone {
			done[e.Task.ID] = true
		}
	}
	for _, id := range q.lost(published, done) {
		complain("%s is lost", id)
	}
	total := p.Totals()
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"settled events", count[TaskDone] + count[TaskFailed] + count[TaskRetried], len(q.acked) + len(q.rejected) + q.requeued},
		{"returned events", count[TaskReturned], q.returned},
		{"done", int(total.Done), count[TaskDone]},
		{"dead", int(total.Dead), count[TaskFailed]},
		{"returned", int(total.Returned), q.returned},
		{"unsettled", int(total.Unsettled), count[TaskUnsettled]},
	} {
		if c.got != c.want {
			complain("%s: %d, want %d", c.what, c.got, c.want)
		}
	}
	return wrong
}

// lost lists the tasks t1 to tn that are neither done, nor rejected, nor anywhere in the queue or beside it. The caller
// holds mu.
func (q *queue) lost(n int, done map[string]bool) (ids []string) {
	kept := maps.Clone(done)
	for _, id := range q.rejected {
		kept[id] = true
	}
	for _, m := range q.ready {
		kept[m.task.ID] = true
	}
	for id := range q.waiting {
		kept[id] = true
	}
	for _, t := range q.dead {
		kept[t.ID] = true
	}
	for i := range n {
		if id := fmt.Sprintf("t%d", i+1); !kept[id] {
			ids = append(ids, id)
		}
	}
	return ids
}

func grep(log *bytes.Buffer, text string) (found []string) {
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

// TestControlsFromManyGoroutines steers, samples and stops a pool from all sides in real time, for the race detector.
func TestControlsFromManyGoroutines(t *testing.T) {
	steers := []string{"resize", "pause", "prefetch", "resume", "crash", "lose", "pause one", "resume one"}
	for range 20 {
		q := newQueue(tasks(200)...)
		p := New(DefaultConfig(), q, HandlerFunc(func(context.Context, Try) error { return nil }), Options{Events: 64})
		p.Start(t.Context())
		var team sync.WaitGroup
		for g := range 4 {
			team.Go(func() {
				var rows []WorkerStatus
				var events []Event
				var cursor uint64
				for i := range 50 {
					step{What: steers[(i+g)%len(steers)], N: i%6 + 1}.apply(p, q)
					rows = p.Workers(rows)
					events, cursor, _ = p.Journal().Since(cursor, events[:0])
					if s := p.Status(); s.InHand < 0 || s.Size < 0 {
						t.Errorf("status %+v", s)
					}
				}
			})
		}
		team.Wait()
		for range 2 {
			team.Go(func() {
				if err := p.Drain(t.Context()); err != nil {
					t.Errorf("Drain: %v", err)
				}
			})
		}
		team.Wait()
		ready, unacked, consumers := q.view()
		if unacked+consumers > 0 || ready+len(q.acked) != 200 || len(q.broken) > 0 {
			t.Errorf("ready %d, unacked %d, consumers %d, acked %d", ready, unacked, consumers, len(q.acked))
			t.Errorf("broken rules: %q", q.broken)
		}
	}
}
