package broker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	amqp "github.com/rabbitmq/amqp091-go"
)

// ConsumeOptions says what a worker's channel should be.
type ConsumeOptions struct {
	Name     string // part of the consumer tag: "w01"
	Index    int    // picks one of the work connections, modulo their number
	Prefetch int    // unacknowledged deliveries the broker may have outstanding here; 1 to 65535
	Priority int32  // of the queue's consumers, those with the highest that have room are served first; 0 is the usual one
}

// Consumer is one worker's channel and its consumer. Next is called by one goroutine at a time; the other methods may be called
// from any. A goroutine of its own waits for the end of the channel.
type Consumer struct {
	s        *session
	ch       *amqp.Channel
	queue    string
	name     string
	priority int32
	limit    func() int64 // of deliveries, as a quorum queue counts them; 0: none
	sides    *sides

	cancelled chan struct{} // closed by Cancel, when no more deliveries will be sent
	drained   chan struct{} // closed when the last of these was taken
	closed    chan struct{} // closed by Close
	ended     chan struct{} // closed when nothing more can come, and Err says why

	mu      sync.Mutex
	streams []*stream              // from the client library, oldest first: SetPrefetch adds one
	current atomic.Pointer[stream] // the oldest of them, to take from until it is past; nil: there is none. Written under mu
	added   chan struct{}          // holds a value when one was added

	rpc  sync.Mutex // one exchange at a time: replies carry no address
	tags int        // consumers made on this channel; under rpc
	once sync.Once  // of closing closed
	stop sync.Once  // of closing cancelled
	last sync.Once  // of closing drained

	room *Delivery // for the next one, made while there is none; only Next

	tag  atomic.Pointer[string]
	err  atomic.Pointer[Fault]
	held atomic.Int64 // deliveries that came and are not settled
}

// Consume opens a channel of its own for one worker and starts a consumer with manual acknowledgement on it. It waits for
// the link, and declares the queue if this client has not seen it yet. Its errors are *Fault, or ctx's.
func (c *Client) Consume(ctx context.Context, o ConsumeOptions) (*Consumer, error) {
	if err := c.writable("consume from " + Plain(c.cfg.Queue.Name)); err != nil {
		return nil, err
	}
	if o.Prefetch < 1 || o.Prefetch > 65535 {
		return nil, &Fault{Kind: Invalid, What: fmt.Sprintf("prefetch %d is out of range", o.Prefetch), Why: "AMQP allows 1 to 65535 here"}
	}
	if err := c.prepareQueue(ctx, func(string) {}); err != nil {
		return nil, err
	}
	s, err := c.work[o.Index%len(c.work)].session(ctx)
	if err != nil {
		return nil, err
	}
	k := &Consumer{s: s, queue: c.cfg.Queue.Name, name: o.Name, priority: o.Priority, limit: c.deliveryLimit, sides: c.sides}
	watch, err := k.open(o.Prefetch)
	if err != nil {
		return nil, c.deleted(ctx, err)
	}
	c.takers.opened()
	c.running.Go(func() {
		watch()
		c.takers.ended(k)
	})
	return k, nil
}

// open opens the channel and starts a consumer on it; the caller runs watch in a goroutine.
func (k *Consumer) open(prefetch int) (watch func(), err error) {
	if k.ch, err = k.s.channel(); err != nil {
		return nil, consumerLoss(k.queue, k.s.fault("open a channel for "+k.name, err))
	}
	k.added = make(chan struct{}, 1)
	k.cancelled, k.drained = make(chan struct{}), make(chan struct{})
	k.closed, k.ended = make(chan struct{}), make(chan struct{})
	// Registered before the first delivery can come, and drained by watch until they end.
	closes := k.ch.NotifyClose(make(chan *amqp.Error, 1))
	cancels := k.ch.NotifyCancel(make(chan string, 4))
	if err := k.consume(prefetch); err != nil {
		_ = k.s.rpc(k.ch.Close)
		return nil, err
	}
	return func() { k.watch(closes, cancels) }, nil
}

// consume sets the prefetch and makes a new consumer; RabbitMQ applies a prefetch to consumers that come after it.
func (k *Consumer) consume(prefetch int) error {
	k.tags++
	tag := fmt.Sprintf("carousel-%s-%d-%s-%d", hostname(), os.Getpid(), k.name, k.tags)
	var deliveries <-chan amqp.Delivery
	err := k.s.rpc(func() (err error) {
		if err := k.ch.Qos(prefetch, 0, false); err != nil {
			return err
		}
		deliveries, err = k.ch.Consume(k.queue, tag, false, false, false, false, k.arguments())
		return err
	})
	if err != nil {
		return consumerLoss(k.queue, k.s.fault("consume from "+Plain(k.queue), err))
	}
	k.tag.Store(&tag)
	k.add(&stream{tag, deliveries})
	return nil
}

func (k *Consumer) arguments() amqp.Table {
	if k.priority == 0 {
		return nil
	}
	return amqp.Table{"x-priority": k.priority}
}

// closeReason says why the channel ended. When the whole connection ended, that is the reason.
func (k *Consumer) closeReason(e *amqp.Error) *Fault {
	if e == nil || k.s.conn.IsClosed() {
		f, _ := consumerLoss(k.queue, closeFault(k.s.endpoint, e)).(*Fault)
		return f
	}
	return channelFault(k.queue, k.name, e)
}

// Tag is the consumer tag of the moment.
func (k *Consumer) Tag() string { return *k.tag.Load() }

// Err is why the channel ended; nil while it is open, and after Close.
func (k *Consumer) Err() error {
	if f := k.err.Load(); f != nil {
		return f
	}
	return nil
}

// SetPrefetch changes how many unacknowledged deliveries the broker may have outstanding here, by replacing the consumer on
// the same channel: deliveries in hand stay valid. It blocks for two exchanges. Its errors are *Fault.
func (k *Consumer) SetPrefetch(_ context.Context, n int) error {
	k.rpc.Lock()
	defer k.rpc.Unlock()
	if err := k.cancelConsumer(); err != nil {
		return err
	}
	return k.consume(n)
}

// Cancel stops taking: the broker sends nothing after it returns, and what it had sent still comes. The channel stays open
// so that deliveries in hand can be settled. It blocks for one exchange.
func (k *Consumer) Cancel(context.Context) error {
	k.rpc.Lock()
	defer k.rpc.Unlock()
	err := k.cancelConsumer()
	k.stop.Do(func() { close(k.cancelled) })
	return err
}

func (k *Consumer) cancelConsumer() error {
	if err := k.s.rpc(func() error { return k.ch.Cancel(k.Tag(), false) }); err != nil {
		return consumerLoss(k.queue, k.s.fault("stop consuming from "+Plain(k.queue), err))
	}
	return nil
}

// Close ends the channel, and Next with it. What was not settled goes back to the queue at once.
func (k *Consumer) Close() error {
	k.once.Do(func() { close(k.closed) })
	<-k.ended
	k.rpc.Lock()
	defer k.rpc.Unlock()
	if err := k.s.rpc(k.ch.Close); !errors.Is(err, amqp.ErrClosed) {
		return err
	}
	return nil // it had ended by itself
}

// Stale reports whether settlements cannot reach the broker any more. It is called through Delivery.
func (k *Consumer) Stale() bool { return k.ch.IsClosed() || KindOf(k.Err()) == Cancelled }

// Ack settles a delivery of this channel. It is called through Delivery.
func (k *Consumer) Ack(tag uint64) error {
	return k.settle(func() error { return k.ch.Ack(tag, false) })
}

// Nack settles a delivery of this channel. It is called through Delivery.
func (k *Consumer) Nack(tag uint64, requeue bool) error {
	return k.settle(func() error { return k.ch.Nack(tag, false, requeue) })
}

// Reject settles a delivery of this channel. It is called through Delivery.
func (k *Consumer) Reject(tag uint64, requeue bool) error {
	return k.settle(func() error { return k.ch.Reject(tag, requeue) })
}

// settle sends on an open channel only: tags start again on the next one, and an old tag would settle another task there.
// Nor does it after the broker has cancelled the consumer: it has taken the deliveries back, or deleted them with their
// queue, and would not say that it ignores a settlement.
func (k *Consumer) settle(send func() error) error {
	if KindOf(k.Err()) == Cancelled {
		return errCancelled
	}
	if k.ch.IsClosed() {
		return ErrStale
	}
	if err := send(); err != nil {
		return ErrStale // the write failed, so the connection is going
	}
	k.held.Add(-1)
	return nil
}
