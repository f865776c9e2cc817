package lab

import (
	"context"

	"carousel/broker"
	"carousel/worker"
)

// Floor is where experiments are run: a broker, or a stand-in for one.
type Floor interface {
	// Open makes n queues for one run and for nobody else. It waits for the broker, though not for ever. Its errors are
	// *broker.Fault, or ctx's.
	Open(ctx context.Context, n int) (Queues, error)
}

// Queues are those of one run, numbered from 0. They end with Close, and with the program, whatever ends that.
type Queues interface {
	// Send enqueues a task and returns when it is on its way; done is called once with its outcome, from another goroutine.
	// It blocks while too many outcomes are outstanding. With an error done is not called.
	Send(ctx context.Context, queue int, t broker.Task, done func(broker.Receipt)) error
	// Consume opens a channel for one worker. A prefetch of 0 is any number.
	Consume(queue int, o broker.ConsumeOptions) (worker.Consumer, error)
	// Off is closed when the queues are of no use any more, and Err says why; nil after Close.
	Off() <-chan struct{}
	Err() error
	// Close ends the queues, and what works on them, and waits for that; about a second when the broker does not answer.
	Close()
}

// OnBroker makes a broker that a client is connected to the floor of experiments. The client's own queue is not touched.
func OnBroker(c *broker.Client) Floor { return clientFloor{c} }

type clientFloor struct{ *broker.Client }

func (f clientFloor) Open(ctx context.Context, n int) (Queues, error) {
	s, err := f.Scratch(ctx, "lab", n)
	if err != nil {
		return nil, err // not s: a nil *broker.Scratch in Queues would not be nil
	}
	return scratchQueues{s}, nil
}

type scratchQueues struct{ *broker.Scratch }

func (q scratchQueues) Consume(queue int, o broker.ConsumeOptions) (worker.Consumer, error) {
	c, err := q.Scratch.Consume(queue, o)
	if err != nil {
		return nil, err
	}
	return c, nil
}
