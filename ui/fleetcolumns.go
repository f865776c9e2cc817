package ui

import (
	"cmp"
	"strconv"
	"time"
)

func (s *fleetPlace) newTable() {
	s.table = table[fleetKey, fleetLine]{
		key: (*fleetLine).key, selected: &s.selected,
		columns: []column[fleetLine]{
			{head: "  connection, consumer", w: 31, left: true, grows: true, draw: s.drawWho},
			{head: "client", w: 23, rank: 8, left: true, draw: s.drawClient},
			{head: "user", w: 11, rank: 6, left: true, draw: s.drawUser},
			{head: "node", w: 17, rank: 9, left: true, draw: s.drawNode},
			{head: "prefetch", w: 9, rank: 4, draw: s.drawPrefetch},
			{head: "priority", w: 10, rank: 7, draw: s.drawPriority},
			{head: "unacked", w: 9, draw: s.drawUnacked},
			{head: "delivered", w: 11, rank: 5, draw: s.drawDelivered},
			{head: "acked", w: 8, rank: 2, draw: s.drawAcked},
			{head: "  doing", w: 19, left: true, draw: s.drawDoing},
		},
	}
}

// drawWho draws a connection by its peer, and below it a consumer with its worker or tag. Ours is told by a glyph and a word.
func (s *fleetPlace) drawWho(l *fleetLine, w int) {
	if l.head {
		s.drawConnection(l, w)
		return
	}
	p, end := s.p, s.p.left-w
	branch := "  ├ "
	if l.last {
		branch = "  ╰ "
	}
	p.put(s.t.faint, branch)
	if l.worker != "" {
		name, _ := clip(plain(l.worker), 12)
		p.foreign(s.t.strong, name)
		p.space(1)
	}
	tag, _ := clip(plain(orUnknown(l.Tag)), p.left-end-1)
	p.foreign(s.tagInk(l), tag)
	p.space(p.left - end)
}

const oursWord = " ours"

// leastClient is the cells from which on a client's name behind its peer tells something.
const leastClient = 10

func (s *fleetPlace) drawConnection(l *fleetLine, w int) {
	p, end := s.p, s.p.left-w
	mark, tail := ' ', 0
	if l.Ours {
		mark, tail = '▸', len(oursWord)
	}
	p.cell(s.t.accent, mark)
	p.space(1)
	who, _ := clip(plain(cmp.Or(l.Peer, connectionOf(&l.FleetRow), unknown)), max(0, p.left-end-tail-1))
	p.foreign(s.t.strong, who)
	if l.Ours {
		p.put(s.t.accent, oursWord)
	}
	if room := p.left - end - 2; room >= leastClient && l.Client != "" && !s.table.has("client") {
		client, _ := clip(plain(l.Client), room)
		p.space(1)
		p.foreign(s.t.dim, client)
	}
	p.space(p.left - end)
}

func (s *fleetPlace) tagInk(l *fleetLine) ink {
	if l.worker != "" {
		return s.t.dim
	}
	return ""
}

func (s *fleetPlace) drawClient(l *fleetLine, w int) { s.ofConnection(l, w, l.Client) }
func (s *fleetPlace) drawUser(l *fleetLine, w int)   { s.ofConnection(l, w, l.User) }
func (s *fleetPlace) drawNode(l *fleetLine, w int)   { s.ofConnection(l, w, l.Node) }

// ofConnection draws what a connection has, which its consumers do not say again.
func (s *fleetPlace) ofConnection(l *fleetLine, w int, text string) {
	if l.head {
		s.p.foreignIn(s.t.dim, w-1, orUnknown(text))
		w = 1
	}
	s.p.space(w)
}

// drawPrefetch draws how many tasks the consumer may hold; 0 is no bound at all.
func (s *fleetPlace) drawPrefetch(l *fleetLine, w int) {
	switch {
	case l.head:
		s.p.space(w)
	case !l.AckNeeded:
		s.p.right(s.t.dim, w, append(s.p.tmp[:0], "auto-ack"...))
	case l.Prefetch == 0:
		s.p.right(s.t.warn, w, append(s.p.tmp[:0], "no limit"...))
	default:
		s.p.right("", w, strconv.AppendInt(s.p.tmp[:0], int64(l.Prefetch), 10))
	}
}

func (s *fleetPlace) drawPriority(l *fleetLine, w int) {
	if l.head {
		s.p.space(w)
		return
	}
	s.p.right("", w, strconv.AppendInt(s.p.tmp[:0], l.Priority, 10))
}

func (s *fleetPlace) drawUnacked(l *fleetLine, w int)   { s.agedCount(w, l.Unacked, s.sumInk(l)) }
func (s *fleetPlace) drawDelivered(l *fleetLine, w int) { s.agedRate(w, l.Delivered) }
func (s *fleetPlace) drawAcked(l *fleetLine, w int)     { s.agedRate(w, l.Acks) }

func (s *fleetPlace) sumInk(l *fleetLine) ink {
	if l.head {
		return s.t.strong
	}
	return ""
}

// longEnough is how long a task of ours must run to be told in the list.
const longEnough = 2 * time.Second

// drawDoing draws the mark and the word, and for how long where that tells something.
func (s *fleetPlace) drawDoing(l *fleetLine, w int) {
	p, end := s.p, s.p.left-w
	p.space(2)
	k := s.t.ofDoing(l.doing)
	switch {
	case l.head && l.State != "" && l.State != "running":
		text, _ := clip(plain(l.State), p.left-end)
		p.foreign(s.t.alarm, text)
	case l.head && l.stuck > 0:
		p.put(k, "! "+count(int64(l.stuck))+" stuck")
	case l.head:
		text, _ := clip(plural(l.consumers, "consumer"), p.left-end)
		p.put(s.t.dim, text)
	default:
		p.cell(k, l.doing.mark())
		p.space(1)
		p.put(k, l.doing.String())
		if long := s.now.Sub(l.since).Truncate(time.Second); l.doing >= doingWorking && !l.since.IsZero() && long >= longEnough {
			if text := span(long); width(text) < p.left-end {
				p.space(1)
				p.put(s.t.dim, text)
			}
		}
	}
	p.space(p.left - end)
}
