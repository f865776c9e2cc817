package worker

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"carousel/broker"
)

// keep has a copy stored of a task that failed by cause, and returns when it is confirmed: only then may the task be
// acknowledged. It returns the wait before the next try. New orders are followed meanwhile: a crash cancels it.
func (s *stint) keep(own *taskContext, d *broker.Delivery, as Settlement, cause error) (time.Duration, error) {
	var (
		wait   time.Duration
		why    = oneLine(cause)
		source = s.pool.source
		done   = make(chan error, 1)
	)
	store := func() error { return source.DeadLetter(own, d, why) }
	if as == Retried {
		var soonest time.Duration
		soonest, wait = s.manner.failure.delay(cause, d.Task.Attempt, rand.Float64())
		store = func() error { return source.Retry(own, d, why, soonest, wait) }
	}
	s.pool.keeping.Add(1)
	defer s.pool.keeping.Add(-1)
	go func() { done <- s.store(own, d, store) }() // await waits for it
	return wait, s.await(done, own)
}

// store has a copy stored. A task that its queue would not take back once more stays in hand until that is done, the
// delivery has become stale, or ctx ends: given back it would be dropped. A fault that lasts holds the pool meanwhile.
func (s *stint) store(ctx context.Context, d *broker.Delivery, once func() error) error {
	for tries := 1; ; tries++ {
		err := once()
		if !d.Last || err == nil || ctx.Err() != nil || errors.Is(err, broker.ErrStale) {
			return err
		}
		if !passes(broker.KindOf(err)) {
			s.pool.hold(err.Error())
		}
		s.pool.log.Warn("a task at its delivery limit has no copy yet; trying again", "worker", s.name, "id", d.Task.ID, "error", err)
		select {
		case <-time.After(backoff(tries, rand.Float64())):
		case <-ctx.Done():
			return err
		}
	}
}

// notKept decides what becomes of a failed task that has no confirmed copy, and says why. It is never acknowledged.
func (s *stint) notKept(err error, why string) (Settlement, string) {
	why += "; and " + oneLine(err)
	switch {
	case s.pool.work.Err() != nil, errors.Is(err, broker.ErrStale): // which the settlement will say, too
		return Returned, why
	case passes(broker.KindOf(err)):
		return Requeued, why
	}
	s.pool.hold(err.Error()) // the same would happen to the next task that fails, and to this one for ever
	s.stopTaking()           // before it goes back, or the broker would hand it to us again
	return Returned, why
}

// passes reports whether a fault of this kind ends by itself.
func passes(kind broker.Kind) bool {
	switch kind {
	case broker.LinkLost, broker.TimedOut, broker.Unreachable, broker.Unreadable:
		return true
	}
	return false
}
