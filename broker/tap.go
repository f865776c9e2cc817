package broker

import (
	"cmp"
	"context"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// RoleTrace is the connection that copies of deliveries come over, for as long as a Trace lasts. Whole bodies travel there, so it
// is one by itself.
const RoleTrace Role = "trace"

const (
	traceExchange = "amq.rabbitmq.trace"
	traceKey      = "deliver." // and the queue's name
)

// The bounds of the queue that the copies wait in. The broker says nothing of what it drops from a full one, so a queue that
// grows is emptied, which tells how much that was, long before it is full.
const (
	tapWindow   = 16       // copies on their way to us: as many bodies are held at most
	tapMessages = 20_000   // that wait at most
	tapBytes    = 64 << 20 // that wait at most
	tapDepth    = 2_000    // waiting copies from which on the queue is emptied
	tapWeight   = 16 << 20 // bytes of these, as far as the newest bodies tell
	tapEvery    = 200 * time.Millisecond
)

// tap is one connection that the copies of a queue's deliveries come over. One goroutine uses it.
type tap struct {
	s      *session
	ch     *amqp.Channel
	queue  string // ours
	key    string
	stream <-chan amqp.Delivery
	closes <-chan *amqp.Error
	taken  uint64 // copies since the newest acknowledgement
	size   int    // of a body, smoothed, in bytes
}

// openTap binds a queue of its own to the firehose. RabbitMQ has that exchange in every vhost; it is never declared. It waits
// for the link. Its errors are *Fault, or ctx's.
func (c *Client) openTap(ctx context.Context, queue string) (*tap, error) {
	watch, err := c.watch.session(ctx) // the address that works
	if err != nil {
		return nil, err
	}
	if state, _, _ := c.watch.snapshot(); state.Product != "RabbitMQ" {
		return nil, noFirehose(cmp.Or(state.Product, "it")+" is not RabbitMQ", nil)
	}
	s, err := dial(ctx, watch.endpoint, &c.cfg, &c.monitor.ends, RoleTrace, 0)
	if err != nil {
		return nil, err
	}
	t := &tap{s: s, key: traceKey + queue}
	if err := t.open(); err != nil {
		s.close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if KindOf(err) == QueueMissing {
			return nil, noFirehose("it has no exchange "+traceExchange, err)
		}
		return nil, err
	}
	return t, nil
}

func noFirehose(why string, err error) error {
	return &Fault{Kind: QueueMissing, What: "this broker copies no deliveries", Why: why, Err: err}
}

func (t *tap) open() (err error) {
	if t.ch, err = t.s.topic(traceExchange, false); err != nil {
		return err
	}
	t.closes = t.ch.NotifyClose(make(chan *amqp.Error, 1))
	err = t.s.rpc(func() error {
		q, err := t.ch.QueueDeclare("", false, true, true, false, amqp.Table{
			"x-max-length": int32(tapMessages), "x-max-length-bytes": int32(tapBytes),
		})
		if err != nil {
			return err
		}
		t.queue = q.Name
		if err := t.ch.QueueBind(q.Name, t.key, traceExchange, false, nil); err != nil {
			return err
		}
		if err := t.ch.Qos(tapWindow, 0, false); err != nil {
			return err
		}
		t.stream, err = t.ch.Consume(q.Name, "", false, true, false, false, nil)
		return err
	})
	if err != nil {
		return t.s.fault("listen to "+traceExchange, err)
	}
	return nil
}

// copied is what a copy tells of the delivery that it was made of.
type copied struct {
	connection, user, node string
	channel                int
	redelivered            bool
}

// run hands copies on, without their bodies, until ctx ends, and then returns nil; or until the link does, and returns why.
// dropped is told how many were given up because they waited.
func (t *tap) run(ctx context.Context, seen func(copied, time.Time), dropped func(int)) error {
	look := time.NewTicker(tapEvery)
	defer look.Stop()
	for {
		select {
		case d, ok := <-t.stream:
			if !ok {
				t.stream = nil // closes says why
				continue
			}
			if d.RoutingKey == t.key { // a name may hold what a binding takes for a pattern
				seen(readCopy(d.Headers), time.Now())
			}
			t.acknowledge(&d)
		case <-look.C:
			if err := t.relieve(dropped); err != nil {
				return err
			}
		case e := <-t.closes:
			return t.s.fault("listen to "+traceExchange, e)
		case <-ctx.Done():
			return nil
		}
	}
}

// acknowledge lets the broker send on. Some at a time will do: what is never acknowledged goes with the queue.
func (t *tap) acknowledge(d *amqp.Delivery) {
	t.size += (len(d.Body) - t.size) / 8
	if t.taken++; t.taken%(tapWindow/4) == 0 {
		_ = d.Ack(true) // closes tells when it cannot be sent
	}
}

// relieve empties a queue that grows.
func (t *tap) relieve(dropped func(int)) error {
	n := 0
	err := t.s.rpc(func() error {
		q, err := t.ch.QueueDeclarePassive(t.queue, false, true, true, false, nil)
		if err != nil || q.Messages < tapDepth && q.Messages*t.size < tapWeight {
			return err
		}
		n, err = t.ch.QueuePurge(t.queue, false)
		return err
	})
	if err != nil {
		return t.s.fault("listen to "+traceExchange, err)
	}
	if n > 0 {
		dropped(n)
	}
	return nil
}

// readCopy reads the headers of a copy.
func readCopy(headers amqp.Table) (c copied) {
	text := func(key string) string {
		s, _ := headers[key].(string)
		return s
	}
	c.connection, c.user, c.node = text("connection"), Plain(text("user")), Plain(text("node"))
	channel, _ := number(headers["channel"])
	redelivered, _ := number(headers["redelivered"])
	c.channel, c.redelivered = int(channel), redelivered != 0
	return c
}

// unnamed reports whether a copy does not tell whose connection it was: what is inside the broker, such as its management API and
// its shovels, has an Erlang process there.
func (c *copied) unnamed() bool { return c.connection == "" || strings.HasPrefix(c.connection, "<") }
