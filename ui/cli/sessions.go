package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"carousel/broker"
	"carousel/ui"
	"carousel/worker"
	"carousel/worker/lab"
)

// sessions are the queues that a console has open: one, and two while it goes from one to another. They share the log. The zero
// value is ready; its methods may be called from any goroutine.
type sessions struct {
	mu   sync.Mutex
	last int
	open map[int]func()
}

// add takes in a backend, the pool on it, if any, and how to end what goes with them, and returns what ends all of it, once.
func (s *sessions) add(b *backend, pool *worker.Pool, stop ...func()) (end func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	id := s.last
	end = sync.OnceFunc(func() {
		if pool != nil {
			endNow(pool)
		}
		for _, f := range stop {
			f()
		}
		b.client.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, id)
	})
	if s.open == nil {
		s.open = map[int]func(){}
	}
	s.open[id] = end
	return end
}

// close ends what is still open, and waits for what others are ending.
func (s *sessions) close() {
	s.mu.Lock()
	open := slices.Collect(maps.Values(s.open))
	s.mu.Unlock()
	for _, end := range open {
		end()
	}
}

// onQueue are the settings for another queue of the same broker. It has been seen there; should it go, it is not declared anew
// by what the config says of its own queue.
func (s settings) onQueue(queue string) settings {
	if queue != s.Queue.Name {
		s.Queue = broker.QueueConfig{Name: queue, Type: s.Queue.Type, Durable: s.Queue.Durable}
	}
	if !s.named { // on the sandbox, everything is allowed
		s.Workers.AllowConsume = append(slices.Clone(s.Workers.AllowConsume), queue)
	}
	s.link()
	return s
}

// goTo opens another queue of the broker that the settings name. On another machine's broker the user has been asked for the
// queue's name before workers start there; see ui.Options.Unasked.
func (c *consoleRun) goTo(ctx context.Context, s settings, queue string, work bool) (ui.Session, error) {
	if err := broker.CheckQueueName(queue); err != nil {
		return ui.Session{}, err
	}
	s = s.onQueue(queue)
	if work {
		if s.Broker.ReadOnly {
			return ui.Session{}, errors.New("the console is read-only, nothing is consumed")
		}
		if of, side := broker.SideOf(queue); side {
			return ui.Session{}, fmt.Errorf("queue %s keeps failed tasks of %s, so the console only watches it", broker.Plain(queue), broker.Plain(of))
		}
	}
	b, err := c.program.open(s.Broker, c.first.log)
	if err != nil {
		return ui.Session{}, err
	}
	b.log = c.first.log
	if _, err := b.Inspect(ctx); err != nil {
		b.client.Close()
		if broker.KindOf(err) == 0 {
			err = fmt.Errorf("cannot go to queue %s: the broker did not answer in time", broker.Plain(queue))
		}
		return ui.Session{}, err
	}
	var pool *worker.Pool
	if work {
		if pool, err = s.newPool(b, keptBytes, 0); err != nil {
			b.client.Close()
			return ui.Session{}, err
		}
	}
	return c.session(s, b, pool), nil
}

// session is what the console needs of a backend and the pool on it, if any.
func (c *consoleRun) session(s settings, b *backend, pool *worker.Pool) ui.Session {
	self, quiet := s.report(b, pool, true, nil)
	others, deaf := s.others(b, self)
	n := ui.Session{
		Broker: b.client, Dead: b.client, Admin: b.admin, Close: c.sessions.add(b, pool, quiet, deaf), Context: s.context(),
		ReadOnly: s.Broker.ReadOnly, Sandbox: !s.named, Notices: s.notices(),
		Unasked: func(queue string) string { return s.onQueue(queue).guard() },
		Start:   func() { c.starts(s, pool) },
		Switch: func(ctx context.Context, queue string, work bool) (ui.Session, error) {
			return c.goTo(ctx, s, queue, work)
		},
	}
	if others != nil {
		n.Others = others
	}
	n.Trace = c.trace(s, b)
	if b.meet != nil {
		n.Floor = lab.OnBroker(b.meet)
	}
	if pool != nil {
		n.Pool, n.Journal, n.Kept = pool, pool.Journal(), pool.Keepsake()
	}
	return n
}

// starts is called when a session comes onto the screen: what is said at the end, however it comes, is said of its tasks.
func (c *consoleRun) starts(s settings, pool *worker.Pool) {
	c.onBroker, c.working = s.named, pool != nil
	if c.fate = tasksGone; s.named {
		c.fate = tasksBack
		c.monitor.tell(tasksOnBroker)
	} else {
		c.monitor.tell(tasksOnSandbox)
	}
	if pool != nil {
		pool.Start(c.now)
	}
}
