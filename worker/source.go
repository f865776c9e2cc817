package worker

import (
	"context"
	"time"

	"carousel/broker"
)

// Source is the work queue: it hands out tasks, and keeps copies of those that failed. Its methods may be called from any
// goroutine.
type Source interface {
	// Consume opens a channel of its own for one worker and starts consuming. It blocks until the link is up, the
	// broker refuses, or ctx ends. Its errors are *broker.Fault.
	Consume(ctx context.Context, o broker.ConsumeOptions) (Consumer, error)
	// Retry stores a copy of the task, for its next try, that comes back between soonest and wait from now, and returns
	// when the broker has confirmed it. It blocks while the broker takes no messages, until ctx ends. Its errors are
	// broker.ErrStale, ctx's, or *broker.Fault; see broker.Client.Retry for their kinds.
	Retry(ctx context.Context, d *broker.Delivery, why string, soonest, wait time.Duration) error
	// DeadLetter stores a copy of the task in the dead-letter queue. It blocks, and fails, as Retry does.
	DeadLetter(ctx context.Context, d *broker.Delivery, why string) error
}

// Consumer is one worker's channel. *broker.Consumer is the real one.
type Consumer interface {
	// Next waits for a delivery. It returns none when a value came from wake, which may be nil, and then the consumer is
	// open. It is not when the channel has ended or, after Cancel, when the last delivery on its way has been taken. One
	// goroutine calls it at a time.
	Next(wake <-chan struct{}) (d *broker.Delivery, open bool)
	// SetPrefetch changes how many unacknowledged tasks the broker may have handed out on this channel. Tasks in hand
	// stay in hand.
	SetPrefetch(ctx context.Context, n int) error
	// Cancel stops taking: no delivery is sent after it returns, those already sent still come. The channel stays open
	// so that they can be settled.
	Cancel(ctx context.Context) error
	// Close ends the channel. What was not settled goes back to the queue at once.
	Close() error
	// Err is why the channel ended; nil while it is open and after Close.
	Err() error
	// Tag is the consumer tag of the moment.
	Tag() string
}

// OnBroker makes a broker client the Source of a pool.
func OnBroker(c *broker.Client) Source { return clientSource{c} }

type clientSource struct{ *broker.Client }

func (s clientSource) Consume(ctx context.Context, o broker.ConsumeOptions) (Consumer, error) {
	c, err := s.Client.Consume(ctx, o)
	if err != nil {
		return nil, err // not c: a nil *broker.Consumer in a Consumer would not be nil
	}
	return c, nil
}
