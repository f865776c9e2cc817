package worker

import (
	"errors"

	"carousel/broker"
)

// What FailureConfig.Then may say.
const (
	ThenReject  = "reject"  // the broker dead-letters the task, or drops it where the queue has no dead-letter exchange
	ThenRequeue = "requeue" // the task goes back at once, until it succeeds or a quorum queue's delivery limit ends it
)

// Settlement is what the broker is told about a task at the end of a try.
type Settlement uint8

// The settlements.
const (
	Ack     Settlement = iota + 1 // done: forget it
	Reject                        // failed for good
	Requeue                       // failed: try it again
	Return                        // not tried to the end: hand it to somebody else
)

// errCut stands for whatever a handler returned because the pool ended its context: that try says nothing of the task.
var errCut = errors.New("stopped before it finished")

// Permanent marks err as one that no further try can mend: the task is rejected whatever the policy for failures is.
// Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// settlement decides what becomes of a task whose handler returned err. It is a pure function, and the one place that
// decides.
func (c FailureConfig) settlement(err error) Settlement {
	switch {
	case err == nil:
		return Ack
	case errors.Is(err, errCut):
		return Return
	case errors.As(err, new(permanent)) || c.Then != ThenRequeue:
		return Reject
	}
	return Requeue
}

// send tells the broker. Its error means that the broker did not hear it.
func (s Settlement) send(d *broker.Delivery) error {
	switch s {
	case Ack:
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
	case Reject:
		return TaskFailed
	case Requeue:
		return TaskRetried
	}
	return TaskReturned
}
