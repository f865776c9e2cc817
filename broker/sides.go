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
	known map[string]bool   // names to look at; true: this client made sure of its arguments
	due   map[time.Time]int // tasks that this client sent to wait, by when they are back at the latest
}

// newSides knows the retry queues of the given waits, which may exist from an earlier run.
func newSides(queue string, waits []Duration) *sides {
	s := &sides{queue: queue, making: make(chan struct{}, 1), due: map[time.Time]int{},
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

// meet takes in the name of a queue that somebody has found on the broker.
func (s *sides) meet(name string) {
	_, retry := retryWait(s.queue, name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.known[name]; retry && !known {
		s.known[name] = false
	}
}

// names are the queues to look at, in order. One whose name is too long for AMQP cannot exist, and to ask for it would cut the
// connection.
func (s *sides) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.known)), func(name string) bool { return len(name) > maxShortString })
}

// arrival is how long after its wait a task may be on its way from the retry queue to the work queue, counted in neither.
const arrival = time.Second

// scheduled notes a task that is back in the work queue after wait. Times are rounded up to a hundredth of the wait, so that
// what is kept does not grow with the tasks.
func (s *sides) scheduled(now time.Time, wait time.Duration) {
	grain := max(wait/100, 50*time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.due[now.Add(wait).Truncate(grain).Add(grain)]++
}

// schedule returns when the first and the last of the tasks that this client sent to wait are back.
func (s *sides) schedule(now time.Time) (w Waiting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := range s.due {
		if now.After(at.Add(arrival)) {
			delete(s.due, at)
			continue
		}
		if at.After(w.Until) {
			w.Until = at
		}
		if at.After(now) && (w.Next.IsZero() || at.Before(w.Next)) {
			w.Next = at
		}
	}
	if !w.Until.IsZero() {
		w.Until = w.Until.Add(arrival)
	}
	return w
}
