package ui

import (
	"cmp"
	"net"
	"slices"
	"time"

	"carousel/broker"
)

// fleetKey names a line of the fleet; a connection's own line has the channel -1.
type fleetKey struct {
	connection string
	channel    int
	tag        string
}

// fleetLine is a line of the fleet: a connection with its sums, or a consumer that stands on it.
type fleetLine struct {
	broker.FleetRow // of a connection: its first consumer's, with sums in place of the figures
	head            bool
	last            bool // the last consumer of its connection
	consumers       int  // of a connection
	stuck           int  // of those
	worker          string
	doing           doing
	since           time.Time // of doing, where that is known
}

func (l *fleetLine) key() fleetKey {
	if l.head {
		return fleetKey{connectionOf(&l.FleetRow), -1, ""}
	}
	return fleetKey{connectionOf(&l.FleetRow), l.Channel, l.Tag}
}

// connectionOf names a row's connection; where the broker does not, its peer does.
func connectionOf(r *broker.FleetRow) string { return cmp.Or(r.Connection, r.Peer) }

// hostOf is the peer without its port.
func hostOf(peer string) string {
	if host, _, err := net.SplitHostPort(peer); err == nil {
		return host
	}
	return peer
}

// channelKey names a channel of the fleet: unacknowledged tasks and rates are the channel's.
type channelKey struct {
	connection string
	channel    int
}

// fleetTotals are the sums over the fleet.
type fleetTotals struct {
	consumers, connections, ours, stuck, idle int
	unacked                                   broker.Figure[int64]
	acks                                      broker.Figure[float64]
}

// lineUp makes the lines: connections by host, ours first, each with its consumers below it. A figure of a channel counts once,
// however many consumers share it.
func lineUp(rows []broker.FleetRow, judge func(*fleetLine)) (lines []fleetLine, t fleetTotals) {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b broker.FleetRow) int {
		return cmp.Or(oursFirst(a.Ours, b.Ours), cmp.Compare(hostOf(a.Peer), hostOf(b.Peer)),
			cmp.Compare(connectionOf(&a), connectionOf(&b)), withinConnection(&a, &b))
	})
	for i := 0; i < len(rows); {
		end := i + 1
		for end < len(rows) && connectionOf(&rows[end]) == connectionOf(&rows[i]) {
			end++
		}
		lines = append(lines, connectionLines(rows[i:end], judge)...)
		i = end
	}
	for i := range lines {
		l := &lines[i]
		if l.head {
			t.connections++
			t.unacked = addFigure(t.unacked, l.Unacked)
			t.acks = addFigure(t.acks, l.Acks)
			continue
		}
		t.consumers++
		if l.Ours {
			t.ours++
		}
		switch l.doing {
		case doingStuck:
			t.stuck++
		case doingIdle:
			t.idle++
		}
	}
	return lines, t
}

// withinConnection orders ours by their tags, which name the worker, and others by their channels.
func withinConnection(a, b *broker.FleetRow) int {
	byTag := cmp.Or(cmp.Compare(len(a.Tag), len(b.Tag)), cmp.Compare(a.Tag, b.Tag)) // w9 before w10
	if a.Ours && b.Ours {
		return byTag
	}
	return cmp.Or(cmp.Compare(a.Channel, b.Channel), byTag)
}

func oursFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// connectionLines are a connection's line and those of its consumers.
func connectionLines(rows []broker.FleetRow, judge func(*fleetLine)) []fleetLine {
	var none broker.Figure[float64]
	head := fleetLine{FleetRow: rows[0], head: true, consumers: len(rows)}
	head.Unacked, head.Acks, head.Delivered, head.Redelivered = broker.Figure[int64]{}, none, none, none
	lines := append(make([]fleetLine, 0, len(rows)+1), head)
	counted := map[int]bool{}
	for i := range rows {
		l := fleetLine{FleetRow: rows[i], last: i == len(rows)-1}
		judge(&l)
		lines = append(lines, l)
		h := &lines[0]
		if l.doing > h.doing {
			h.doing, h.since = l.doing, l.since
		}
		if l.doing == doingStuck {
			h.stuck++
		}
		if !counted[l.Channel] {
			counted[l.Channel] = true
			h.Unacked = addFigure(h.Unacked, l.Unacked)
			h.Acks = addFigure(h.Acks, l.Acks)
			h.Delivered = addFigure(h.Delivered, l.Delivered)
			h.Redelivered = addFigure(h.Redelivered, l.Redelivered)
		}
	}
	return lines
}

// addFigure adds what is known; the sum is as old as its oldest part.
func addFigure[T int64 | float64](a, b broker.Figure[T]) broker.Figure[T] {
	switch {
	case !b.Known():
		return a
	case !a.Known():
		return b
	}
	a.Value += b.Value
	if b.At.Before(a.At) {
		a.At = b.At
	}
	return a
}
