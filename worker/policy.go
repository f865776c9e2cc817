package worker

import (
	"errors"

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
	Ack        Settlement = iota + 1 // done: forget it
	Retry                            // failed: acknowledged once a copy for a later try is confirmed
	DeadLetter                       // failed for good: acknowledged once a copy in the dead-letter queue is confirmed
	Reject                           // failed for good: left to the broker
	Requeue                          // failed: try it again at once
	Return                           // not tried to the end: hand it to somebody else
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

// settlement decides what becomes of a task whose handler returned err at its given try, counted from 1. It is a pure
// function, and the one place that decides.
func (c FailureConfig) settlement(err error, attempt int) Settlement {
	final := errors.As(err, new(permanent))
	switch {
	case err == nil:
		return Ack
	case errors.Is(err, errCut):
		return Return
	case attempt < c.Attempts && !final:
		return Retry
	case c.Then == ThenDeadLetter, c.Then == ThenRequeue && (final || errors.Is(err, errExhausted)):
		return DeadLetter
	case c.Then == ThenRequeue:
		return Requeue
	}
	return Reject
}

// keeps reports whether a copy of the task must be stored before it is acknowledged.
func (s Settlement) keeps() bool { return s == Retry || s == DeadLetter }

// send tells the broker. Its error means that the broker did not hear it.
func (s Settlement) send(d *broker.Delivery) error {
	switch s {
	case Ack, Retry, DeadLetter:
		return d.Ack()
	case Reject:
		return d.Reject()
	case Requeue:
		return d.Fail()
	}
	return d.Return()
}

// event is the kind that the journal notes once the settlement was sent.
func (s Settlement) event() EventKind {
	switch s {
	case Ack:
		return TaskDone
	case DeadLetter, Reject:
		return TaskFailed
	case Retry, Requeue:
		return TaskRetried
	}
	return TaskReturned
}
