package broker

import (
	amqp "github.com/rabbitmq/amqp091-go"
)

// stream is what one consumer on the channel gets. The client library reads it off the socket whether or not somebody takes
// from it, so the prefetch alone bounds what waits there; the library closes it when that consumer or the channel has ended.
type stream struct {
	tag        string
	deliveries <-chan amqp.Delivery
}

// Next waits for a delivery. It returns none when a value came from wake, which may be nil, and then the consumer is open.
// It is not when the channel has ended or, after Cancel, when the last delivery on its way has been taken.
func (k *Consumer) Next(wake <-chan struct{}) (d *Delivery, open bool) {
	for {
		now := k.current.Load()
		if now == nil { // only then: what was sent before is read first
			if next := k.awaitStream(wake); next != streamCame {
				return nil, next == wokenUp
			}
			continue
		}
		if k.room == nil {
			k.room = new(Delivery)
		}
		select { // nothing else: each case is paid for with every task, and the library closes the stream at the latest with the channel
		case got, more := <-now.deliveries:
			if !more {
				k.past(now)
				continue
			}
			k.held.Add(1)
			if k.err.Load() == nil { // otherwise the broker has taken it back
				return k.delivery(&got), true
			}
		case <-wake:
			return nil, true
		}
	}
}

// What a wait for the next stream ended with.
type streamNews uint8

const (
	streamCame  streamNews = iota + 1 // or may have
	wokenUp                           // first
	streamsOver                       // there will be none
)

// awaitStream waits while there is nothing to take from: between two consumers of a channel, or at its end.
func (k *Consumer) awaitStream(wake <-chan struct{}) streamNews {
	select {
	case <-k.added:
		return streamCame
	case <-wake:
		return wokenUp
	case <-k.cancelled:
		if k.current.Load() != nil { // one was added a moment ago
			return streamCame
		}
		k.last.Do(func() { close(k.drained) })
		return streamsOver
	case <-k.ended:
		return streamsOver
	}
}

func (k *Consumer) delivery(d *amqp.Delivery) *Delivery {
	task, count := taskOf(d), deliveryCount(d.Headers)
	if task.Attempt > 1 {
		k.sides.back(task.ID)
	}
	into := k.room
	k.room = nil
	*into = Delivery{
		Task: task, Tag: d.DeliveryTag, Redelivered: d.Redelivered, Count: count, Last: d.Redelivered && k.isLast(count),
		Consumer: d.ConsumerTag, by: k,
	}
	return into
}

// past takes the stream off, unless that was done.
func (k *Consumer) past(s *stream) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.streams) > 0 && k.streams[0] == s {
		k.streams = k.streams[1:]
		k.first()
	}
}

func (k *Consumer) add(s *stream) {
	k.mu.Lock()
	k.streams = append(k.streams, s)
	k.first()
	k.mu.Unlock()
	select {
	case k.added <- struct{}{}:
	default: // Next has not looked since the last one
	}
}

// first puts the oldest stream where Next finds it. The caller holds mu.
func (k *Consumer) first() {
	if len(k.streams) > 0 {
		k.current.Store(k.streams[0])
	} else {
		k.current.Store(nil)
	}
}

// watch waits until the channel ends or, after Cancel, the last delivery was taken.
func (k *Consumer) watch(closes <-chan *amqp.Error, cancels <-chan string) {
	defer close(k.ended)
	for {
		select {
		case <-k.closed:
			return
		case <-k.drained:
			return
		case tag, told := <-cancels:
			if !told { // the channel has ended, and closes says why
				cancels = nil
				continue
			}
			k.err.Store(cancelFault(k.queue))
			k.countRest(tag)
			return
		case e := <-closes:
			k.err.Store(k.closeReason(e))
			return
		}
	}
}

// countRest counts the deliveries that nobody took from a consumer that the broker has cancelled. The library closes their
// stream behind them.
func (k *Consumer) countRest(tag string) {
	for {
		now := k.current.Load()
		if now == nil || now.tag != tag {
			return
		}
		for range now.deliveries {
			k.held.Add(1)
		}
		k.past(now)
	}
}
