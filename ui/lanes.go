package ui

import (
	"time"

	"carousel/worker"
)

func (d *dispatchPane) lanes(b *box, focused bool) {
	for i := d.offset; i < min(d.offset+d.rows, len(d.shown)); i++ {
		row := &d.shown[i]
		if focused && row.ID == *d.selected {
			b.selectedRow()
		} else {
			b.row()
		}
		b.foreignIn(d.t.shade(row.ID), d.label, farName(row.Name, d.label-1))
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
		paints: d.t.paints, ascii: d.config.ASCII, plain: d.dimmed || d.config.ASCII || !d.t.paints.coloured(), before: -1, bodies: d.sketch.bodies,
	}
	for i := range n {
		at := s.read(first+int64(i), seen)
		c := &d.sketch.cells[i]
		if c.n > 0 && at.ends <= 2 && !c.crowded() {
			d.p.cell(b.draw(c))
			continue
		}
		b.before = -1
		d.p.cell(d.summed(w, c, at, (first+int64(i))*int64(s.length) < l.blocks.forgot))
	}
}

// paint puts the blocks of a stretch into the sketch.
func (d *dispatchPane) paint(l *lane, w *worker.WorkerStatus, first int64, n int) {
	d.sketch.reset(n)
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
	e, k := usual, d.t.paints.of(b.mark(), w.ID, b.odd)
	if d.picked != nil {
		switch {
		case w.ID == d.block.worker && b.start == d.block.start:
			e, k = chosen, paintLit
		case b.id != "" && b.id == d.picked.id:
			e, k = lit, paintLit
		}
	}
	if e == usual && w.ID == d.pointed.worker && b.start == d.pointed.start {
		e, k = lit, paintLit
	}
	d.sketch.add(b, from, to, k, e)
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
	if c.n == 0 && !c.short && !(forgotten && at.mark >= markDone) {
		return d.t.faint, [...]rune{markIdle: ' ', markWaiting: '·', markUnseen: '╌'}[at.under]
	}
	busy := int(at.busy)
	if c.n > 0 {
		busy = max(busy, 255*(c.first.cells()+c.last.cells()*min(1, c.n-1))/eighths)
	}
	k := d.t.paints.fore[d.t.paints.of(at.mark, w.ID, false)]
	switch {
	case at.mark <= markDone || int(at.bad) < int(at.ends)/4: // the odd failure among many does not mark the lane; it is counted below
		return d.t.paints.fore[d.t.paints.of(markDone, w.ID, false)], height(uint8(min(busy, 255)))
	case at.mark == markFailed:
		return k, '×'
	}
	return k, fills[at.mark]
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
