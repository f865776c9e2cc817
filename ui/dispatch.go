package ui

import (
	"strconv"
	"time"

	"carousel/worker"
)

// dispatchPane shows a lane a worker: time flows left, now is at the right edge. Under them stands the ring: the last
// dispatches in order.
type dispatchPane struct {
	drawing
	zoom     int  // index into zooms
	chosen   bool // the user has chosen zoom
	offset   int  // first worker that is shown
	selected *int
	slots    []slot
}

// defaultZoom is one second a cell.
const defaultZoom = 3

// cellsPerTask is how wide a usual task should be, to be seen as one.
const cellsPerTask = 3

// fitZoom picks the zoom by the usual length of a task, until the user picks one.
func (d *dispatchPane) fitZoom() {
	if d.chosen {
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
	b.title("Dispatch")
	lanes := min(len(d.shown), max(0, b.rows()-1))
	d.offset = follow(d.offset, lanes, len(d.shown), d.selectedRow())
	if hidden := len(d.shown) - lanes; hidden > 0 {
		b.put(d.t.dim, strconv.Itoa(hidden)+" more ")
	}
	b.topEnd(span(zooms[d.zoom]) + " a cell")
	label := d.labelCells()
	for i := d.offset; i < d.offset+lanes; i++ {
		row := &d.shown[i]
		if focused && row.ID == *d.selected {
			b.selectedRow()
		} else {
			b.row()
		}
		b.foreignIn(d.t.shade(row.ID), label, row.Name)
		d.lane(row, b.left)
		b.rowEnd()
	}
	if len(d.shown) == 0 && b.room() > 0 {
		b.say(d.t.dim, d.empty())
	}
	for b.room() > 1 {
		b.row()
		b.rowEnd()
	}
	if b.room() > 0 {
		b.row()
		d.ring(label)
		b.rowEnd()
	}
	d.axis(b, label)
	return b.lines
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

func (d *dispatchPane) labelCells() int {
	w := 4
	for i := range d.shown {
		w = max(w, width(d.shown[i].Name)+1)
	}
	return min(w, 12)
}

// lane draws n cells of one worker's past, the task in hand included.
func (d *dispatchPane) lane(w *worker.WorkerStatus, n int) {
	l := d.past.lanes[w.ID]
	if l == nil || n <= 0 {
		return
	}
	d.gather(l, w, n)
	shade := d.t.shade(w.ID)
	for i := range n {
		r, m := laneCell(d.slots[2*i : 2*i+4])
		d.p.cell(d.inkOf(m, shade), r)
	}
}

// gather reads the slots of n cells, one more before and after them. Cells stand at whole multiples of their length:
// the picture moves by cells, and what has been drawn does not change its shape.
func (d *dispatchPane) gather(l *lane, w *worker.WorkerStatus, n int) {
	s := &l.strips[d.zoom]
	first := 2*(d.now.UnixNano()/int64(zooms[d.zoom])-int64(n)+1) - 1
	seen := s.number(l.since)
	if cap(d.slots) < 2*n+2 {
		d.slots = make([]slot, 2*n+2)
	}
	d.slots = d.slots[:2*n+2]
	for i := range d.slots {
		d.slots[i] = s.read(first+int64(i), seen)
	}
	if !w.HasTask {
		return
	}
	from, to := max(0, s.number(w.Started)-first), s.number(d.now)-first
	for i := from; i <= min(to, int64(len(d.slots)-1)); i++ {
		d.slots[i].mark, d.slots[i].busy = markRunning, 255
	}
	if at := s.number(w.Started) - first; at >= 0 && at < int64(len(d.slots)) {
		d.slots[at].starts = 1
	}
}

// inkOf colours a mark: calm work in the worker's shade, trouble in its own colour.
func (d *dispatchPane) inkOf(m mark, shade ink) ink {
	switch m {
	case markDone:
		return shade
	case markRunning:
		return d.t.accent
	case markRetried:
		return d.t.warn
	case markFailing, markFailed, markUnsettled:
		return d.t.alarm
	}
	return d.t.faint
}

// heights are the levels of a cell in which more tasks than can be told apart took part of the time.
var heights = [...]rune{'▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'}

// laneCell picks the glyph of a cell and the mark that colours it. near holds its two slots, with one neighbour at each
// side.
func laneCell(near []slot) (rune, mark) {
	a, b := near[1], near[2]
	m := max(a.mark, b.mark)
	if a.starts+b.starts > 2 { // many short tasks: how much of the cell they took
		if int(a.bad)+int(b.bad) < (int(a.starts)+int(b.starts))/4 {
			m = markDone // the odd failure among many does not colour the lane; it is counted below
		}
		return heights[(int(a.busy)+int(b.busy))*(len(heights)-1)/510], m
	}
	switch m {
	case markFailed:
		return '×', m
	case markUnsettled:
		return '?', m
	case markUnseen:
		return '╌', m
	case markWaiting:
		return '·', m
	case markIdle:
		return ' ', m
	}
	left, right := filled(near[0], a, b), filled(a, b, near[3])
	switch {
	case left && right && m == markRunning:
		return '▓', m
	case left && right && m == markRetried:
		return '▒', m
	case left && right:
		return '█', m
	case left:
		return '▌', a.mark
	case right:
		return '▐', b.mark
	case a.starts+b.starts > 0 && near[3].busy == 0: // a task too short for half a cell
		return heights[0], m
	}
	return ' ', markIdle // the first or last bit of a task that its neighbours show
}

// filled reports whether a slot is drawn as covered. A task that begins right behind another leaves its first slot
// empty, so that the two are seen as two.
func filled(before, s, after slot) bool {
	const most = 128
	touching := s.starts > 0 && before.busy >= most && after.busy >= most && after.starts == 0
	return s.busy >= most && !touching
}

// axis is the lower border, with the time at its left, middle and right.
func (d *dispatchPane) axis(b *box, label int) {
	cells := b.inner() - label
	ago := func(n int) string {
		if t := time.Duration(n) * zooms[d.zoom]; t > 0 {
			return span(t) + " ago"
		}
		return "now"
	}
	b.begin(b.w)
	b.put(b.edge, "╰")
	for _, at := range []int{0, cells / 2, cells - 1} {
		text := ago(cells - 1 - at)
		column := max(3, 2+label+at-width(text)/2)
		if at == cells-1 {
			column = b.w - 4 - width(text)
		}
		if gap := column - (b.w - b.left) - 1; gap > 0 {
			b.rule(b.edge, gap)
			b.put(d.t.dim, " "+text+" ")
		}
	}
	b.close("╯")
}
