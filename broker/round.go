package broker

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// round is one way through the letters of a queue, from its head: basic.get without an acknowledgement, so that a letter does
// not come twice, and at the end all that were not settled go back. basic.get and not a consumer: what the program holds of a
// deep queue stays at a letter, and the broker keeps the order.
//
// It has a connection of its own. A letter that the client library cannot decode cuts its connection, and so does a look at a
// stream: that must not be the one that workers, publishers or the monitor use. The end of the connection also gives back all
// that is held, whatever state the program is in.
//
// One goroutine calls get; keep and ack may be called from any.
type round struct {
	c       *Client
	queue   string
	returns returns
	s       *session
	ch      *amqp.Channel
	depth   int             // ready messages at the start
	gone    chan struct{}   // closed when the channel or its connection has ended
	why     error           // why it did, nil when we closed it; read it after gone is closed
	staged  bool            // letters are taken by stages
	live    context.Context // ends with ctx, and when gone is closed
	uncut   func() bool     // ends the watch over ctx

	mu      sync.Mutex // guards what follows
	held    []uint64   // tags of the letters that go back at the end
	acked   uint64     // acknowledgements sent
	proved  uint64     // of these, known to have been read by the broker
	told    uint64     // of these, when removed was last asked
	highest int64      // count of returns among the held
}

// beginRound opens the connection. When ctx ends, the connection is cut after grace at the latest. Its errors are *Fault, or
// ctx's.
func (c *Client) beginRound(ctx context.Context, queue string, grace time.Duration) (*round, error) {
	watch, err := c.watch.session(ctx) // the address that works
	if err != nil {
		return nil, err
	}
	s, err := dial(ctx, watch.endpoint, &c.cfg, &c.monitor.ends, RoleDead, 0)
	if err != nil {
		return nil, err
	}
	c.aside.add(s)
	s.rpcTimeout *= 6 // an answer may be a letter of many megabytes; heartbeats tell a dead link sooner
	r := &round{c: c, queue: queue, s: s, gone: make(chan struct{})}
	live, cancel := context.WithCancel(ctx)
	r.live = live
	r.uncut = context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			_ = s.socket.Close()
		case <-r.gone:
		}
	})
	if err := r.open(cancel); err != nil {
		r.uncut()
		s.close()
		cancel()
		return nil, cmp.Or(ctx.Err(), err)
	}
	r.returns = c.returnsOf(ctx, queue)
	return r, nil
}

// open opens the channel, and calls ended at its end.
func (r *round) open(ended func()) (err error) {
	if r.ch, err = r.s.channel(); err != nil {
		return r.s.fault("open a channel to look into "+Plain(r.queue), err)
	}
	closes := r.ch.NotifyClose(make(chan *amqp.Error, 1))
	go func() { // ends with the connection at the latest
		if e := <-closes; e != nil {
			r.why = r.reason(e)
		}
		close(r.gone)
		ended()
	}()
	err = r.s.rpc(func() error {
		q, err := r.ch.QueueDeclarePassive(r.queue, true, false, false, false, nil)
		r.depth = q.Messages
		return err
	})
	if err != nil {
		return r.fault(err)
	}
	return nil
}

// reason says why the broker, or the network, ended the channel.
func (r *round) reason(e *amqp.Error) error {
	if r.s.conn.IsClosed() {
		return consumerLoss(r.queue, closeFault(r.s.endpoint, e))
	}
	return channelFault(r.queue, "carousel", e)
}

// fault says why an exchange failed; when the channel ended under it, that is the reason.
func (r *round) fault(err error) error {
	var server *amqp.Error
	if KindOf(err) != TimedOut && errors.As(err, &server) && server != nil && !channelRefusal(server.Code) {
		select {
		case <-r.gone:
			if r.why != nil {
				return r.why
			}
		case <-time.After(time.Second): // the library tells the caller first
		}
	}
	return consumerLoss(r.queue, r.s.fault("look into queue "+Plain(r.queue), err))
}

// get takes the next letter; false when the queue has none.
func (r *round) get() (d amqp.Delivery, ok bool, err error) {
	r.mu.Lock()
	acked := r.acked
	r.mu.Unlock()
	err = r.s.rpc(func() (err error) {
		d, ok, err = r.ch.Get(r.queue, false)
		return err
	})
	if err != nil {
		return d, false, r.fault(err)
	}
	r.mu.Lock()
	r.proved = max(r.proved, acked) // an answer comes after what was sent before its question
	r.mu.Unlock()
	return d, ok, nil
}

// ack takes a letter out of the queue.
func (r *round) ack(tag uint64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ch.IsClosed() {
		return ErrStale
	}
	if err := r.ch.Ack(tag, false); err != nil {
		_ = r.s.socket.Close() // nothing more can be trusted to this connection
		return ErrStale
	}
	r.acked++
	return nil
}

// removed reports whether a letter was acknowledged since it was asked last.
func (r *round) removed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.acked == r.told {
		return false
	}
	r.told = r.acked
	return true
}

// holds is how many letters go back at the end.
func (r *round) holds() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.held)
}

// loss is why the round has ended, or is ending, by itself.
func (r *round) loss() error {
	<-r.gone
	if r.why != nil {
		return r.why
	}
	return &Fault{Kind: LinkLost, What: "the link to " + r.s.endpoint.Address() + " was lost", Why: "the connection was closed"}
}

// unproved is how many letters were acknowledged without a sign that the broker has read it.
func (r *round) unproved() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.acked - r.proved
}

// keep leaves a letter to go back at the end. One that the queue would not take back often enough any more is saved instead: a
// copy of it goes to the end of the same queue, and it is acknowledged once that is confirmed. saved tells.
func (r *round) keep(ctx context.Context, d *amqp.Delivery) (saved bool, err error) {
	count := int64(wholeNumber(d.Headers["x-delivery-count"]))
	r.mu.Lock()
	r.highest = max(r.highest, count)
	r.held = append(r.held, d.DeliveryTag)
	r.mu.Unlock()
	if !r.returns.near(count) {
		return false, nil
	}
	done := make(chan Receipt, 1)
	out := r.c.sides.sender(r.c, r.queue)
	if err := out.send(ctx, r.queue, sameAgain(d), func(string) {}, func(rc Receipt) { done <- rc }); err != nil {
		return false, err
	}
	select {
	case rc := <-done:
		if rc.Outcome != Confirmed {
			return false, &Fault{Kind: Failed, What: "a letter of " + Plain(r.queue) + " is near its last return and cannot be stored anew", Why: rc.Why}
		}
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if r.ack(d.DeliveryTag) != nil {
		return false, r.loss()
	}
	r.mu.Lock()
	r.held = slices.DeleteFunc(r.held, func(tag uint64) bool { return tag == d.DeliveryTag })
	r.mu.Unlock()
	return true, nil
}

// sameAgain is a copy of a message for its own queue: nothing is changed but what its broker counts, and what would send it to
// other queues, too.
func sameAgain(d *amqp.Delivery) amqp.Publishing {
	headers := make(amqp.Table, len(d.Headers)+1)
	maps.Copy(headers, d.Headers)
	delete(headers, "x-delivery-count")
	delete(headers, "x-acquired-count")
	withoutCopies(headers)
	if d.UserId != "" { // which the broker takes from that user only
		headers[HeaderUser] = d.UserId
	}
	return amqp.Publishing{
		Headers: headers, ContentType: d.ContentType, ContentEncoding: d.ContentEncoding, DeliveryMode: amqp.Persistent,
		Priority: d.Priority, CorrelationId: d.CorrelationId, ReplyTo: d.ReplyTo, Expiration: d.Expiration, MessageId: d.MessageId,
		Timestamp: d.Timestamp, Type: d.Type, AppId: d.AppId, Body: d.Body,
	}
}

// withoutCopies renames the headers that would send a message to other queues as well.
func withoutCopies(headers amqp.Table) {
	for _, name := range []string{"CC", "BCC"} {
		if value, ok := headers[name]; ok {
			delete(headers, name)
			headers["x-carousel-"+strings.ToLower(name)] = value
		}
	}
}
