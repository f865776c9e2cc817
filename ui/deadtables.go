package ui

import (
	"cmp"
	"time"
)

// groupTable makes the table of the groups, which stay in their order: the largest first.
func (s *deadPlace) groupTable() table[deadKind, deadGroup] {
	return table[deadKind, deadGroup]{
		key: func(g *deadGroup) deadKind { return g.deadKind }, selected: &s.kind,
		columns: []column[deadGroup]{
			{head: "letters", w: 8, draw: s.groupLetters},
			{head: "  cause", w: 24, left: true, grows: true, draw: s.groupCause},
			{head: "  died in", w: 24, rank: 1, left: true, draw: s.groupOrigin},
			{head: "oldest", w: 11, rank: 2, draw: func(g *deadGroup, w int) { s.drawAgo(g.oldest, w) }},
			{head: "newest", w: 11, rank: 3, draw: func(g *deadGroup, w int) { s.drawAgo(g.newest, w) }},
			{head: "came back", w: 12, rank: 4, draw: s.groupAgain},
			{head: "marked", w: 9, rank: 5, draw: s.groupMarked},
		},
	}
}

// letterTable makes the table of a group's letters. The preview takes the width that is left.
func (s *deadPlace) letterTable() table[string, deadRow] {
	return table[string, deadRow]{
		key: func(r *deadRow) string { return r.Key }, selected: &s.key,
		columns: []column[deadRow]{
			{head: "", w: 2, left: true, draw: s.letterMark},
			{head: "failed", w: 10, draw: func(r *deadRow, w int) { s.drawAgo(r.FailedAt, w) },
				order: func(a, b *deadRow) int { return a.FailedAt.Compare(b.FailedAt) }},
			{head: "tries", w: 6, rank: 3, draw: s.letterTries, order: func(a, b *deadRow) int { return a.Tries - b.Tries }},
			{head: "  came back", w: 11, rank: 4, left: true, draw: s.letterAgain,
				order: func(a, b *deadRow) int { return a.Replayed - b.Replayed }},
			{head: "  cause", w: 28, rank: 1, left: true, draw: s.letterCause,
				order: func(a, b *deadRow) int { return cmp.Compare(a.Cause, b.Cause) }},
			{head: "died in", w: 18, rank: 5, left: true, draw: func(r *deadRow, w int) { s.text("", r.Origin, w) },
				order: func(a, b *deadRow) int { return cmp.Compare(a.Origin, b.Origin) }},
			{head: "id", w: 11, rank: 2, left: true, draw: s.letterID,
				order: func(a, b *deadRow) int { return cmp.Compare(a.Task.ID, b.Task.ID) }},
			{head: "type", w: 14, rank: 6, left: true, draw: func(r *deadRow, w int) { s.text("", r.Task.Type, w) },
				order: func(a, b *deadRow) int { return cmp.Compare(a.Task.Type, b.Task.Type) }},
			{head: "body", w: 12, left: true, grows: true, draw: s.letterBody},
		},
	}
}

// drawAgo draws how long ago something was; a time in the future, by another machine's clock, is now.
func (s *deadPlace) drawAgo(at time.Time, w int) {
	if at.IsZero() {
		s.p.right(s.t.dim, w, append(s.p.tmp[:0], unknown...))
		return
	}
	s.p.right("", w, appendSpan(s.p.tmp[:0], max(0, s.now.Sub(at)).Truncate(time.Second)))
}

func (s *deadPlace) groupLetters(g *deadGroup, w int) {
	s.p.right(s.t.strong, w, appendCountIn(s.p.tmp[:0], int64(g.letters), w-1))
}

func (s *deadPlace) groupCause(g *deadGroup, w int) {
	s.p.space(2)
	if g.every {
		s.text(s.t.strong, "all causes", w-2)
		return
	}
	s.text(s.t.alarm, g.cause, w-2)
}

func (s *deadPlace) groupOrigin(g *deadGroup, w int) {
	s.p.space(2)
	if g.every {
		s.text(s.t.dim, "all queues", w-2)
		return
	}
	s.text("", g.origin, w-2)
}

func (s *deadPlace) groupAgain(g *deadGroup, w int) {
	if g.again == 0 {
		s.p.space(w)
		return
	}
	s.p.right(s.t.warn, w, appendCountIn(append(s.p.tmp[:0], "↻ "...), int64(g.again), w-3))
}

func (s *deadPlace) groupMarked(g *deadGroup, w int) {
	if g.marked == 0 {
		s.p.space(w)
		return
	}
	s.p.right(s.t.accent, w, appendCountIn(append(s.p.tmp[:0], "● "...), int64(g.marked), w-3))
}

func (s *deadPlace) letterMark(r *deadRow, w int) {
	if s.marked[r.Key] {
		s.p.cell(s.t.accent, '●')
		w--
	}
	s.p.space(w)
}

func (s *deadPlace) letterTries(r *deadRow, w int) {
	if r.Tries == 0 {
		s.p.right(s.t.dim, w, append(s.p.tmp[:0], unknown...))
		return
	}
	s.p.right("", w, appendCountIn(s.p.tmp[:0], int64(r.Tries), w-1))
}

func (s *deadPlace) letterCause(r *deadRow, w int) {
	s.p.space(2)
	s.text("", r.Cause, w-2)
}

// letterAgain names a letter that was replayed before, and died once more.
func (s *deadPlace) letterAgain(r *deadRow, w int) {
	s.p.space(2)
	text := ""
	switch {
	case r.Replayed == 1:
		text = "↻ again"
	case r.Replayed > 1:
		text = "↻ " + count(int64(r.Replayed)) + " times"
	}
	s.p.foreignIn(s.t.warn, w-2, text)
}

func (s *deadPlace) letterID(r *deadRow, w int) {
	if r.Task.ID == "" {
		s.text("", "", w)
		return
	}
	s.p.id("", r.Task.ID)
	s.p.space(w - (idHead + 1 + idTail))
}

// letterBody draws the beginning of a body.
func (s *deadPlace) letterBody(r *deadRow, w int) {
	if r.head == "" {
		s.p.foreignIn(s.t.dim, w, "(empty)")
		return
	}
	end := s.p.left - min(w, s.p.left)
	s.p.clipped(s.t.dim, r.head, w)
	s.p.space(s.p.left - end)
}
