package broker

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// sides are the queues beside the work queue that keep its failed tasks: the retry queues and the dead-letter queue. They are
// made when the first task needs them.
type sides struct {
	queue    string
	newborn  time.Duration // the constant newborn, and
	patience time.Duration // keepPatience: for tests to shorten
	making   chan struct{} // holds a value while somebody declares one

	mu    sync.Mutex
	known map[string]bool // names to look at; true: this client made sure of its arguments
	safe  time.Time       // from when on a confirmed copy outlives a crash of the broker
	away  away
	outs  map[string]*publisher // by queue
}

// newSides knows the retry queues of the given waits, which may exist from an earlier run.
func newSides(queue string, waits []Duration) *sides {
	s := &sides{queue: queue, newborn: newborn, patience: keepPatience, making: make(chan struct{}, 1), away: away{due: map[string]time.Time{}},
		known: map[string]bool{DeadQueue(queue): false}, outs: map[string]*publisher{}}
	for _, wait := range waits {
		s.known[RetryQueue(queue, wait.D())] = false
	}
	return s
}

// ensure makes sure of a queue, once for this client; settle waits until a copy in it is safe. The first one that is missing
// takes the others with it, so that their first seconds pass together. Its errors are *Fault, or ctx's.
func (s *sides) ensure(ctx context.Context, c *Client, name string) error {
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
	fresh := KindOf(c.lookAt(ctx, name)) == QueueMissing
	if err := c.makeSide(ctx, name, fresh); err != nil || !fresh {
		return err
	}
	for _, other := range s.names() {
		if !s.made(other) {
			_ = c.makeSide(ctx, other, true) // whoever needs it will be told
		}
	}
	return nil
}

// makeSide declares a retry queue or the dead-letter queue. Where the user may not declare it, one that exists will do; so
// will any dead-letter queue, but a retry queue with other arguments would not give its tasks back. A fresh one is not safe
// from the moment on in which others may use it.
func (c *Client) makeSide(ctx context.Context, name string, fresh bool) error {
	wait, retry := retryWait(c.cfg.Queue.Name, name)
	err := c.onWatch(ctx, "make queue "+Plain(name)+" for failed tasks", func(ch *amqp.Channel) error {
		if retry {
			return declareRetry(ch, name, c.cfg.Queue.Name, wait)
		}
		_, err := ch.QueueDeclare(name, true, false, false, false, c.deadArguments())
		return err
	})
	switch kind := KindOf(err); {
	case err == nil:
		c.log.Info("queue for failed tasks is there", "queue", name)
	case kind == Mismatch && retry:
		return advised(err, "delete that queue once it is empty: carousel makes it as it has to be")
	case kind == Mismatch, kind == NoRight: // another dead-letter queue will do; and so will one that somebody else made
		if c.lookAt(ctx, name) != nil { // it is not there: that vhost may have no more queues, or this user may not make them
			if kind == NoRight {
				err = advised(err, "let the user configure that queue, or make it for them")
			}
			return err
		}
	default:
		return err
	}
	infancy := c.infancy()
	c.sides.mu.Lock()
	c.sides.known[name] = true
	if fresh {
		c.sides.safe = time.Now().Add(infancy)
	}
	c.sides.mu.Unlock()
	return nil
}

// newborn is how long a confirmed message in a new queue is not safe: RabbitMQ (seen with 3.10 and 4.0) writes what it needs
// to find the messages of a new quorum queue again up to two seconds later, and a crash before loses them.
const newborn = 3 * time.Second

// infancy is how long new queues of this broker are watched over; the sandbox has nothing to find again.
func (c *Client) infancy() time.Duration {
	if state, _, _ := c.watch.snapshot(); state.Product != "RabbitMQ" {
		return 0
	}
	return c.sides.newborn
}

// settle waits until what was confirmed in a new queue is safe.
func (s *sides) settle(ctx context.Context) error {
	s.mu.Lock()
	wait := time.Until(s.safe)
	s.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	return sleep(ctx, wait)
}

// sender is the publisher for copies to a queue. Each queue has its own, for outcomes are told in the order of the publishes:
// a queue that confirms nothing, such as a quorum queue without its majority, must not hold up those of others.
func (s *sides) sender(c *Client, name string) *publisher {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.outs[name] == nil {
		s.outs[name] = newPublisher(c, copyBytes)
	}
	return s.outs[name]
}

// senders are all that there are.
func (s *sides) senders() []*publisher {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.outs))
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
