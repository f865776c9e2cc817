package sandbox

import (
	"math"
	"slices"
	"time"
)

// queue holds messages until a consumer settles them.
type queue struct {
	broker     *Broker
	name       string
	kind       string // classic or quorum
	durable    bool
	autoDelete bool
	owner      *conn // of an exclusive queue
	arguments  table
	policy     policy
	cost       int64

	ready       backlog
	unacked     int
	unackedSize int64 // of bodies
	nextSeq     uint64

	consumers []*consumer // by priority, then in the order in which they came
	line      line        // the consumers that may be served next
	active    *consumer   // of a queue with a single active one
	consumed  bool        // it has had a consumer

	headTimer *timer        // for the next entry that expires
	headDue   time.Duration // when, on the broker's clock
	idleTimer *timer        // deletes a queue that nobody uses
	deleted   bool
	meter     meter
}

// policy is what a queue's arguments ask for.
type policy struct {
	ttl           time.Duration // noTTL without
	idle          time.Duration // after which an unused queue is deleted; 0 never
	maxLength     int64
	maxBytes      int64
	rejects       bool // rather than drop the head, when it is full
	buriesRejects bool // and dead-letters what it rejects
	maxPriority   uint8
	single        bool
	deliveryLimit int64 // returns that a quorum queue takes; -1 any number

	buries       bool // has a dead-letter exchange
	deadExchange string
	deadKey      string // "" keeps the message's
}

func policyOf(arguments table) policy {
	number := func(name string, otherwise int64) int64 {
		if n, ok := integer(arguments[name]); ok {
			return n
		}
		return otherwise
	}
	ms := func(name string, otherwise time.Duration) time.Duration {
		if n, ok := integer(arguments[name]); ok {
			return time.Duration(n) * time.Millisecond
		}
		return otherwise
	}
	overflow, _ := arguments["x-overflow"].(string)
	p := policy{
		ttl:           ms("x-message-ttl", noTTL),
		idle:          ms("x-expires", 0),
		maxLength:     number("x-max-length", math.MaxInt64),
		maxBytes:      number("x-max-length-bytes", math.MaxInt64),
		rejects:       overflow == "reject-publish" || overflow == "reject-publish-dlx",
		buriesRejects: overflow == "reject-publish-dlx",
		maxPriority:   uint8(number("x-max-priority", 0)),
		deliveryLimit: number("x-delivery-limit", -1),
	}
	p.single, _ = arguments["x-single-active-consumer"].(bool)
	p.deadExchange, p.buries = arguments[deadLetterExchange].(string)
	p.deadKey, _ = arguments["x-dead-letter-routing-key"].(string)
	p.deadKey = p.deadKey[:min(len(p.deadKey), maxShortstr)] // no more of it fits a frame
	return p
}

// offer gives the queue a message, and reports whether it took it: a full one may refuse.
func (q *queue) offer(m *message) bool {
	if q.policy.rejects && q.exceeds(q.ready.len()+1, q.ready.bytes+int64(len(m.body))) {
		if q.policy.buriesRejects {
			q.deadLetter(m, diedOfLength)
		}
		return false
	}
	m.holders++
	q.broker.memory += entryCost
	e := &entry{message: m, seq: q.nextSeq, rank: min(m.priority, q.policy.maxPriority)}
	q.nextSeq++
	if ttl := shorter(q.policy.ttl, m.ttl); ttl != noTTL {
		e.expires = q.broker.now() + ttl
	}
	q.expire()
	q.ready.push(e)
	q.run() // before the new one can expire: one with no time to live still goes to a waiting consumer
	return true
}

func shorter(a, b time.Duration) time.Duration {
	if a == noTTL || b == noTTL {
		return max(a, b)
	}
	return min(a, b)
}

func (q *queue) exceeds(length int, bytes int64) bool {
	return int64(length) > q.policy.maxLength || bytes > q.policy.maxBytes
}

// wake serves the queue after anything changed: messages came back, or a consumer is free.
func (q *queue) wake() {
	q.expire()
	q.run()
}

// run hands out what it can, and then keeps the queue's limits.
func (q *queue) run() {
	q.dispatch()
	q.expire()
	for !q.policy.rejects && q.ready.len() > 0 && q.exceeds(q.ready.len(), q.ready.bytes) {
		q.bury(q.ready.pop(), diedOfLength)
	}
	q.watchHead()
}

// dispatch serves the line. A consumer that turns out to be busy leaves it, and comes back to its tail when it is free.
func (q *queue) dispatch() {
	for len(q.line) > 0 && q.ready.len() > 0 {
		c := q.line.next()
		if c.busy() {
			continue
		}
		c.deliver(q.ready.pop())
		if q.kind == classic || !c.busy() { // a quorum queue does not keep busy ones in line until it finds out
			q.line.join(c)
		}
		q.expire()
	}
}

// expire ends the entries at the head whose time is over. Those behind a longer-lived one wait, as in RabbitMQ.
func (q *queue) expire() {
	now := q.broker.now()
	for e := q.ready.head(); e != nil && e.expires > 0 && e.expires <= now; e = q.ready.head() {
		q.bury(q.ready.pop(), diedOfAge)
	}
}

// watchHead sets the timer for the head.
func (q *queue) watchHead() {
	head := q.ready.head()
	if head == nil || head.expires == 0 || q.headTimer != nil && q.headDue <= head.expires || q.retired() {
		return
	}
	q.broker.stop(q.headTimer)
	q.headDue = head.expires
	q.headTimer = q.broker.after(head.expires-q.broker.now(), func() {
		q.headTimer = nil
		q.wake()
	})
}

// used starts the time anew after which an unused queue is deleted.
func (q *queue) used() {
	q.broker.stop(q.idleTimer)
	q.idleTimer = nil
	if q.policy.idle > 0 && len(q.consumers) == 0 && !q.retired() {
		q.idleTimer = q.broker.after(q.policy.idle, func() { q.broker.deleteQueue(q) })
	}
}

// retired reports whether there is no more sense in a timer.
func (q *queue) retired() bool { return q.deleted || q.broker.closed }

func (q *queue) stopTimers() {
	q.broker.stop(q.headTimer)
	q.broker.stop(q.idleTimer)
}

// purge removes what is ready, and returns how much that was.
func (q *queue) purge() int {
	purged := q.ready.entries
	q.ready = backlog{}
	for _, e := range purged {
		q.broker.drop(e)
	}
	return len(purged)
}

// deleteQueue removes the queue, tells its consumers, and returns how many messages were ready. Those in a client's
// hands are nobody's any more, and settling them does nothing.
func (b *Broker) deleteQueue(q *queue) int {
	if q.deleted {
		return 0
	}
	q.deleted = true
	q.stopTimers()
	delete(b.queues, q.name)
	b.free(q.cost)
	for _, x := range b.exchanges {
		b.unbind(x, func(bd *binding) bool { return bd.queue == q })
	}
	consumers := q.consumers
	q.consumers, q.line = nil, nil
	for _, c := range consumers {
		c.cancelled()
	}
	return q.purge()
}

// deleteExclusive removes the queues that end with the connection.
func (b *Broker) deleteExclusive(c *conn) {
	for _, q := range b.queues {
		if q.owner == c {
			b.deleteQueue(q)
		}
	}
}

// join adds a consumer, and serves it.
func (q *queue) join(c *consumer) {
	at := slices.IndexFunc(q.consumers, func(other *consumer) bool { return other.priority < c.priority })
	if at < 0 {
		at = len(q.consumers)
	}
	q.consumers = slices.Insert(q.consumers, at, c)
	q.consumed = true
	q.used()
	if q.policy.single && q.active == nil {
		q.active = c
	}
	if c.mayServe() {
		q.line.join(c)
		q.wake()
	}
}

// leave removes a consumer. When what it held is given back, left must follow.
func (q *queue) leave(c *consumer) {
	if q.deleted {
		return
	}
	q.broker.free(c.cost)
	q.consumers = slices.DeleteFunc(q.consumers, func(other *consumer) bool { return other == c })
	q.line.leave(c)
	if q.active == c {
		q.active = nil
	}
}

// left is for after a consumer has left: the next becomes the single active one, or without any an auto-delete queue
// goes too.
func (q *queue) left() {
	switch {
	case q.deleted:
	case len(q.consumers) > 0 && q.policy.single && q.active == nil:
		q.active = q.consumers[0]
		q.line.join(q.active)
		q.wake()
	case len(q.consumers) > 0:
	case q.autoDelete && q.consumed:
		q.broker.deleteQueue(q)
	default:
		q.used()
	}
}
