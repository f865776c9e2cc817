package ui

import (
	"time"

	"carousel/worker"
)

// dispatchPane shows a lane a worker: time flows left, now is at the right edge. Where there are far more workers than rows, a row
// is a group of them and shows how busy it was (heat.go). Under them stands the ring: the last dispatches in order.
//
// The pane can be frozen: it then draws a copy of the scene, and everything else goes on. It can also be scrolled back.
type dispatchPane struct {
	drawing
	config   *Config
	dimmed   bool // a dialog stands over the board, whose colours are gone
	zoom     int  // index into zooms
	zoomed   bool // the user has chosen zoom
	offset   int  // first worker that is shown
	selected *int

	mode    laneMode
	drilled bool      // the lanes are one group of the heatmap; esc leads back to it
	live    *scene    // while frozen: the scene that goes on; nil otherwise
	until   time.Time // what the right edge shows; zero: now
	turns   int       // dispatches seen when the present was left
	block   blockKey  // the selected block

	// Of the last view: what keys and clicks refer to.
	cells   int  // of a lane
	label   int  // cells before it
	rows    int  // of lanes or groups
	perRow  int  // workers in a row; more than 1 only in the heatmap
	wasHeat bool // the rows were groups

	picked          *block  // the selected block, nil when there is none or it is forgotten
	story           story   // of its task
	inHand          block   // scratch
	busiest, idlest extreme // of the heatmap
	unused          int     // workers that had no task in the last ten seconds
	picture         picture
	brush           brush
	heat            []heatCell
	note            ringNote
}

// laneMode is what the rows are.
type laneMode uint8

const (
	modeAuto laneMode = iota // by the number of workers
	modeLanes
	modeHeat
)

// defaultZoom is one second a cell.
const defaultZoom = 3

// cellsPerTask is how wide a usual task should be, to be seen as one.
const cellsPerTask = 3

// fitZoom picks the zoom by the usual length of a task, until the user picks one.
func (d *dispatchPane) fitZoom() {
	if d.zoomed || !d.present() {
		return
	}
	var sum time.Duration
	n := 0
	for i := range d.shown {
		if p50 := d.shown[i].RunP50; p50 > 0 {
			sum += p50
			n++
		}
	}
	if n == 0 {
		return
	}
	d.zoom = 0
	for d.zoom < len(zooms)-1 && zooms[d.zoom+1]*cellsPerTask <= sum/time.Duration(n) {
		d.zoom++
	}
}

func (d *dispatchPane) view(w, h int, focused bool) []string {
	b := newBox(d.p, d.t, w, h, focused)
	d.picked = d.findBlock()
	d.rows = max(0, b.rows()-1) // the last one is the ring's
	heat := d.heating(d.rows)
	d.perRow = 1
	if (heat || d.picked != nil) && d.rows > 1 {
		d.rows-- // for the line about it
	}
	d.arrange(heat, b.inner())
	b.title("Dispatch")
	d.remarks(b)
	b.topEnd(span(zooms[d.zoom]) + " a cell")
	switch {
	case len(d.shown) == 0:
		if b.room() > 0 {
			b.say(d.t.dim, d.empty())
		}
	case heat:
		d.groups(b, focused)
	default:
		d.lanes(b, focused)
	}
	for b.room() > b.rows()-d.rows {
		b.row()
		b.rowEnd()
	}
	if b.room() > 1 {
		b.row()
		if d.picked != nil {
			d.about(d.picked)
		} else {
			d.extremes()
		}
		b.rowEnd()
	}
	if b.room() > 0 {
		b.row()
		d.ring(max(ringLabel, d.label))
		b.rowEnd()
	}
	d.axis(b)
	return b.lines
}

// arrange settles which workers the rows show.
func (d *dispatchPane) arrange(heat bool, inner int) {
	d.label = d.nameCells()
	rows := min(d.rows, len(d.shown))
	if heat {
		d.perRow = groupSize(len(d.shown), d.rows)
		d.label = max(ringLabel, d.groupCells())
		d.offset = 0
	} else {
		d.offset = follow(d.offset, rows, len(d.shown), d.selectedRow())
	}
	d.cells = max(0, inner-d.label)
	if heat {
		d.cells = max(0, d.cells-shareCells)
	}
}

// remarks follow the title: what keeps the picture from being the present and whole one.
func (d *dispatchPane) remarks(b *box) {
	if !d.present() {
		word := "frozen"
		if d.live == nil {
			word = span(d.now.Sub(d.until).Truncate(time.Second)) + " back"
		}
		b.put(d.t.accent, word+" · "+count(int64(d.newSince()))+" new since ")
	}
	switch hidden := len(d.shown) - d.rows; {
	case d.perRow > 1:
		b.put(d.t.dim, count(int64(d.perRow))+" workers a row ")
	case hidden > 0 && d.drilled:
		b.put(d.t.dim, count(int64(hidden))+" more · esc heatmap ")
	case hidden > 0:
		b.put(d.t.dim, count(int64(hidden))+" more ")
	}
}

func (d *dispatchPane) empty() string {
	switch {
	case !d.hasPool:
		return "no pool here: carousel only watches this queue"
	case d.pool.State == worker.PoolHeld:
		return "the pool holds; no worker has taken a task"
	}
	return "no workers yet; + starts one"
}

func (d *dispatchPane) selectedRow() int {
	for i := range d.shown {
		if d.shown[i].ID == *d.selected {
			return i
		}
	}
	return 0
}

func (d *dispatchPane) nameCells() int {
	w := 4
	for i := range d.shown {
		w = max(w, width(d.shown[i].Name)+1)
	}
	return min(w, 12)
}

func (d *dispatchPane) lanes(b *box, focused bool) {
	for i := d.offset; i < min(d.offset+d.rows, len(d.shown)); i++ {
		row := &d.shown[i]
		if focused && row.ID == *d.selected {
			b.selectedRow()
		} else {
			b.row()
		}
		b.foreignIn(d.t.shade(row.ID), d.label, row.Name)
		d.lane(row, b.left)
		b.rowEnd()
	}
}

// lane draws n cells of one worker's past, the task in hand included. Cells stand at whole multiples of their length: the picture
// moves by cells, and what has been drawn does not change its shape.
func (d *dispatchPane) lane(w *worker.WorkerStatus, n int) {
	l := d.past.lanes[w.ID]
	if l == nil || n <= 0 {
		return
	}
	s := &l.strips[d.zoom]
	first := s.number(d.edge()) - int64(n) + 1
	seen := s.number(l.since)
	d.paint(l, w, first, n)
	b := &d.brush
	*b = brush{
		paints: d.t.paints, ascii: d.config.ASCII, plain: d.dimmed || d.config.ASCII || !d.t.paints.coloured(), before: -1, bodies: d.picture.bodies,
	}
	for i := range n {
		at := s.read(first+int64(i), seen)
		c := &d.picture.cells[i]
		if c.n > 0 && at.starts <= 2 && !c.crowded() {
			d.p.cell(b.draw(c))
			continue
		}
		b.before = -1
		d.p.cell(d.summed(w, c, at, (first+int64(i))*int64(s.length) < l.blocks.forgot))
	}
}

// paint puts the blocks of a stretch into the picture.
func (d *dispatchPane) paint(l *lane, w *worker.WorkerStatus, first int64, n int) {
	d.picture.reset(n)
	length := int64(zooms[d.zoom])
	from, unit := first*length, length/eighths
	eighth := func(t int64) int64 { return floorDiv(t-from+unit/2, unit) }
	for i := l.blocks.from(from); i < l.blocks.n; i++ {
		b := l.blocks.at(i)
		if b.start >= from+int64(n)*length {
			break
		}
		d.add(w, b, eighth(b.start), eighth(b.end))
	}
	if b := d.running(l, w); b != nil {
		at := eighth(b.start)
		d.add(w, b, at, max(at+1, eighth(b.end)))
	}
}

func (d *dispatchPane) add(w *worker.WorkerStatus, b *block, from, to int64) {
	e, k := usual, paintOf(b.mark(), w.ID, b.odd)
	if d.picked != nil {
		switch {
		case w.ID == d.block.worker && b.start == d.block.start:
			e, k = chosen, paintLit
		case b.id != "" && b.id == d.picked.id:
			e, k = lit, paintLit
		}
	}
	d.picture.add(b, from, to, k, e)
}

// running is the block of the task in hand, nil when there is none, or when its end has been read already. It is valid until the
// next call.
func (d *dispatchPane) running(l *lane, w *worker.WorkerStatus) *block {
	if !w.HasTask || l.blocks.n > 0 && l.blocks.at(l.blocks.n-1).start >= w.Started.UnixNano() {
		return nil
	}
	wait := time.Duration(-1)
	if !w.Task.Queued.IsZero() {
		wait = max(0, w.Started.Sub(w.Task.Queued))
	}
	d.inHand = blockOf(&worker.Event{Kind: worker.TaskStarted, Task: w.Task, Wait: wait}, w.Started, d.now)
	return &d.inHand
}

// summed draws a cell by what its slot sums up: no task, one too short for an eighth, more than can be told apart, or tasks that
// the lane has forgotten one by one.
func (d *dispatchPane) summed(w *worker.WorkerStatus, c *cell, at slot, forgotten bool) (ink, rune) {
	if c.sign == '▸' {
		return d.t.paints.fore[paintLit], c.sign
	}
	if c.n == 0 && at.starts == 0 && !(forgotten && at.mark >= markDone) {
		return d.t.faint, [...]rune{markIdle: ' ', markWaiting: '·', markUnseen: '╌'}[at.under]
	}
	busy := int(at.busy)
	if c.n > 0 {
		busy = max(busy, 255*(c.first.cells()+c.last.cells()*min(1, c.n-1))/eighths)
	}
	m := at.mark
	if int(at.bad) < int(at.starts)/4 {
		m = markDone // the odd failure among many does not colour the lane; it is counted below
	}
	return d.t.paints.fore[paintOf(m, w.ID, false)], height(uint8(min(busy, 255)))
}

// floorDiv divides and rounds down, below zero too.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// inkOf colours a mark in the legend: calm work in the worker's shade, trouble in its own colour.
func (d *dispatchPane) inkOf(m mark, shade ink) ink {
	switch m {
	case markDone:
		return shade
	case markRunning:
		return d.t.accent
	case markRetried:
		return d.t.warn
	case markFailed, markUnsettled:
		return d.t.alarm
	}
	return d.t.faint
}
