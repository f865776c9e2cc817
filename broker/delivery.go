package broker

import (
	"errors"
	"sync/atomic"
)

// ErrSettled is returned for a second settlement of one delivery; nothing was sent.
var ErrSettled = errors.New("this delivery is settled already")

// ErrStale is returned for settling a delivery whose channel has ended: nothing was sent, the broker has taken the
// task back and will deliver it again.
var ErrStale = errors.New("the link of this delivery is gone; the broker will deliver the task again")

// Settler sends settlements for the deliveries of one channel. It returns ErrStale when that channel has ended.
type Settler interface {
	Stale() bool // the channel has ended
	Ack(tag uint64) error
	Nack(tag uint64, requeue bool) error
	Reject(tag uint64, requeue bool) error
}

// Delivery is one task as the broker handed it to one consumer. It is settled at most once, and never after its channel
// ended: delivery tags mean nothing on another one. The methods may be called from any goroutine.
type Delivery struct {
	Task        Task
	Tag         uint64 // delivery tag, counted from 1 on each channel
	Redelivered bool   // the broker has handed it out before
	Count       int64  // earlier deliveries as the broker counts them (quorum queues); -1: not told
	Last        bool   // a quorum queue takes it back once more at most, and would dead-letter or drop it then
	Consumer    string // consumer tag

	settled atomic.Bool
	by      Settler
}

// NewDelivery returns a delivery that by settles.
func NewDelivery(task Task, tag uint64, by Settler) *Delivery {
	return &Delivery{Task: task, Tag: tag, Count: -1, by: by}
}

// Ack tells the broker that the task is done and may be forgotten.
func (d *Delivery) Ack() error {
	return d.settle(func() error { return d.by.Ack(d.Tag) })
}

// Reject refuses the task for good: the broker dead-letters it, or drops it where the queue has no dead-letter exchange.
func (d *Delivery) Reject() error {
	return d.settle(func() error { return d.by.Reject(d.Tag, false) })
}

// Fail puts the task back after a failed try. It uses basic.reject, which every RabbitMQ counts towards a quorum
// queue's delivery limit; basic.nack is not counted from 4.3 on, and would loop for ever.
func (d *Delivery) Fail() error {
	return d.settle(func() error { return d.by.Reject(d.Tag, true) })
}

// Return hands the task back untried (drain, guard). It uses basic.nack, for the reason that Fail does not.
func (d *Delivery) Return() error {
	return d.settle(func() error { return d.by.Nack(d.Tag, true) })
}

// Stale reports whether the delivery's channel has ended: the broker has taken the task back, and no settlement will reach it.
func (d *Delivery) Stale() bool { return d.by.Stale() }

// Settled reports whether a settlement was sent or tried.
func (d *Delivery) Settled() bool { return d.settled.Load() }

func (d *Delivery) settle(send func() error) error {
	if !d.settled.CompareAndSwap(false, true) {
		return ErrSettled
	}
	return send()
}
