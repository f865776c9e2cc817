package ui

import "carousel/broker"

// sorts are the names by which the broker sorts, by the heads of the columns.
var sorts = map[string]string{
	"  queue": "name", "ready": "ready", "unacked": "unacked", "in": "in", "out": "out", "consumers": "consumers", "bytes": "bytes",
}

// asSent leaves rows in the order in which the broker has sorted them.
func asSent(_, _ *broker.QueueRow) int { return 0 }

func (s *queuesPlace) newTable() {
	s.table = table[string, broker.QueueRow]{
		key: func(r *broker.QueueRow) string { return r.Name }, selected: &s.selected, by: 1,
		columns: []column[broker.QueueRow]{
			{head: "  queue", w: 26, left: true, grows: true, draw: s.drawName, order: asSent},
			{head: "type", w: 9, rank: 5, left: true, draw: s.drawType},
			{head: "state", w: 9, rank: 7, left: true, draw: s.drawState},
			{head: "depth, 1 min", w: trailSlots, rank: 6, draw: s.drawDepth},
			{head: "ready", w: 11, draw: s.drawReady, order: asSent},
			{head: "unacked", w: 10, rank: 2, draw: s.drawUnacked, order: asSent},
			{head: "in", w: 9, rank: 4, draw: s.drawIn, order: asSent},
			{head: "out", w: 9, rank: 4, draw: s.drawOut, order: asSent},
			{head: "consumers", w: 11, rank: 3, draw: s.drawConsumers, order: asSent},
			{head: "bytes", w: 10, rank: 8, draw: s.drawBytes, order: asSent},
			{head: "  policy", w: 16, rank: 9, left: true, draw: s.drawPolicy},
		},
	}
}

// sortedBy is the broker's name for the column that the table is sorted by.
func (s *queuesPlace) sortedBy() string { return sorts[s.table.columns[max(1, s.table.by)-1].head] }

const watchedWord = " watched"

// drawName marks the watched queue by a glyph and a word. A state that means trouble stands here where its column has no room.
func (s *queuesPlace) drawName(r *broker.QueueRow, w int) {
	p, end := s.p, s.p.left-w+1 // a gap before the next column
	watched := r.Name == s.queue.Queue
	mark, k := ' ', ink("")
	if watched {
		mark, k = '▸', s.t.strong
	}
	p.cell(s.t.accent, mark)
	p.space(1)
	word, n := "", 0
	if ailing(r.State) && !s.table.has("state") {
		word, n = clip(" "+plain(r.State), 9)
	}
	tail := len(watchedWord)
	if !watched {
		tail = 0
	}
	name, _ := clip(plain(r.Name), max(0, p.left-end-tail-n))
	p.foreign(k, name)
	if watched {
		p.put(s.t.accent, watchedWord)
	}
	p.foreign(s.t.warn, word)
	p.space(p.left - end + 1)
}

// ailing reports whether a queue's state is one that its users would want to hear of.
func ailing(state string) bool { return state != "" && state != "running" && state != "idle" }

func (s *queuesPlace) drawType(r *broker.QueueRow, w int) { s.text(s.t.dim, r.Type, w) }

func (s *queuesPlace) drawState(r *broker.QueueRow, w int) {
	k := s.t.dim
	if ailing(r.State) {
		k = s.t.warn
	}
	s.text(k, r.State, w)
}

func (s *queuesPlace) drawDepth(r *broker.QueueRow, w int) {
	s.p.space(w - trailSlots)
	s.trails[r.Name].draw(s.p, s.t, s.now)
}

func (s *queuesPlace) drawReady(r *broker.QueueRow, w int) {
	k := s.t.strong
	if r.Ready.Value > 0 && r.Consumers.Known() && r.Consumers.Value == 0 {
		k = s.t.warn // tasks wait, and nobody takes them
	}
	s.agedCount(w, r.Ready, k)
}

func (s *queuesPlace) drawUnacked(r *broker.QueueRow, w int) { s.agedCount(w, r.Unacked, "") }
func (s *queuesPlace) drawIn(r *broker.QueueRow, w int)      { s.agedRate(w, r.In) }
func (s *queuesPlace) drawOut(r *broker.QueueRow, w int)     { s.agedRate(w, r.Out) }
func (s *queuesPlace) drawBytes(r *broker.QueueRow, w int)   { s.agedBytes(w, r.MessageBytes) }

func (s *queuesPlace) drawConsumers(r *broker.QueueRow, w int) {
	k := ink("")
	if r.Ready.Value > 0 && r.Consumers.Value == 0 {
		k = s.t.warn
	}
	s.agedCount(w, r.Consumers, k)
}

func (s *queuesPlace) drawPolicy(r *broker.QueueRow, w int) {
	s.p.space(2)
	s.text(s.t.dim, r.Policy, w-2)
}
