package ui

import (
	"time"

	"carousel/worker"
)

// symptoms are what takes more than one look to see. They are kept by take, on the program's goroutine.
type symptoms struct {
	returns  comebacks
	retries  depth     // of the retry queues together
	unacked  time.Time // since when messages are unacknowledged and none of the queue was acknowledged; zero: that is not so
	finished uint64    // tries that the pool has finished
	worked   time.Time // when tasks that had not failed before last waited or were in hand; zero: never
	retryDue time.Time // until when a task that failed here waits for its next try
	failing  bool      // most tries of the last seconds failed
	hoarded  time.Time // since when tasks wait at busy workers while others idle; zero: they do not
}

// observe takes in the sample that the scene has just taken.
func (n *symptoms) observe(s *scene) {
	n.returns.apply(s.events)
	for i := range s.events {
		if e := &s.events[i]; e.Kind == worker.TaskRetried && e.At.Add(e.Next).After(n.retryDue) {
			n.retryDue = e.At.Add(e.Next)
		}
	}
	if !s.retriesOnly() && (s.queue.Ready.Value > 0 || s.queue.Unacked.Value > 0 || s.pool.InHand > 0) { // what is not known is 0
		n.worked = s.now
	}
	if s.queue.Retrying.Known() {
		n.retries.record(s.queue.Retrying.At, s.queue.Retrying.Value)
	}
	var finished uint64
	for i := range s.workers {
		finished += s.workers[i].Done + s.workers[i].Failed
	}
	silent := fresh(s.queue.Unacked, s.now) && s.queue.Unacked.Value > 0 && fresh(s.queue.Out, s.now) && s.queue.Out.Value == 0 &&
		finished == n.finished
	n.finished = finished
	since(&n.unacked, silent, s.now)
	n.failing = s.hasPool && s.fails(n.failing)
	since(&n.hoarded, s.hoards(), s.now)
}

// since keeps from when on something holds.
func since(from *time.Time, holds bool, now time.Time) {
	switch {
	case !holds:
		*from = time.Time{}
	case from.IsZero():
		*from = now
	}
}

// lasts is how long something has held that since keeps; 0: it does not.
func (s *scene) lasts(from time.Time) time.Duration {
	if from.IsZero() {
		return 0
	}
	return s.now.Sub(from)
}

// idleEnough is how long a worker must have idled to count: shorter gaps are between two tasks.
const idleEnough = 2 * time.Second

// hoards reports whether tasks wait at busy workers, behind the ones in hand, while other workers idle.
func (s *scene) hoards() bool {
	return s.hasPool && s.pool.State == worker.PoolRunning && s.pool.Prefetch > 1 && !s.others() &&
		fresh(s.queue.Unacked, s.now) && s.behind() > 0 && s.hands().busy > 0 && s.idlers() > 0
}

// behind is how many tasks the pool's workers hold beside those in hand, where nobody else consumes.
func (s *scene) behind() int64 { return max(0, s.queue.Unacked.Value-int64(s.pool.InHand)) }

// idlers are the workers that have had nothing to do for a while.
func (s *scene) idlers() (n int) {
	for i := range s.workers {
		if w := &s.workers[i]; w.State == worker.StateIdle && s.now.Sub(w.Since) >= idleEnough {
			n++
		}
	}
	return n
}
