package broker

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// sides are the queues beside the work queue that keep its failed tasks: the retry queues and the dead-letter queue. They are
// made when the first task needs them.
type sides struct {
	queue  string
	making chan struct{} // holds a value while somebody declares one

	mu    sync.Mutex
	known map[string]bool // names to look at; true: this client made sure of its arguments
	away  away
}

// newSides knows the retry queues of the given waits, which may exist from an earlier run.
func newSides(queue string, waits []Duration) *sides {
	s := &sides{queue: queue, making: make(chan struct{}, 1), away: away{due: map[string]time.Time{}},
		known: map[string]bool{DeadQueue(queue): false}}
	for _, wait := range waits {
		s.known[RetryQueue(queue, wait.D())] = false
	}
	return s
}

// ensure declares a queue unless this client has done so before. One that exists with other arguments will do where any is
// true; where the user may not declare, one that exists will do. Its errors are *Fault, or ctx's.
func (s *sides) ensure(ctx context.Context, c *Client, name string, any bool, declare func(*amqp.Channel) error) error {
	if s.made(name) {
		return nil
	}
	select { // for one caller at a time: many tasks may fail at once
	case s.making <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.making }()
	if s.made(name) {
		return nil
	}
	err := c.onWatch(ctx, "make queue "+Plain(name)+" for failed tasks", declare)
	switch kind := KindOf(err); {
	case err == nil:
		c.log.Info("queue for failed tasks is there", "queue", name)
	case kind == Mismatch && any:
	case kind == NoRight:
		if c.lookAt(ctx, name) != nil {
			var refused *Fault
			if errors.As(err, &refused) {
				refused.Do = "let the user configure that queue, or make it for them"
			}
			return err
		}
	default:
		return err
	}
	s.mu.Lock()
	s.known[name] = true
	s.mu.Unlock()
	return nil
}

// lookAt asks whether a queue exists.
func (c *Client) lookAt(ctx context.Context, name string) error {
	return c.onWatch(ctx, "look at queue "+Plain(name), func(ch *amqp.Channel) error {
		_, err := ch.QueueDeclarePassive(name, true, false, false, false, nil)
		return err
	})
}

func (s *sides) made(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[name]
}

// forget makes ensure declare the queue again.
func (s *sides) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[name] = false
}

// meet takes in what the management API tells of the retry queues, also of those that others made.
func (s *sides) meet(retries []queueAnswer, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away.moving, s.away.seen = 0, now
	for i := range retries {
		name := retries[i].Name.raw
		if _, retry := retryWait(s.queue, name); !retry {
			continue
		}
		s.away.moving += retries[i].moving()
		if _, known := s.known[name]; !known {
			s.known[name] = false
		}
	}
}

// names are the queues to look at, in order. One whose name is too long for AMQP cannot exist, and to ask for it would cut the
// connection.
func (s *sides) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.known)), func(name string) bool { return len(name) > maxShortString })
}
