package broker

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Bounds of what a trace remembers, whatever the rate.
const (
	traceRing      = 1 << 14 // dispatches that nobody has read yet
	traceConsumers = 500     // channels in the table
)

// channelID names a channel of the vhost.
type channelID struct {
	connection string
	number     int
}

// traceBook keeps what a trace hears. Its methods may be called from any goroutine.
type traceBook struct {
	mu        sync.Mutex
	status    TraceStatus // without Nodes and what follows from them
	consumers []TracedConsumer
	at        map[channelID]int // place in consumers; ours are there with mine
	ring      []Dispatch        // of traceRing; the oldest give way
	heard     uint64            // dispatches that were ever put into it
	read      uint64            // of these, that were read or given up
	second    int64             // Unix time of the newest copy
	count     [2]int            // copies in that second, and in the one before
	strange   bool              // a channel was heard of that the API has not told of yet
}

// mine stands in the table for a channel of this process, beyond for one that there was no room for.
const (
	mine   = -1
	beyond = -2
)

func newTraceBook(queue string, now, until time.Time) *traceBook {
	return &traceBook{status: TraceStatus{Queue: queue, Since: now, Until: until}, at: map[channelID]int{}}
}

// note takes a copy in. ours reports whether a connection of that name is this process's.
func (b *traceBook) note(c copied, at time.Time, ours func(connection string) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status.Copies++
	b.tick(at.Unix())
	b.count[0]++
	if c.unnamed() {
		b.status.Unnamed++
		return
	}
	switch i := b.place(channelID{c.connection, c.channel}, at, ours); i {
	case mine:
		b.status.Ours++
	case beyond:
		b.status.Beyond++
	default:
		t := &b.consumers[i]
		t.Deliveries++
		if c.redelivered {
			t.Redelivered++
		}
		t.Last, t.Gone = at, false
		if t.User == "" {
			t.User, t.Node = c.user, c.node
		}
		b.put(Dispatch{t.Number, at, c.redelivered})
	}
}

// place finds a channel in the table, or gives it a place there.
func (b *traceBook) place(id channelID, at time.Time, ours func(string) bool) int {
	if i, known := b.at[id]; known {
		return i
	}
	switch {
	case ours(id.connection):
		b.at[id] = mine
	case len(b.consumers) == traceConsumers || len(b.at) > 4*traceConsumers:
		return beyond // and not remembered: names may come without end
	default:
		b.at[id] = len(b.consumers)
		b.consumers = append(b.consumers, TracedConsumer{Number: len(b.consumers) + 1, Connection: id.connection, Channel: id.number, Since: at})
		b.strange = true
	}
	return b.at[id]
}

func (b *traceBook) put(d Dispatch) {
	if len(b.ring) < traceRing {
		b.ring = append(b.ring, d)
	} else {
		b.ring[b.heard%traceRing] = d
	}
	b.heard++
}

// tick begins a new second of the rate.
func (b *traceBook) tick(second int64) {
	switch late := second - b.second; {
	case late <= 0 && late > -5: // beyond that, somebody has set the clock back
		return
	case late == 1:
		b.count = [2]int{0, b.count[0]}
	default:
		b.count = [2]int{}
	}
	b.second = second
}

// take appends the dispatches since the last call.
func (b *traceBook) take(buf []Dispatch) []Dispatch {
	b.mu.Lock()
	defer b.mu.Unlock()
	if over := b.heard - b.read; over > traceRing {
		b.status.Dropped += over - traceRing
		b.read = b.heard - traceRing
	}
	for ; b.read < b.heard; b.read++ {
		buf = append(buf, b.ring[b.read%traceRing])
	}
	return buf
}

// now is a copy of the figures.
func (b *traceBook) now(at time.Time) TraceStatus {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tick(at.Unix())
	s := b.status
	s.Rate = b.count[1]
	return s
}

func (b *traceBook) change(f func(*TraceStatus)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.status)
}

func (b *traceBook) dropped(n int) { b.change(func(s *TraceStatus) { s.Dropped += uint64(n) }) }

// known appends the table, without what is ours.
func (b *traceBook) known(buf []TracedConsumer) []TracedConsumer {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.consumers {
		if b.consumers[i].Number > 0 {
			buf = append(buf, b.consumers[i])
		}
	}
	return buf
}

// wondering reports, once, whether a channel was heard of that the API has not told of.
func (b *traceBook) wondering() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	yes := b.strange
	b.strange = false
	return yes
}

// meet joins the table with who consumes from the queue: those without a delivery so far have their rows, too.
func (b *traceBook) meet(f Fleet, ours func(string) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	here := map[channelID]int{}
	for i := range f.Rows {
		row := &f.Rows[i]
		if row.Connection == "" {
			continue
		}
		id := channelID{row.Connection, row.Channel}
		at := b.place(id, f.At, func(name string) bool { return row.Ours || ours(name) })
		if at < 0 {
			continue
		}
		t := &b.consumers[at]
		here[id]++
		if row.Ours && t.Number > 0 { // the network gives our connection another name than we do
			b.status.Ours += t.Deliveries
			t.Number, b.at[id] = 0, mine
			continue
		}
		t.Client, t.Peer, t.User, t.Node, t.Prefetch = row.Client, row.Peer, row.User, row.Node, row.Prefetch
		t.Consumers, t.Gone = here[id], false
	}
	b.strange = false
	if f.Cut != "" { // who is missing may be there
		return
	}
	for i := range b.consumers {
		t := &b.consumers[i]
		t.Gone = t.Gone || here[channelID{t.Connection, t.Channel}] == 0 && t.Last.Before(f.At)
	}
}

// learn asks who consumes from the queue.
func (t *Trace) learn(ctx context.Context) {
	m, done := t.c.desk.open(ctx)
	defer done()
	if f, err := m.fleet(t.at.vhost, t.queue, fleetTime); err == nil { // else their connections' names have to do
		t.book.meet(f, t.c.owns)
	}
}

// owns reports whether a connection is one of the client's, by the name that the broker has for it unless the network between
// translates addresses.
func (c *Client) owns(connection string) bool {
	for _, l := range c.links() {
		if _, s, _ := l.snapshot(); s != nil && s.brokerName() == connection {
			return true
		}
	}
	return c.aside.has(connection)
}

// aside are the names of the client's newest connections beside its links: what is heard of one may come after its end.
type aside struct {
	mu    sync.Mutex
	names [64]string
	made  int
}

func (a *aside) add(s *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.names[a.made%len(a.names)] = s.brokerName()
	a.made++
}

func (a *aside) has(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Contains(a.names[:], name)
}
