package sandbox

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"time"
)

// snapshot is a copy of the state at one moment. Its lists are in order of name; tables in it are shared and never
// change.
type snapshot struct {
	at          time.Time
	uptime      time.Duration
	memory      int64 // bytes that clients made the broker keep
	memoryLimit int64
	blocked     bool // publishers wait for memory
	activity    activity
	connections []connectionView
	channels    []channelView
	consumers   []consumerView
	queues      []queueView
	exchanges   []exchangeView
	bindings    []bindingView
}

// activity is what happened, and how often a second lately.
type activity struct {
	count counters
	rate  rates
}

type connectionView struct {
	name        string
	peer, local net.Addr
	user        string
	mechanism   string
	properties  table // of the client
	channelMax  uint16
	frameMax    uint32
	heartbeat   time.Duration
	since       time.Time
	channels    int
	state       state
	blocked     bool
	activity    activity // of octets
}

type channelView struct {
	name           string // the connection's, and the number
	connection     string
	number         uint16
	since          time.Time
	prefetch       uint16
	globalPrefetch uint16
	consumers      int
	unacked        int
	uncommitted    int // messages that wait for tx.commit
	confirms       bool
	transactional  bool
	activity       activity
}

type consumerView struct {
	tag       string
	queue     string
	channel   string // by name
	noAck     bool
	exclusive bool
	active    bool // may be served: false while another is the single active one
	prefetch  uint16
	arguments table
}

type queueView struct {
	name        string
	kind        string // "classic" or "quorum"
	durable     bool
	autoDelete  bool
	owner       string // the connection's name, of an exclusive queue
	arguments   table
	ready       int
	unacked     int
	readySize   int64 // bytes of bodies
	unackedSize int64
	consumers   int
	active      string    // the single active consumer's tag
	oldest      timestamp // as the first ready message states; 0 where it does not
	activity    activity
}

type exchangeView struct {
	name       string
	kind       string
	durable    bool
	autoDelete bool
	internal   bool
	arguments  table
	activity   activity
}

type bindingView struct {
	source      string
	destination string
	toQueue     bool
	key         string
	arguments   table
}

// snapshot copies the state. It takes the lock for a time that grows with the number of things there are, and may be
// called from any goroutine.
func (b *Broker) snapshot() snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := snapshot{
		at: time.Now(), uptime: b.now(), memory: b.memory, memoryLimit: b.options.MemoryLimit, blocked: b.waiting > 0,
		activity: b.meter.activity(b.now()),
	}
	for c := range b.conns {
		if c.state == running {
			s.connections = append(s.connections, c.view())
			c.viewChannels(&s)
		}
	}
	for _, q := range b.queues {
		s.queues = append(s.queues, q.view())
	}
	for _, x := range b.exchanges {
		s.exchanges = append(s.exchanges, x.view(b.now()))
		for _, bd := range x.bindings {
			s.bindings = append(s.bindings, bd.view())
		}
	}
	slices.SortFunc(s.connections, func(a, b connectionView) int { return cmp.Compare(a.name, b.name) })
	slices.SortFunc(s.channels, func(a, b channelView) int { return cmp.Compare(a.name, b.name) })
	slices.SortFunc(s.consumers, func(a, b consumerView) int {
		return cmp.Or(cmp.Compare(a.queue, b.queue), cmp.Compare(a.tag, b.tag))
	})
	slices.SortFunc(s.queues, func(a, b queueView) int { return cmp.Compare(a.name, b.name) })
	slices.SortFunc(s.exchanges, func(a, b exchangeView) int { return cmp.Compare(a.name, b.name) })
	slices.SortFunc(s.bindings, func(a, b bindingView) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.destination, b.destination),
			cmp.Compare(a.key, b.key))
	})
	return s
}

func (m *meter) activity(now time.Duration) activity { return activity{m.count, m.look(now)} }

func (c *conn) view() connectionView {
	c.meter.count[statReceived], c.meter.count[statSent] = c.received.Load(), c.sent.Load()
	return connectionView{
		name: c.name, peer: c.socket.RemoteAddr(), local: c.socket.LocalAddr(), user: c.user, mechanism: c.mechanism,
		properties: c.client, channelMax: c.channelMax, frameMax: c.frameMax, heartbeat: c.heartbeat, since: c.since,
		channels: len(c.channels), state: c.state, blocked: c.blocked, activity: c.meter.activity(c.broker.now()),
	}
}

// name is the channel's as RabbitMQ writes it.
func (ch *channel) name() string { return fmt.Sprintf("%s (%d)", ch.conn.name, ch.id) }

func (c *conn) viewChannels(s *snapshot) {
	for _, ch := range c.channels {
		v := channelView{
			name: ch.name(), connection: c.name, number: ch.id, since: ch.since, prefetch: ch.prefetch,
			globalPrefetch: ch.globalPrefetch, consumers: len(ch.consumers), unacked: ch.unacked.len(),
			confirms: ch.confirms, transactional: ch.tx != nil, activity: ch.meter.activity(c.broker.now()),
		}
		if ch.tx != nil {
			v.uncommitted = len(ch.tx.messages)
		}
		s.channels = append(s.channels, v)
		for _, consumer := range ch.consumers {
			s.consumers = append(s.consumers, consumerView{
				tag: consumer.tag, queue: consumer.queue.name, channel: v.name, noAck: consumer.noAck,
				exclusive: consumer.exclusive, active: consumer.mayServe(), prefetch: consumer.prefetch,
				arguments: consumer.arguments,
			})
		}
	}
}

func (q *queue) view() queueView {
	v := queueView{
		name: q.name, kind: q.kind, durable: q.durable, autoDelete: q.autoDelete, arguments: q.arguments,
		ready: q.ready.len(), unacked: q.unacked, readySize: q.ready.bytes, unackedSize: q.unackedSize,
		consumers: len(q.consumers), activity: q.meter.activity(q.broker.now()),
	}
	if q.owner != nil {
		v.owner = q.owner.name
	}
	if q.active != nil {
		v.active = q.active.tag
	}
	if head := q.ready.head(); head != nil {
		p, _ := parseProperties(head.message.properties)
		if p[timeStamp] != nil {
			v.oldest = timestamp(big.Uint64(p[timeStamp]))
		}
	}
	return v
}

func (x *exchange) view(now time.Duration) exchangeView {
	return exchangeView{
		name: x.name, kind: x.kind, durable: x.durable, autoDelete: x.autoDelete, internal: x.internal,
		arguments: x.arguments, activity: x.meter.activity(now),
	}
}

func (bd *binding) view() bindingView {
	v := bindingView{source: bd.source.name, toQueue: bd.queue != nil, key: bd.key, arguments: bd.arguments}
	if v.toQueue {
		v.destination = bd.queue.name
	} else {
		v.destination = bd.destination.name
	}
	return v
}
