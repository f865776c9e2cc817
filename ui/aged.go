package ui

import (
	"time"

	"carousel/broker"
)

// text draws a text from outside in w cells, the last of them a gap; none is a dash.
func (d *drawing) text(k ink, text string, w int) {
	if text == "" {
		k, text = d.t.dim, unknown
	}
	d.p.foreignIn(k, w-1, text)
	d.p.space(1)
}

// The cells of a table whose figures have an age. One that is not known is a dash, an old one is dim.

func (d *drawing) agedCount(w int, f broker.Figure[int64], k ink) {
	d.aged(w, f.At, k, func(b []byte) []byte { return appendCountIn(b, f.Value, w-1) })
}

func (d *drawing) agedBytes(w int, f broker.Figure[int64]) {
	d.aged(w, f.At, "", func(b []byte) []byte { return appendBytes(b, f.Value) })
}

func (d *drawing) agedRate(w int, f broker.Figure[float64]) {
	d.aged(w, f.At, "", func(b []byte) []byte { return appendRate(b, f.Value) })
}

func (d *drawing) aged(w int, at time.Time, k ink, value func([]byte) []byte) {
	switch {
	case at.IsZero():
		d.p.right(d.t.dim, w, append(d.p.tmp[:0], unknown...))
	case d.now.Sub(at) > staleAfter:
		d.p.right(d.t.dim, w, value(d.p.tmp[:0]))
	default:
		d.p.right(k, w, value(d.p.tmp[:0]))
	}
}

// ages finds out how old a group of figures is: the oldest one tells.
type ages struct{ oldest time.Time }

func (g *ages) add(at time.Time) {
	if !at.IsZero() && (g.oldest.IsZero() || at.Before(g.oldest)) {
		g.oldest = at
	}
}

func (g *ages) text(now time.Time) string {
	if g.oldest.IsZero() {
		return unknown
	}
	return string(appendAge(nil, max(0, now.Sub(g.oldest))))
}

// told is a figure in a sentence, with its age where that is worth a word.
func told[T any](f broker.Figure[T], now time.Time, text func(T) string) string {
	if !f.Known() {
		return unknown
	}
	if age := f.Age(now).Truncate(time.Second); age >= time.Second {
		return text(f.Value) + " (" + span(age) + " ago)"
	}
	return text(f.Value)
}
