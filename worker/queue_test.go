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
