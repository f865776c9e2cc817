package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"carousel/broker"
)

// Try is one attempt at a task, as a handler sees it. The delivery stays with the pool, which alone settles it.
type Try struct {
	broker.Task
	Redelivered bool // the broker has handed the task out before; how often is known only to some queues
}

// Handler does the work of a task.
type Handler interface {
	// Handle works until the task is done (nil) or has failed (the error, which becomes one line for a person). It runs
	// in a goroutine of its own, many at a time. When ctx ends, because the pool stops or the worker is crashed, it
	// must return soon: the pool waits for it. A panic counts as a failure of this task. The task's body and headers
	// are read only.
	Handle(ctx context.Context, t Try) error
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
	return newSimulate(c.Simulate), nil
}

var errNoReturn = errors.New("the handler ended its goroutine without returning")

// handle starts h on the task and returns a channel that gets its error exactly once, also when the handler panics or
// leaves by runtime.Goexit. The caller waits for it.
func handle(ctx context.Context, h Handler, t Try, log *slog.Logger) <-chan error {
	ended := make(chan error, 1)
	go func() {
		err := errNoReturn
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("the handler panicked: %v", v)
				log.Error("a handler panicked", "id", t.ID, "panic", v, "stack", string(debug.Stack()))
			}
			ended <- err
		}()
		err = h.Handle(ctx, t)
	}()
	return ended
}
