package broker

import (
	"context"
	"fmt"
	"sync"
	"time"

	rabbithole "github.com/michaelklishin/rabbit-hole/v2"
	amqp "github.com/rabbitmq/amqp091-go"
)

// returns is what a queue does with a message that is handed back. Up to RabbitMQ 4.2 a quorum queue counts each return, and
// drops or dead-letters the message when there are more than its limit; from 4.3 on basic.nack is not counted
// (https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling).
type returns struct {
	kind    string // of the queue: "classic", "quorum", "stream"; "" where the management API does not tell
	limit   int64  // 0: none
	byNack  bool   // there is a limit, and basic.nack does not count towards it
	none    bool   // the limit is 0
	unknown error  // why the kind is not known
	at      time.Time
}

// counted reports whether handing a message back brings it nearer to its end.
func (r returns) counted() bool { return r.limit > 0 && !r.byNack }

// near reports whether a message that was returned so often must not be handed back as it is. One return is kept in reserve,
// for a link that is cut while carousel holds the message.
func (r returns) near(count int64) bool { return r.counted() && count >= r.limit-1 }

// lookouts is what is known of the queues that were looked into. The zero value is ready.
type lookouts struct {
	mu      sync.Mutex
	queues  map[string]returns
	highest map[string]int64 // count that a message was seen with in the newest look into a queue
}

func (l *lookouts) get(queue string) (returns, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.queues[queue]
	return r, ok && time.Since(r.at) < returnsFor
}

func (l *lookouts) put(queue string, r returns) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.queues == nil {
		l.queues = map[string]returns{}
	}
	l.queues[queue] = r
}

// saw notes the highest count of a look.
func (l *lookouts) saw(queue string, highest int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.highest == nil {
		l.highest = map[string]int64{}
	}
	l.highest[queue] = highest
}

func (l *lookouts) seen(queue string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.highest[queue]
}

// returnsFor is how long what the management API said of a queue is good enough: a policy may change it.
const returnsFor = 10 * time.Second

// returnsOf asks the management API what the queue does with returns. Where it does not tell, the queue is taken for one with
// RabbitMQ's usual limit.
func (c *Client) returnsOf(ctx context.Context, queue string) returns {
	if r, fresh := c.lookouts.get(queue); fresh {
		return r
	}
	answer, err := c.askQueue(ctx, queue)
	state, _, _ := c.watch.snapshot()
	r := returns{kind: answer.Type.value, none: answer.takesNoneBack(), unknown: err, at: time.Now()}
	switch limit, known := answer.deliveryLimit(state.Version); {
	case known:
		r.limit = limit
	case r.kind == "":
		r.limit = defaultLimit
	}
	r.byNack = r.limit > 0 && atLeast(state.Version, 4, 3)
	if err == nil || ctx.Err() == nil { // whoever asks after a question that was given up asks anew
		c.lookouts.put(queue, r)
	}
	return r
}

// askQueue asks the management API about one queue.
func (c *Client) askQueue(ctx context.Context, queue string) (answer queueAnswer, err error) {
	m, done := c.desk.open(ctx)
	defer done()
	err = m.anywhere(func() error {
		return m.ask(&answer, func(client *rabbithole.Client) error {
			_, err := client.GetQueue(c.monitor.vhost(), queue)
			return err
		})
	})
	return answer, err
}

// atLeast reports whether a version is this one or a later one.
func atLeast(version string, wantMajor, wantMinor int) bool {
	var a, b int
	if n, _ := fmt.Sscanf(version, "%d.%d", &a, &b); n < 2 {
		return false
	}
	return a > wantMajor || a == wantMajor && b >= wantMinor
}

// LookCost says what a look into a queue of the vhost does to its messages, and whether it may be done. It waits for the link.
// Its errors are *Fault: QueueMissing when there is no such queue.
func (c *Client) LookCost(ctx context.Context, queue string) (LookCost, error) {
	cost := LookCost{Queue: queue}
	if err := addressable(queue); err != nil {
		return cost, err
	}
	err := c.onWatch(ctx, "look at queue "+Plain(queue), func(ch *amqp.Channel) error {
		q, err := ch.QueueDeclarePassive(queue, true, false, false, false, nil)
		cost.Depth = q.Messages
		return err
	})
	if err != nil {
		return cost, err
	}
	r := c.returnsOf(ctx, queue)
	cost.Type, cost.Limit = r.kind, r.limit
	cost.Text = r.text()
	if cost.Depth == 0 { // whatever was near its end has left
		c.lookouts.saw(queue, 0)
	}
	cost.Bar = r.bar(c.cfg.ReadOnly, c.lookouts.seen(queue))
	cost.Kept = r.barTaking(queue) != nil
	return cost, nil
}

// text says what a look does.
func (r returns) text() string {
	const look = "A look takes the messages out, which no consumer gets meanwhile, and puts them back "
	switch {
	case r.kind == "classic":
		return look + "in their places, marked as redelivered."
	case r.kind == "stream":
		return "A stream gives its messages to consumers only."
	case r.none:
		return "A look takes the messages out and gives them back, and this queue takes none back."
	case r.kind == "quorum" && r.limit == 0:
		return look + "at the head; it counts as a delivery of each, and this queue has no limit of these."
	case r.kind == "quorum" && r.byNack:
		return look + fmt.Sprintf("at the head, in a way that does not count towards the %d returns this queue allows.", r.limit)
	case r.kind == "quorum":
		return look + fmt.Sprintf("at the head; that counts as one of the %d returns this queue allows a message, and carousel stops before the last.", r.limit)
	}
	return look + fmt.Sprintf("at the head; the management API does not tell the queue's type, and a quorum queue may drop a message after some returns (usually %d).", r.limit)
}

// bar says why a look is not done: it could be the end of a message.
func (r returns) bar(readOnly bool, highest int64) string {
	switch {
	case r.kind == "stream":
		return "The queue is a stream, which carousel cannot look into."
	case r.none:
		return "This queue drops or dead-letters a message that comes back even once (its delivery limit is 0), and a look gives all of them back."
	case r.kind == "quorum" && r.counted() && r.limit < 3:
		return fmt.Sprintf("This queue drops or dead-letters a message after %d returns, and a look is one; raise its delivery limit by a policy first.", r.limit)
	case r.kind == "quorum" && r.limit == 1: // not counted, but 1 may stand for 0
		return "This queue drops or dead-letters a message that comes back once or twice, as by a link that is cut during a look; raise its delivery limit by a policy first."
	case r.kind == "quorum" && r.counted() && readOnly:
		return fmt.Sprintf("This queue drops or dead-letters a message after %d returns, a look is one, and a read-only client cannot save a message that is near its end.", r.limit)
	case r.near(highest):
		return fmt.Sprintf("A message of this queue was returned %d times, and the queue drops or dead-letters it after %d; replay or discard what is there, or raise the delivery limit by a policy.", highest, r.limit)
	}
	return ""
}

// barTaking is the fault of letters that may not be taken out of a queue, to be replayed or discarded; nil where they may.
func (r returns) barTaking(queue string) error {
	f := &Fault{Kind: Failed, What: "nothing is taken out of " + Plain(queue)}
	switch {
	case r.kind == "stream":
		f.Why = "it is a stream, which keeps its messages"
	case r.none:
		f.Why = "its delivery limit is 0, so a link that is cut would have it drop or dead-letter every letter in hand"
		f.Do = "raise the limit by a policy; where the queue's own x-delivery-limit sets it, declare the queue anew"
	default:
		return nil
	}
	return f
}

// addressable refuses the names that would cut the connection, or mean another queue. Its error is a *Fault.
func addressable(queue string) error {
	if err := carried(queue); err != nil {
		return &Fault{Kind: Invalid, What: "there is no such queue", Why: err.Error(), Err: err}
	}
	return nil
}
