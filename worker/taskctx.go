package worker

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// taskContext is the context of one task. It ends with its parent, the stint's, or when end is called. To make a child of a
// context costs more than the rest of what a worker does for a task, and many a handler never asks whether it has ended: the
// child is made for those that do.
type taskContext struct {
	parent context.Context

	mu    sync.Mutex                    // guards ended, and the making of child
	ended bool                          // end was called
	child atomic.Pointer[cancelContext] // nil until somebody asks
}

type cancelContext struct {
	context.Context
	cancel context.CancelFunc
}

// end ends the context. It may be called from any goroutine, and again.
func (c *taskContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if child := c.child.Load(); child != nil {
		child.cancel()
	}
}

// real is the child that stands for this context.
func (c *taskContext) real() context.Context {
	if child := c.child.Load(); child != nil {
		return child
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if child := c.child.Load(); child != nil {
		return child
	}
	ctx, cancel := context.WithCancel(c.parent)
	if c.ended {
		cancel()
	}
	c.child.Store(&cancelContext{ctx, cancel})
	return ctx
}

func (c *taskContext) Deadline() (time.Time, bool) { return c.parent.Deadline() }

func (c *taskContext) Done() <-chan struct{} { return c.real().Done() }

// Err makes no child: who asks now and then, as between two steps, does not wait.
func (c *taskContext) Err() error {
	if child := c.child.Load(); child != nil {
		return child.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return context.Canceled
	}
	return c.parent.Err()
}

// Value has the child answer, because package context asks for what only that knows.
func (c *taskContext) Value(key any) any { return c.real().Value(key) }
