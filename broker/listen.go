package broker

import (
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Notice is a message from a topic exchange. Its content comes from outside: anyone may write to the exchange who has the right.
type Notice struct {
	Key  string // routing key
	Body []byte
	At   time.Time // it came
}

// The bounds of a listener's queue. A listener that is slow, or frozen, loses the oldest notices, and costs the broker no more
// than this.
const (
	listenWindow   = 64      // notices on their way to it
	listenMessages = 4096    // that wait
	listenBytes    = 8 << 20 // that wait
	listenAge      = 30 * time.Second
)

// Listener receives the notices of a topic exchange through a queue of its own, which is exclusive and goes with it. One
// goroutine moves them to Notices; the methods may be called from any goroutine.
type Listener struct {
	s       *session
	ch      *amqp.Channel
	out     chan Notice
	closing chan struct{}
	once    sync.Once
	ended   chan struct{} // closed when the pump has returned
	err     error         // read it after ended is closed
}

// Listen binds a queue of its own to the exchange with each of the keys, and consumes from it on the connection that watches.
// It does not wait for the link. A missing exchange is declared, durable, unless the client is read-only: QueueMissing says
// that it is not there. Its errors are *Fault. Close it in the end; the client's Close ends it as well.
func (c *Client) Listen(exchange string, keys ...string) (*Listener, error) {
	state, s, _ := c.watch.snapshot()
	switch {
	case state.Status == LinkRefused:
		return nil, state.Err
	case state.Status == LinkClosed:
		return nil, errClosed
	case s == nil || !s.alive():
		return nil, &Fault{Kind: LinkLost, What: "there is no link to listen on", Why: waitReason(state)}
	}
	ch, err := s.topic(exchange, !c.cfg.ReadOnly)
	if err != nil {
		return nil, err
	}
	l := &Listener{s: s, ch: ch, out: make(chan Notice), closing: make(chan struct{}), ended: make(chan struct{})}
	closes := ch.NotifyClose(make(chan *amqp.Error, 1))
	cancels := ch.NotifyCancel(make(chan string, 1))
	stream, err := l.consume(exchange, keys)
	if err != nil {
		_ = s.rpc(ch.Close)
		return nil, s.fault("listen to exchange "+Plain(exchange), err)
	}
	c.running.Go(func() { l.pump(stream, closes, cancels) })
	return l, nil
}

func (l *Listener) consume(exchange string, keys []string) (stream <-chan amqp.Delivery, err error) {
	err = l.s.rpc(func() error {
		q, err := l.ch.QueueDeclare("", false, true, true, false, amqp.Table{
			"x-max-length": int32(listenMessages), "x-max-length-bytes": int32(listenBytes),
			"x-message-ttl": int32(listenAge.Milliseconds()),
		})
		if err != nil {
			return err
		}
		for _, key := range keys {
			if err := l.ch.QueueBind(q.Name, key, exchange, false, nil); err != nil {
				return err
			}
		}
		if err := l.ch.Qos(listenWindow, 0, false); err != nil {
			return err
		}
		stream, err = l.ch.Consume(q.Name, "", false, true, false, false, nil)
		return err
	})
	return stream, err
}

// pump hands notices on until the channel ends, or Close.
func (l *Listener) pump(stream <-chan amqp.Delivery, closes <-chan *amqp.Error, cancels <-chan string) {
	defer close(l.ended)
	defer close(l.out)
	closing := l.closing
	for {
		select {
		case d, ok := <-stream:
			if !ok {
				stream = nil // closes says why
				continue
			}
			select {
			case l.out <- Notice{Key: d.RoutingKey, Body: d.Body, At: time.Now()}:
				_ = d.Ack(false) // closes tells when it cannot be sent
			case <-l.closing:
			}
		case _, ok := <-cancels:
			if !ok {
				cancels = nil
				continue
			}
			l.err = &Fault{Kind: Cancelled, What: "the broker ended the queue that notices come through"}
			l.once.Do(func() { close(l.closing) })
		case <-closing:
			closing = nil
			_ = l.s.rpc(l.ch.Close) // closes ends the pump
		case e := <-closes:
			if l.err == nil {
				l.err = l.s.fault("listen for notices", e)
			}
			return
		}
	}
}

// Notices is where the notices come, in their order. It is closed when the listener has ended; who does not read them loses
// the oldest.
func (l *Listener) Notices() <-chan Notice { return l.out }

// Err is why the listener ended, once Notices is closed.
func (l *Listener) Err() error {
	<-l.ended
	return l.err
}

// Close ends the listener and waits until it has; at most broker.rpc_timeout.
func (l *Listener) Close() {
	l.once.Do(func() { close(l.closing) })
	for range l.out {
	}
	<-l.ended
}
