package ui

import (
	"cmp"
	"strings"
	"time"

	"carousel/broker"
	"carousel/worker"
	"carousel/worker/fleet"
)

// Lens tells to whom the queue's tasks are delivered; *broker.Trace is the real one. Close waits for some seconds and is called from
// a goroutine of its own; the others lock for a moment.
type Lens interface {
	Status() broker.TraceStatus
	Consumers(buf []broker.TracedConsumer) []broker.TracedConsumer
	Take(buf []broker.Dispatch) []broker.Dispatch
	Close()
}

// lens is what the screen has of the firehose: a lane for each channel of another program. It is the program goroutine's; nil is
// one that is off.
type lens struct {
	source  Lens // nil: off
	opening bool
	closing bool
	session int // counts the queues that the console has been on
	news    bool

	status    broker.TraceStatus
	consumers []broker.TracedConsumer // those that have a row, in the order in which they were heard of
	lanes     map[int]*ticks          // by number
	labels    map[int]label           // by number
	ring      []int                   // of ringSize: numbers of consumers, in the order of their deliveries
	turns     int
	buf       []broker.Dispatch

	told      map[int]bool // by number: workers elsewhere that have a lane already, for the fleet tells of their process
	elsewhere uint64       // deliveries to these

	fair   worker.Fairness // of deliveries
	fairAt time.Time
}

// on reports whether deliveries are copied for us.
func (l *lens) on() bool { return l != nil && l.source != nil }

// begin puts a source that was opened in place.
func (l *lens) begin(source Lens) {
	*l = lens{source: source, session: l.session, lanes: map[int]*ticks{}, labels: map[int]label{}, told: map[int]bool{}}
}

// over forgets all that was seen.
func (l *lens) over() { *l = lens{session: l.session} }

// look takes in what came since the last look; hosts are the processes that the fleet tells of. It reports false once the source has
// ended by itself.
func (l *lens) look(now time.Time, hosts []fleet.Host) bool {
	l.status = l.source.Status()
	l.consumers = l.source.Consumers(l.consumers[:0])
	l.sift(hosts)
	l.buf = l.source.Take(l.buf[:0])
	l.news = len(l.buf) > 0
	for i := range l.buf {
		d := &l.buf[i]
		lane := l.lanes[d.Consumer]
		if lane == nil {
			lane = new(ticks)
			l.lanes[d.Consumer] = lane
		}
		lane.add(d.At, d.Redelivered)
		if l.told[d.Consumer] {
			continue
		}
		if len(l.ring) < ringSize {
			l.ring = append(l.ring, d.Consumer)
		} else {
			l.ring[l.turns%ringSize] = d.Consumer
		}
		l.turns++
	}
	l.keep(now)
	if now.Sub(l.fairAt) >= time.Second { // a figure that changes with every frame cannot be read
		l.fairAt = now
		l.weigh(now)
	}
	return l.status.Ended == ""
}

// sift leaves out the workers of processes that the fleet tells of. A process that is silent tells nothing, so theirs come back.
func (l *lens) sift(hosts []fleet.Host) {
	clear(l.told)
	l.elsewhere = 0
	kept := l.consumers[:0]
	for i := range l.consumers {
		c := &l.consumers[i]
		if inFleet(c, hosts) {
			l.told[c.Number] = true
			l.elsewhere += c.Deliveries
			continue
		}
		kept = append(kept, *c)
	}
	l.consumers = kept
}

// inFleet reports whether a consumer is a worker of one of the processes, of which something is heard, or which said goodbye.
func inFleet(c *broker.TracedConsumer, hosts []fleet.Host) bool {
	machine, pid, ok := broker.WorkerProcess(c.Client)
	for i := range hosts {
		if h := &hosts[i]; ok && h.PID == pid && h.Machine == machine && (h.State == fleet.HostLive || h.State == fleet.HostLeft) {
			return true
		}
	}
	return false
}

// keep leaves out consumers that have been gone for a while.
func (l *lens) keep(now time.Time) {
	kept := l.consumers[:0]
	for i := range l.consumers {
		c := &l.consumers[i]
		if c.Gone && now.Sub(cmp.Or(c.Last, c.Since)) >= goneFor {
			delete(l.lanes, c.Number)
			delete(l.labels, c.Number)
			continue
		}
		kept = append(kept, *c)
	}
	l.consumers = kept
}

// weigh sums up how evenly deliveries fell on the consumers that are there, each over the time since it was heard of.
func (l *lens) weigh(now time.Time) {
	rows := make([]worker.WorkerStatus, 0, len(l.consumers))
	for i := range l.consumers {
		if c := &l.consumers[i]; !c.Gone {
			rows = append(rows, worker.WorkerStatus{Done: c.Deliveries, UpTime: max(0, now.Sub(c.Since))})
		}
	}
	l.fair = worker.FairnessOf(rows)
}

// dispatched is the number of the consumer whose delivery is back before the newest; back is less than len(l.ring).
func (l *lens) dispatched(back int) int { return l.ring[(l.turns-1-back)%ringSize] }

// nodes says where deliveries are copied, where that is not everywhere; "".
func (l *lens) nodes() string {
	traced, first := 0, ""
	for i := range l.status.Nodes {
		if n := &l.status.Nodes[i]; n.Traced() {
			traced++
		} else if first == "" {
			first = n.Name + ": " + n.Why
		}
	}
	if first == "" {
		return ""
	}
	return "at " + count(int64(traced)) + " of " + plural(len(l.status.Nodes), "node") + "; " + first
}

// left is the time until it is over by itself, as a clock shows it.
func (l *lens) left(now time.Time) string {
	return string(appendClock(nil, l.status.Until.Sub(now)))
}

// appendClock writes minutes and seconds.
func appendClock(b []byte, d time.Duration) []byte {
	s := int64(max(0, d) / time.Second)
	return append(b, time.Unix(s, 0).UTC().Format("4:05")...)
}

// label is what a consumer is called, with what that was made of.
type label struct {
	client, peer string
	long, short  string // plain
}

// label names a consumer by what its connection says of itself, and the host and port that it comes from; in short by the first of
// them that is known.
func (l *lens) label(c *broker.TracedConsumer) label {
	was, known := l.labels[c.Number]
	if known && was.client == c.Client && was.peer == c.Peer {
		return was
	}
	peer, _, _ := strings.Cut(c.Connection, " -> ")
	peer = plain(cmp.Or(c.Peer, peer))
	made := label{c.Client, c.Peer, peer, peer}
	if c.Client != "" {
		made.short = plain(c.Client)
		made.long = made.short + " " + peer
	}
	l.labels[c.Number] = made
	return made
}
