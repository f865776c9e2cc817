package ui

import (
	"slices"
	"time"

	"carousel/worker"
	"carousel/worker/lab"
)

// labLanes are the lanes of one run: a row for each worker, time from the left to the right, all runs on one scale. They are
// drawn by what draws the board's lanes, and kept while they stay the same.
type labLanes struct {
	sketch sketch
	of     laneKey
	cells  [][]glyph
}

// laneKey is what a picture of lanes depends on.
type laneKey struct {
	stints      *lab.Stint // the first of the run's, and how many
	n           int
	rows, width int
	scale       time.Duration
	plain       bool // no ground is painted
	ascii       bool
	theme       *paints
}

// glyph is a cell with its ink.
type glyph struct {
	k ink
	r rune
}

const (
	labNameCells  = 5
	labSpeedCells = 6
)

// lanesView draws the lanes of a row in exactly h lines of w cells; at says which of the pictures these are.
func (s *labPlace) lanesView(a *App, r *lab.Row, at, w, h int) []string {
	l := &s.lanes[at]
	b := newBox(s.p, s.t, w, h, s.zoomed)
	run, kind := &r.Model, "predicted"
	if r.Run != nil && !s.modelled {
		run, kind = r.Run, "measured"
	}
	crew := s.study.Crew
	shown := min(len(crew), b.rows())
	cells := max(1, b.inner()-labNameCells-labSpeedCells)
	scale := s.longest()
	if r.State == lab.Running {
		scale = max(scale, lastOf(run))
	}
	b.title("Lanes of " + r.Strategy.Name)
	b.put(s.t.dim, "· "+kind+" ")
	if more := len(crew) - shown; more > 0 {
		b.put(s.t.dim, "· "+plural(more, "worker")+" more ")
	}
	b.topEnd(span(scale/time.Duration(cells)) + " a cell")
	order := tellingFirst(crew, shown)
	key := laneKey{rows: shown, width: cells, scale: scale, plain: a.dialog != nil || s.ascii || !s.t.paints.coloured(), ascii: s.ascii, theme: s.t.paints}
	l.paint(run, key, order)
	for i, w := range order {
		b.row()
		b.foreignIn(s.t.shade(w+1), labNameCells, worker.Name(w+1))
		s.drawSpeed(crew[w])
		for _, g := range l.cells[i] {
			b.cell(g.k, g.r)
		}
		b.rowEnd()
	}
	if at > 0 {
		return b.rest("")
	}
	return b.rest("0 s to " + span(scale) + " · " + "↻ another worker had it before · × lost with its worker")
}

// tellingFirst are the workers that n rows show: where these are too few for all, first those that differ from the usual.
func tellingFirst(crew []lab.Worker, n int) []int {
	order := make([]int, len(crew))
	for i := range order {
		order[i] = i
	}
	if n < len(crew) {
		usual := func(w int) int {
			if crew[w] == (lab.Worker{Speed: 1}) {
				return 1
			}
			return 0
		}
		slices.SortStableFunc(order, func(a, b int) int { return usual(a) - usual(b) })
	}
	return order[:n]
}

// drawSpeed draws a worker's speed, where it is not the usual one, and that it dies.
func (s *labPlace) drawSpeed(w lab.Worker) {
	end := s.p.left - labSpeedCells
	if w.Speed != 1 {
		s.p.put(s.t.dim, "×"+number(w.Speed))
	}
	if w.Dies > 0 {
		s.p.put(s.t.alarm, "×")
	}
	s.p.space(s.p.left - end)
}

// lastOf is when the newest thing happened in a run.
func lastOf(run *lab.Run) (last time.Duration) {
	for i := range run.Stints {
		last = max(last, run.Stints[i].Begin, run.Stints[i].End)
	}
	return last
}

// paint brings the picture of some of a run's workers up to date.
func (l *labLanes) paint(run *lab.Run, key laneKey, workers []int) {
	if key.n = len(run.Stints); key.n > 0 {
		key.stints = &run.Stints[0]
	}
	if l.of == key && len(l.cells) >= key.rows {
		return
	}
	l.of = key
	for len(l.cells) < key.rows {
		l.cells = append(l.cells, nil)
	}
	byWorker := make([][]lab.Stint, len(run.Experiment.Crew))
	for _, stint := range run.Stints {
		byWorker[stint.Worker] = append(byWorker[stint.Worker], stint)
	}
	now := lastOf(run)
	for i, w := range workers {
		l.cells[i] = l.lane(l.cells[i][:0], w+1, byWorker[w], now)
	}
}

// lane appends the cells of one worker's lane.
func (l *labLanes) lane(out []glyph, id int, stints []lab.Stint, now time.Duration) []glyph {
	paints, cell := l.of.theme, max(eighths, l.of.scale/time.Duration(l.of.width))
	unit := cell / eighths
	l.sketch.reset(l.of.width)
	busy := make([]time.Duration, l.of.width)
	for i, stint := range stints {
		b := block{kind: worker.TaskDone, try: 1, again: stint.Redelivered, odd: i%2 > 0}
		end := stint.End
		switch {
		case stint.Lost:
			b.kind = worker.TaskFailed
		case end == 0:
			b.kind, end = worker.TaskStarted, now
		}
		l.sketch.add(&b, int64((stint.Begin+unit/2)/unit), int64((end+unit/2)/unit), paints.of(b.mark(), id, b.odd), usual)
		cover(busy, stint.Begin, end, cell)
	}
	brush := brush{paints: paints, ascii: l.of.ascii, plain: l.of.plain, before: -1, bodies: l.sketch.bodies}
	for i := range l.sketch.cells {
		c := &l.sketch.cells[i]
		if c.n > 0 && !c.crowded() {
			k, r := brush.draw(c)
			out = append(out, glyph{k, r})
			continue
		}
		brush.before = -1
		g := glyph{"", ' '}
		if busy[i] > 0 { // more tasks than a cell can tell apart
			g = glyph{paints.fore[paints.of(markDone, id, false)], height(uint8(255 * min(1, busy[i].Seconds()/cell.Seconds())))}
		}
		out = append(out, g)
	}
	return out
}

// cover adds a stretch to the busy times of the cells that it falls into.
func cover(busy []time.Duration, from, to, cell time.Duration) {
	for c := int(from / cell); c < len(busy) && time.Duration(c)*cell < to; c++ {
		busy[c] += min(to, time.Duration(c+1)*cell) - max(from, time.Duration(c)*cell)
	}
}
