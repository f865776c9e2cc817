package worker

import (
	"context"

	"carousel/broker"
)

// Try is one attempt at a task, as a handler sees it. The delivery stays with the pool, which alone settles it.
type Try struct {
	broker.Task
	Redelivered bool   // the broker has handed the task out before; how often is known only to some queues
	Queue       string // that it was taken from
	Worker      int    // WorkerStatus.ID of the worker that has it; a worker has one task at a time
	Attempts    int    // tries of a task in all, as the policy has it; Attempt may be beyond

	output *Output // what Say was told; nil: nobody asks
}

// Say tells what was said while the task was worked on, for it to be shown with the task. A handler calls it once, before
// Handle returns; what it hands over is not changed afterwards.
func (t Try) Say(o Output) {
	if t.output != nil {
		*t.output = o
	}
}

// Handler does the work of a task.
type Handler interface {
	// Handle works until the task is done (nil) or has failed (the error, which becomes one line for a person; Permanent,
	// RetryAfter and Hold say more by it). It runs in its worker's goroutine, many at a time. When ctx ends, because the
	// pool stops or the worker is crashed, it must return soon: the pool waits for it, and the task runs again. A panic
	// counts as a failure of this task. The task's body and headers are read only.
	Handle(ctx context.Context, t Try) error
}

// Checker is a Handler that can tell, without a task, whether it is able to work at all.
type Checker interface {
	// Check says in one sentence what is wrong, and what to do about it; nil: nothing that could be seen. It returns soon.
	// A pool that starts calls it, and holds on its error; so does carousel check.
	Check() error
}

// Resident is a Handler that keeps something for each worker from one task to the next, such as a process.
type Resident interface {
	// Leave ends what is kept for a worker, and returns when it has ended; soon, when ctx ends. It is called once for each
	// worker that had a task, after its last one: when the worker ends, or comes to its first task of another handler.
	Leave(ctx context.Context, worker int)
}

// HandlerFunc makes a function a Handler.
type HandlerFunc func(ctx context.Context, t Try) error

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, t Try) error { return f(ctx, t) }

// NewHandler returns the handler that the [handler] table asks for. Its errors are those of Validate.
func NewHandler(c HandlerConfig) (Handler, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	switch c.Kind {
	case kindExec:
		return newExec(c.Exec), nil
	case kindHTTP:
		h, err := newHTTP(c.HTTP)
		if err != nil {
			return nil, err // not h: a nil *httpHandler in a Handler would not be nil
		}
		return h, nil
	default:
		return newSimulate(c.Simulate), nil
	}
}
