package worker

import (
	"context"
	"fmt"
	"slices"

	"carousel/broker"
)

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
