package cli

import (
	"context"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// How soon after a look at the queue the next one follows, at the earliest, and after one that failed.
const (
	lookEvery = 100 * time.Millisecond
	lookAgain = time.Second
)

// awaitEmpty blocks until no task is ready, none waits for its retry and none is in hand. Between the looks one may slip
// through to a worker; so the caller looks again when the workers have ended.
func (w *workRun) awaitEmpty(ctx context.Context, pool *worker.Pool) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for told := false; ; {
		if err := pool.AwaitIdle(ctx); err != nil {
			return err
		}
		left, err := w.look(ctx)
		if err != nil {
			return err
		}
		if left.none() && pool.Status().InHand == 0 {
			return nil
		}
		if waits := left.waiting; left.ready == 0 && waits.Tasks > 0 && !told {
			w.log.Info("the queue is empty, but failed tasks wait for their retry", "tasks", waits.Tasks)
			told = true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// remains is what the queue, and the retry queues beside it, hold.
type remains struct {
	ready   int
	waiting broker.Waiting
}

// none reports whether nothing is there, and nothing on its way from a retry queue.
func (r remains) none() bool { return r.ready == 0 && r.waiting.Tasks == 0 && r.waiting.Until.IsZero() }

// look asks for the queues' figures until the broker gives them, refuses, or ctx ends: the workers live through a link that
// is lost, and so does the wait for their end. The retry queues come first: a task that moves on meanwhile is then counted
// twice rather than not at all.
func (w *workRun) look(ctx context.Context) (left remains, err error) {
	for told := false; ; told = true {
		if left.waiting, err = w.Waiting(ctx); err == nil {
			var info broker.QueueInfo
			info, err = w.Inspect(ctx)
			left.ready = info.Ready
		}
		switch broker.KindOf(err) {
		case broker.LinkLost, broker.TimedOut, broker.Unreachable, broker.Unreadable:
		default:
			return left, err
		}
		if !told {
			w.log.Warn("cannot tell whether the queue is empty; trying again", "error", err)
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return left, ctx.Err()
		}
	}
}
