package worker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// persistent keeps a command for each worker, which does one task after the other: starting one for every task costs a
// millisecond and more. A command that dies costs its task a try, and the next task waits a little for the next command.
type persistent struct {
	execHandler

	mu       sync.Mutex // guards what follows
	children map[int]*child
	deaths   map[int]int // of a worker's commands, in a row, without an answer between them
	barren   int         // commands that ended before their first answer, in a row
}

func newPersistent(h execHandler) *persistent {
	return &persistent{execHandler: h, children: map[int]*child{}, deaths: map[int]int{}}
}

// maxBarren is how many commands may end before their first answer, one after the other, until the pool is held: the next one
// would, too. It is above the tries of a task by default, so that a single one which kills its command is given up instead.
const maxBarren = 10

// Handle asks the worker's command to do the task. It blocks until the command has answered or ended; when ctx or the task's
// time ends first, the command is told to end, and killed after the grace.
func (h *persistent) Handle(ctx context.Context, t Try) error {
	c, err := h.childOf(ctx, t.Worker)
	if err != nil {
		return err
	}
	limited, cancel := h.limited(ctx)
	defer cancel()
	a, err := c.ask(limited, requestOf(t))
	if err == nil {
		h.answered(t.Worker)
		_, _ = c.said.Write([]byte(a.Output))
		t.Say(c.said.Take())
		return a.err()
	}
	grace := h.Grace.D()
	if limited.Err() == nil {
		grace = 0 // it has ended, or what it is up to is not known
	}
	c.end(grace)
	t.Say(c.said.Take())
	if limited.Err() != nil {
		return explained(err, c.stderr.String())
	}
	return h.died(t.Worker, c, err)
}

// childOf is the worker's command, started where there is none that can be asked.
func (h *persistent) childOf(ctx context.Context, worker int) (*child, error) {
	h.mu.Lock()
	c, deaths := h.children[worker], h.deaths[worker]
	h.mu.Unlock()
	if c != nil {
		if c.fit() {
			return c, nil
		}
		c.end(0)
	}
	if deaths > 0 {
		select {
		case <-time.After(backoff(deaths, rand.Float64())):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	c, err := h.startChild(ctx)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.children[worker] = c
	return c, nil
}

// answered notes that a worker's command lives.
func (h *persistent) answered(worker int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.barren, h.deaths[worker] = 0, 0
}

// died notes that a worker's command has failed its task, and says so.
func (h *persistent) died(worker int, c *child, why error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deaths[worker]++
	if errors.Is(why, errDied) {
		why = fmt.Errorf("%w: %s", why, fate(c.p.state))
	}
	why = fmt.Errorf("%w (after %d tasks; %d in a row for this worker)", why, c.tasks, h.deaths[worker])
	why = explained(why, c.stderr.String())
	if c.tasks > 0 {
		return why
	}
	if h.barren++; h.barren < maxBarren {
		return why
	}
	h.barren = 0
	return Hold(fmt.Errorf("%d commands in a row failed before their first answer; mend handler.exec.command. The last one: %w", maxBarren, why))
}

// Leave ends the worker's command: by the end of its standard input, then by a signal after the grace, or at once when ctx ends.
func (h *persistent) Leave(ctx context.Context, worker int) {
	h.mu.Lock()
	c := h.children[worker]
	delete(h.children, worker)
	delete(h.deaths, worker)
	h.mu.Unlock()
	if c != nil {
		c.quit(ctx, h.Grace.D())
	}
}
