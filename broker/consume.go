package broker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// ConsumeOptions says what a worker's channel should be.
type ConsumeOptions struct {
	Name     string // part of the consumer tag: "w01"
	Index    int    // picks one of the work connections, modulo their number
	Prefetch int    // unacknowledged deliveries the broker may have outstanding here; 1 to 65535
	Priority int32  // of the queue's consumers, those with the highest that have room are served first; 0 is the usual one
}

// Consumer is one worker's channel and its consumer. One goroutine moves deliveries from the client library to Tasks; the
// other methods may be called from any goroutine.
type Consumer struct {
	s        *session
	ch       *amqp.Channel
	queue    string
	name     string
	priority int32
	limit    func() int64 // of deliveries, as a quorum queue counts them; 0: none
	sides    *sides

	tasks     chan *Delivery
	streams   chan (<-chan amqp.Delivery) // a new consumer on the same channel (SetPrefetch)
	cancelled chan struct{}               // closed by Cancel, when no more deliveries will be sent
	closed    chan struct{}               // closed by Close
	ended     chan struct{}               // closed when the pump has returned

	rpc  sync.Mutex // one exchange at a time: replies carry no address
	tags int        // consumers made on this channel; under rpc
	once sync.Once  // of closing closed
	stop sync.Once  // of closing cancelled

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
	pump, err := k.open(o.Prefetch)
	if err != nil {
		return nil, c.deleted(ctx, err)
	}
	c.takers.opened()
	c.running.Go(func() {
		pump()
		c.takers.ended(k)
	})
	return k, nil
}

// open opens the channel and starts a consumer on it; the caller runs pump in a goroutine.
func (k *Consumer) open(prefetch int) (pump func(), err error) {
	if k.ch, err = k.s.channel(); err != nil {
		return nil, consumerLoss(k.queue, k.s.fault("open a channel for "+k.name, err))
	}
	k.tasks, k.streams = make(chan *Delivery), make(chan (<-chan amqp.Delivery))
	k.cancelled, k.closed, k.ended = make(chan struct{}), make(chan struct{}), make(chan struct{})
	// Registered before the first delivery can come, and drained by the pump until they end.
	closes := k.ch.NotifyClose(make(chan *amqp.Error, 1))
	cancels := k.ch.NotifyCancel(make(chan string, 4))
	stream, err := k.consume(prefetch)
	if err != nil {
		_ = k.s.rpc(k.ch.Close)
		return nil, err
	}
	return func() { k.pump(stream, closes, cancels) }, nil
}

// consume sets the prefetch and makes a new consumer; RabbitMQ applies a prefetch to consumers that come after it.
func (k *Consumer) consume(prefetch int) (stream <-chan amqp.Delivery, err error) {
	k.tags++
	tag := fmt.Sprintf("carousel-%s-%d-%s-%d", hostname(), os.Getpid(), k.name, k.tags)
	err = k.s.rpc(func() error {
		if err := k.ch.Qos(prefetch, 0, false); err != nil {
			return err
		}
		stream, err = k.ch.Consume(k.queue, tag, false, false, false, false, k.arguments())
		return err
	})
	if err != nil {
		return nil, consumerLoss(k.queue, k.s.fault("consume from "+Plain(k.queue), err))
	}
	k.tag.Store(&tag)
	return stream, nil
}

func (k *Consumer) arguments() amqp.Table {
	if k.priority == 0 {
		return nil
	}
	return amqp.Table{"x-priority": k.priority}
}

// pump hands deliveries on, one at a time, until the channel ends or, after Cancel, the last one was taken. It keeps reading
// while the worker is busy, so that the client library never has to wait; the prefetch bounds what it holds.
func (k *Consumer) pump(stream <-chan amqp.Delivery, closes <-chan *amqp.Error, cancels <-chan string) {
	defer close(k.ended)
	defer close(k.tasks)
	var waiting []*Delivery
	cancelled := k.cancelled
	for stream != nil || len(waiting) > 0 || cancelled != nil {
		var (
			next *Delivery
			out  chan<- *Delivery
			idle ending // nothing to hear of while there is a stream: the library closes that after it has said why
		)
		if len(waiting) > 0 {
			next, out = waiting[0], k.tasks
		}
		if stream == nil {
			idle = ending{k.streams, cancelled, cancels, closes}
		}
		select {
		case d, ok := <-stream:
			if !ok {
				stream = nil
				continue
			}
			waiting = k.handOn(waiting, k.delivery(&d))
		case out <- next:
			waiting = waiting[1:]
		case <-k.closed:
			return
		case stream = <-idle.streams:
		case <-idle.cancelled:
			cancelled = nil
		case _, told := <-idle.cancels:
			if !told { // the channel has ended, and closes says why
				cancels = nil
				continue
			}
			k.err.Store(cancelFault(k.queue))
			return
		case e := <-idle.closes:
			k.err.Store(k.closeReason(e))
			return
		}
	}
}

// ending is what may come after the end of a stream of deliveries: another one, or the reason why there is none.
type ending struct {
	streams   <-chan (<-chan amqp.Delivery)
	cancelled <-chan struct{}
	cancels   <-chan string
	closes    <-chan *amqp.Error
}

// handOn gives the delivery to a worker that waits for it, or puts it behind the others.
func (k *Consumer) handOn(waiting []*Delivery, d *Delivery) []*Delivery {
	if len(waiting) == 0 {
		select {
		case k.tasks <- d:
			return waiting
		default:
		}
	}
	return append(waiting, d)
}

// closeReason says why the channel ended. When the whole connection ended, that is the reason.
func (k *Consumer) closeReason(e *amqp.Error) *Fault {
	if e == nil || k.s.conn.IsClosed() {
		f, _ := consumerLoss(k.queue, closeFault(k.s.endpoint, e)).(*Fault)
		return f
	}
	return channelFault(k.queue, k.name, e)
}

func (k *Consumer) delivery(d *amqp.Delivery) *Delivery {
	k.held.Add(1)
	task, count := taskOf(d), deliveryCount(d.Headers)
	if task.Attempt > 1 {
		k.sides.back(task.ID)
	}
	return &Delivery{
		Task: task, Tag: d.DeliveryTag, Redelivered: d.Redelivered, Count: count, Last: d.Redelivered && k.isLast(count),
		Consumer: d.ConsumerTag, Received: time.Now(), by: k,
	}
}

// Tasks is closed when the channel has ended or, after Cancel, when the last delivery on its way has been read.
func (k *Consumer) Tasks() <-chan *Delivery { return k.tasks }

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
func (k *Consumer) SetPrefetch(ctx context.Context, n int) error {
	k.rpc.Lock()
	defer k.rpc.Unlock()
	if err := k.cancelConsumer(); err != nil {
		return err
	}
	stream, err := k.consume(n)
	if err != nil {
		return err
	}
	select {
	case k.streams <- stream:
		return nil
	case <-k.ended:
		return ErrStale
	case <-ctx.Done():
		return ctx.Err()
	}
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

// Close ends the channel and waits until Tasks is closed. What was not settled goes back to the queue at once.
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
