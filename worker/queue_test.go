package worker

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"carousel/broker"
)

// queue is a work queue in memory, with the rules that the pool relies on: round-robin dispatch, prefetch, redelivery
// of what a channel held when it ended, and no settlement outside the channel of its delivery.
type queue struct {
	mu         sync.Mutex
	up         chan struct{} // closed while the link is up
	fault      error         // what Consume answers; nil: it works
	ready      []message
	channels   []*channel
	turn       int
	opened     int
	noPrefetch bool // SetPrefetch fails
	acked      []string
	rejected   []string
	waiting    map[string]broker.Task // copies that come back after their wait
	dead       []broker.Task
	keeping    func() error       // what Retry and DeadLetter answer; nil: they store the copy
	copies     chan struct{}      // Retry and DeadLetter wait until it is closed; nil: they do not
	last       func(message) bool // which deliveries are the last that the queue allows; nil: none
	requeued   int
	returned   int
	untold     map[string]int // settlements refused because the channel had ended, by task
	broken     []string       // broken rules
	prefetchs  []int          // as asked for by SetPrefetch
}

type message struct {
	task        broker.Task
	redelivered bool
}

func newQueue(tasks ...broker.Task) *queue {
	q := &queue{up: make(chan struct{}), untold: map[string]int{}, waiting: map[string]broker.Task{}}
	close(q.up)
	for _, t := range tasks {
		q.ready = append(q.ready, message{task: t})
	}
	return q
}

// tasks makes n tasks of carousel's own, with short ids.
func tasks(n int) []broker.Task {
	made := make([]broker.Task, n)
	for i := range made {
		made[i] = broker.NewTask(fmt.Appendf(nil, "body %d", i+1))
		made[i].ID = fmt.Sprintf("t%d", i+1)
	}
	return made
}

func (q *queue) publish(t broker.Task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.put(t)
}

// put adds a task. The caller holds mu.
func (q *queue) put(t broker.Task) {
	q.ready = append(q.ready, message{task: t})
	q.dispatch()
}

func (q *queue) Consume(ctx context.Context, o broker.ConsumeOptions) (Consumer, error) {
	if err := q.awaitLink(ctx); err != nil {
		return nil, &broker.Fault{Kind: broker.Unreachable, What: "cannot consume", Err: err}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.fault != nil {
		return nil, q.fault
	}
	q.opened++
	c := &channel{
		q: q, tag: fmt.Sprintf("%s-%d", o.Name, q.opened), name: o.Name, prefetch: o.Prefetch,
		tasks: make(chan *broker.Delivery, 4096), unacked: map[uint64]message{}, open: true, taking: true,
	}
	q.channels = append(q.channels, c)
	q.dispatch()
	return c, nil
}

// dispatch hands out ready tasks in turn to the channels that have room. The caller holds mu.
func (q *queue) dispatch() {
	for skipped := 0; len(q.ready) > 0 && skipped < len(q.channels); {
		c := q.channels[q.turn%len(q.channels)]
		q.turn++
		if !c.taking || len(c.unacked) >= c.prefetch {
			skipped++
			continue
		}
		skipped = 0
		m := q.ready[0]
		q.ready = q.ready[1:]
		c.last++
		c.unacked[c.last] = m
		d := broker.NewDelivery(m.task, c.last, c)
		d.Redelivered, d.Consumer = m.redelivered, c.tag
		d.Last = q.last != nil && q.last(m)
		c.tasks <- d
	}
}

// refuse makes Consume answer with the fault; nil mends it.
func (q *queue) refuse(fault error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fault = fault
}

// lose ends the channel of the named worker, as a broker would.
func (q *queue) lose(name string, why error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, c := range slices.Clone(q.channels) {
		if c.name == name || name == "" {
			c.end(why)
		}
	}
	q.dispatch()
}

// unplug takes the link down: every channel ends, and Consume blocks until plug.
func (q *queue) unplug() {
	q.mu.Lock()
	select {
	case <-q.up:
		q.up = make(chan struct{})
	default: // it is down, and Consume calls wait for this very channel
	}
	q.mu.Unlock()
	q.lose("", &broker.Fault{Kind: broker.LinkLost, What: "the link is lost"})
}

func (q *queue) plug() {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.up:
	default:
		close(q.up)
	}
}

// view copies what the tests look at.
func (q *queue) view() (ready, unacked, consumers int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, c := range q.channels {
		unacked += len(c.unacked)
		if c.taking {
			consumers++
		}
	}
	return len(q.ready), unacked, consumers
}

// channel is one worker's channel on a queue.
type channel struct {
	q        *queue
	name     string
	tag      string
	prefetch int
	last     uint64
	tasks    chan *broker.Delivery
	unacked  map[uint64]message
	open     bool
	taking   bool
	err      error
}

// end gives back what is unacked, to the head of the queue in its old order. The caller holds q.mu.
func (c *channel) end(why error) {
	if !c.open {
		return
	}
	if c.taking {
		close(c.tasks)
	}
	c.open, c.taking, c.err = false, false, why
	c.q.channels = slices.DeleteFunc(c.q.channels, func(other *channel) bool { return other == c })
	var back []message
	for tag := uint64(1); tag <= c.last; tag++ {
		if m, ok := c.unacked[tag]; ok {
			back = append(back, message{m.task, true})
		}
	}
	c.q.ready = append(back, c.q.ready...)
	clear(c.unacked)
}

func (c *channel) settle(tag uint64, note func(m message)) error {
	c.q.mu.Lock()
	defer c.q.mu.Unlock()
	m, ok := c.unacked[tag]
	switch {
	case !c.open:
		c.q.untold[fmt.Sprint(c.tag, "/", tag)]++
		return broker.ErrStale
	case !ok:
		c.q.broken = append(c.q.broken, fmt.Sprintf("%s settled tag %d a second time", c.tag, tag))
		return nil
	}
	delete(c.unacked, tag)
	note(m)
	c.q.dispatch()
	return nil
}

func (c *channel) putBack(m message, counter *int) {
	if c.q.last != nil && c.q.last(m) {
		c.q.broken = append(c.q.broken, m.task.ID+" was given back at its delivery limit: a broker would drop it")
	}
	*counter++
	c.q.ready = append([]message{{m.task, true}}, c.q.ready...)
}

func (c *channel) Stale() bool {
	c.q.mu.Lock()
	defer c.q.mu.Unlock()
	return !c.open
}

func (c *channel) Ack(tag uint64) error {
	return c.settle(tag, func(m message) { c.q.acked = append(c.q.acked, m.task.ID) })
}

func (c *channel) Nack(tag uint64, _ bool) error {
	return c.settle(tag, func(m message) { c.putBack(m, &c.q.returned) })
}

func (c *channel) Reject(tag uint64, requeue bool) error {
	return c.settle(tag, func(m message) {
		if requeue {
			c.putBack(m, &c.q.requeued)
			return
		}
		c.q.rejected = append(c.q.rejected, m.task.ID)
	})
}

func (c *channel) Next(wake <-chan struct{}) (d *broker.Delivery, open bool) {
	select {
	case d, open = <-c.tasks:
		return d, open
	case <-wake:
		return nil, true
	}
}

func (c *channel) SetPrefetch(_ context.Context, n int) error {
	c.q.mu.Lock()
	defer c.q.mu.Unlock()
	if c.q.noPrefetch {
		return &broker.Fault{Kind: broker.TimedOut, What: "cannot set the prefetch"}
	}
	if !c.open {
		return c.err
	}
	c.prefetch = n
	c.q.prefetchs = append(c.q.prefetchs, n)
	c.q.dispatch()
	return nil
}

func (c *channel) Cancel(context.Context) error {
	c.q.mu.Lock()
	defer c.q.mu.Unlock()
	if !c.open {
		return &broker.Fault{Kind: broker.LinkLost, What: "cannot cancel", Why: "the channel has ended"}
	}
	if c.taking {
		c.taking = false
		close(c.tasks)
	}
	return nil
}

func (c *channel) Close() error {
	c.q.mu.Lock()
	defer c.q.mu.Unlock()
	if c.open && c.taking {
		c.q.broken = append(c.q.broken, c.tag+" was closed without a cancel: a delivery may cross it")
	}
	c.end(nil)
	c.q.dispatch()
	return nil
}

func (c *channel) Err() error {
	c.q.mu.Lock()
	defer c.q.mu.Unlock()
	return c.err
}

func (c *channel) Tag() string { return c.tag }
