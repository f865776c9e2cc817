package worker

import (
	"errors"
	"time"

	"carousel/broker"
)

// What FailureConfig.Then may say.
const (
	ThenDeadLetter = "dead-letter" // a copy goes to the dead-letter queue, with what happened in its headers
	ThenReject     = "reject"      // the broker dead-letters the task, or drops it where the queue has no dead-letter exchange
	ThenRequeue    = "requeue"     // the task goes back at once, until it succeeds; dead-lettered when a quorum queue would take it no more
)

// Settlement is what becomes of a task at the end of a try.
type Settlement uint8

// The settlements.
const (
	Acked        Settlement = iota + 1 // done: forget it
	Retried                            // failed: acknowledged once a copy for a later try is confirmed
	DeadLettered                       // failed for good: acknowledged once a copy in the dead-letter queue is confirmed
	Rejected                           // failed for good: left to the broker
	Requeued                           // failed: try it again at once
	Returned                           // not tried to the end: hand it to somebody else
)

func (s Settlement) String() string {
	return [...]string{"", "done", "retried", "dead-lettered", "rejected", "requeued", "returned"}[s]
}

// errCut stands for whatever a handler returned because the pool ended its context: that try says nothing of the task.
var errCut = errors.New("stopped before it finished")

// errExhausted is the failure of a task that has come back to its quorum queue as often as it may, but for once, which is for
// an end of this worker: whoever had it so far did not live to settle it, or requeued it.
var errExhausted = errors.New("handed out as often as its queue allows (delivery limit), and never finished")

// Permanent marks err as one that no further try can mend: the task is not tried again. Where the policy is to requeue it,
// which would try it for ever, it is dead-lettered. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// RetryAfter marks err as one that asks for a wait, such as a server's Retry-After: the next try comes no sooner than after d,
// as far as FailureConfig.BackoffMax goes, nor sooner than it would have come without. RetryAfter(nil, d) is nil.
func RetryAfter(err error, d time.Duration) error {
	if err == nil {
		return nil
	}
	return retryAfter{err, d}
}

type retryAfter struct {
	error
	wait time.Duration
}

func (r retryAfter) Unwrap() error { return r.error }

// Hold marks err as one that every other task would meet as well, for the handler itself cannot work: its command is missing,
// its address makes no sense. The pool takes no more tasks, and shows err, until somebody has mended it; this task goes back as
// if it had not been tried. Hold(nil) is nil.
func Hold(err error) error {
	if err == nil {
		return nil
	}
	return hold{err}
}

type hold struct{ error }

func (h hold) Unwrap() error { return h.error }

// isHold reports whether err was marked by Hold.
func isHold(err error) bool { return err != nil && errors.As(err, new(hold)) }

// settlement decides what becomes of a task whose handler returned err at its given try, counted from 1. It is a pure
// function, and the one place that decides.
func (c FailureConfig) settlement(err error, attempt int) Settlement {
	if err == nil {
		return Acked
	}
	final := errors.As(err, new(permanent))
	switch {
	case errors.Is(err, errCut), isHold(err):
		return Returned
	case attempt < c.Attempts && !final:
		return Retried
	case c.Then == ThenDeadLetter, c.Then == ThenRequeue && (final || errors.Is(err, errExhausted)):
		return DeadLettered
	case c.Then == ThenRequeue:
		return Requeued
	}
	return Rejected
}

// keeps reports whether a copy of the task must be stored before it is acknowledged.
func (s Settlement) keeps() bool { return s == Retried || s == DeadLettered }

// send tells the broker. Its error means that the broker did not hear it.
func (s Settlement) send(d *broker.Delivery) error {
	switch s {
	case Acked, Retried, DeadLettered:
		return d.Ack()
	case Rejected:
		return d.Reject()
	case Requeued:
		return d.Fail()
	}
	return d.Return()
}

// event is the kind that the journal notes once the settlement was sent.
func (s Settlement) event() EventKind {
	switch s {
	case Acked:
		return TaskDone
	case DeadLettered, Rejected:
		return TaskFailed
	case Retried, Requeued:
		return TaskRetried
	}
	return TaskReturned
}
