package ui

import (
	"fmt"
	"math"
	"time"

	"carousel/worker/lab"
)

// newTable makes the table of the strategies. Their bars take the width that is left.
func (s *labPlace) newTable() {
	s.table = table[string, lab.Row]{
		key: func(r *lab.Row) string { return r.Strategy.Name }, selected: &s.selected,
		columns: []column[lab.Row]{
			{head: "strategy", w: 13, left: true, draw: s.drawName},
			{head: "took", w: 9, draw: s.drawTook},
			{head: "×least", w: 8, rank: 4, draw: s.drawTimes},
			{head: "predicted", w: 10, rank: 2, draw: func(r *lab.Row, w int) { s.p.right(s.t.dim, w, appendSpan(s.p.tmp[:0], r.Predicted.Makespan)) }},
			{head: "", w: 24, left: true, grows: true, draw: s.drawBar},
			{head: "wait p50", w: 10, rank: 5, draw: func(r *lab.Row, w int) { s.drawWait(r, w, func(f *lab.Figures) time.Duration { return f.WaitP50 }) }},
			{head: "wait p99", w: 10, rank: 1, draw: func(r *lab.Row, w int) { s.drawWait(r, w, func(f *lab.Figures) time.Duration { return f.WaitP99 }) }},
			{head: "predicted", w: 10, rank: 3, draw: func(r *lab.Row, w int) { s.p.right(s.t.dim, w, appendSpan(s.p.tmp[:0], r.Predicted.WaitP99)) }},
			{head: "idle", w: 7, rank: 6, draw: s.drawIdle},
			{head: "fair", w: 7, rank: 7, draw: func(r *lab.Row, w int) { s.drawIndex(r, w, func(f *lab.Figures) float64 { return f.Busy }) }},
			{head: "count", w: 7, rank: 8, draw: func(r *lab.Row, w int) { s.drawIndex(r, w, func(f *lab.Figures) float64 { return f.Count }) }},
			{head: "rate", w: 8, rank: 9, draw: s.drawRate},
		},
	}
}

// figuresOf are the figures to show of a row: measured, or else predicted, which are drawn dim.
func (s *labPlace) figuresOf(r *lab.Row) (*lab.Figures, ink) {
	if r.Measured != nil {
		return r.Measured, ""
	}
	return &r.Predicted, s.t.dim
}

func (s *labPlace) drawName(r *lab.Row, w int) {
	k := ink("")
	switch r.State {
	case lab.Running:
		k = s.t.accent
	case lab.Failed:
		k = s.t.alarm
	}
	s.p.foreignIn(k, w, r.Strategy.Name)
}

// drawTook draws how long the row took, or how far it has come.
func (s *labPlace) drawTook(r *lab.Row, w int) {
	switch r.State {
	case lab.Running:
		s.p.right(s.t.accent, w, appendShare(s.p.tmp[:0], s.share(r)))
	case lab.Finished:
		s.p.right(s.t.strong, w, appendSpan(s.p.tmp[:0], r.Measured.Makespan))
	case lab.Failed:
		s.p.right(s.t.alarm, w, append(s.p.tmp[:0], "failed"...))
	case lab.Cancelled:
		s.p.right(s.t.dim, w, append(s.p.tmp[:0], "stopped"...))
	default:
		s.p.right(s.t.dim, w, append(s.p.tmp[:0], unknown...))
	}
}

// share is how much of a row's tasks is done, in whole percent: a finer figure would flicker.
func (s *labPlace) share(r *lab.Row) float64 {
	return math.Floor(100*float64(r.Done)/float64(max(1, len(s.study.Tasks)))) / 100
}

func (s *labPlace) drawTimes(r *lab.Row, w int) {
	f, k := s.figuresOf(r)
	if f.Bound <= 0 {
		s.p.right(s.t.dim, w, append(s.p.tmp[:0], unknown...))
		return
	}
	s.p.right(k, w, fmt.Appendf(s.p.tmp[:0], "%.2f", f.Makespan.Seconds()/f.Bound.Seconds()))
}

func (s *labPlace) drawWait(r *lab.Row, w int, of func(*lab.Figures) time.Duration) {
	f, k := s.figuresOf(r)
	s.p.right(k, w, appendSpan(s.p.tmp[:0], of(f)))
}

func (s *labPlace) drawIdle(r *lab.Row, w int) {
	f, k := s.figuresOf(r)
	if k == "" && f.Idle > 0.1 {
		k = s.t.warn
	}
	s.p.right(k, w, fmt.Appendf(s.p.tmp[:0], "%.0f %%", 100*f.Idle))
}

func (s *labPlace) drawIndex(r *lab.Row, w int, of func(*lab.Figures) float64) {
	f, k := s.figuresOf(r)
	s.p.right(k, w, appendIndex(s.p.tmp[:0], of(f)))
}

func (s *labPlace) drawRate(r *lab.Row, w int) {
	f, k := s.figuresOf(r)
	s.p.right(k, w, appendRate(s.p.tmp[:0], f.Throughput))
}

// drawBar draws how long the row took, in it the least that was possible, and where the model says that it should have ended. What
// is only predicted is drawn thin.
func (s *labPlace) drawBar(r *lab.Row, w int) {
	end := s.p.left - w
	s.p.space(2)
	cells, longest := w-2, s.longest()
	at := func(d time.Duration) int { return int(math.Round(float64(cells) * d.Seconds() / longest.Seconds())) }
	mark := max(0, at(r.Predicted.Makespan)-1)
	least, full, solid := at(r.Predicted.Bound), mark+1, 0
	switch {
	case r.Measured != nil:
		least, full = at(r.Measured.Bound), at(r.Measured.Makespan)
		solid = full
	case r.State == lab.Running:
		solid = int(s.share(r) * float64(full))
	}
	for i := range cells {
		switch {
		case r.Measured != nil && i == mark:
			s.p.cell(s.t.strong, '┃')
		case i < solid && r.Measured == nil:
			s.p.cell(s.t.accent, '█')
		case i < solid && i < least:
			s.p.cell(s.t.calm, '█')
		case i < solid:
			s.p.cell(s.t.warn, '▒')
		case i < full && i < least:
			s.p.cell(s.t.dim, '━')
		case i < full:
			s.p.cell(s.t.dim, '─')
		default:
			s.p.space(1)
		}
	}
	s.p.space(s.p.left - end)
}

// barLegend explains the bars.
const barLegend = "█ the least possible · ▒ more than that · ┃ predicted · ━─ predicted only"
