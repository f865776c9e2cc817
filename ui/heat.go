package ui

import (
	"strconv"

	"carousel/worker"
)

// heatCell sums up one cell's stretch of the workers of a group.
type heatCell struct {
	busy int // of 255 for each worker that was seen
	seen int // workers
	ends int
	bad  int
}

// shades are the levels of a group's busy share, from idle to busy, in Unicode and in ASCII.
var (
	shades      = [...]rune{' ', '░', '▒', '▓', '█'}
	asciiShades = [...]rune{' ', '.', ':', '=', '#'}
)

// shadeFrom are the shares, in percent, from which on a level is drawn: blank is idle and nothing else.
var shadeFrom = [len(shades)]int{0, 1, 30, 60, 90}

// shareCells is the width of the group's busy share at the right.
const shareCells = 6

// heating reports whether the rows are to be groups. By itself the pane changes to them where there are more than two workers for
// each row: until then scrolling is the smaller loss.
func (d *dispatchPane) heating(rows int) bool {
	d.wasHeat = len(d.shown) > 0 && (d.mode == modeHeat || d.mode == modeAuto && len(d.shown) > 2*max(1, rows))
	return d.wasHeat
}

// groupSize is how many workers share a row, a number that is easily counted in.
func groupSize(workers, rows int) int {
	rows = max(1, rows)
	n, step := max(1, (workers+rows-1)/rows), 1
	switch {
	case n > 100:
		step = 50
	case n > 20:
		step = 5
	}
	return (n + step - 1) / step * step
}

// groupName tells the workers of a row by their ids.
func (d *dispatchPane) groupName(b []byte, from, to int) []byte {
	b = strconv.AppendInt(b, int64(d.shown[from].ID), 10)
	if to-from > 1 {
		b = strconv.AppendInt(append(b, "–"...), int64(d.shown[to-1].ID), 10)
	}
	return b
}

// farGroup tells the workers of a row some of which are elsewhere: the first, and how many more.
func (d *dispatchPane) farGroup(from, to int) string {
	more := ""
	if to-from > 1 {
		more = " +" + strconv.Itoa(to-from-1)
	}
	return clipTo(farName(d.shown[from].Name, farLabelCells-len(more)), farLabelCells-len(more)) + more
}

func (d *dispatchPane) groupCells() int {
	if len(d.ours()) < len(d.shown) {
		return farLabelCells + 1
	}
	most := 0
	for i := range d.shown {
		most = max(most, digits(d.shown[i].ID))
	}
	if d.perRow == 1 {
		return most + 1
	}
	return 2*most + 2
}

// extreme is the worker with the least or the largest busy share.
type extreme struct {
	name  string
	share float64
}

func (d *dispatchPane) groups(b *box, focused bool) {
	d.idlest, d.busiest, d.unused = extreme{share: 2}, extreme{share: -1}, 0
	chosen := d.selectedRow() / d.perRow
	for row := range d.rows {
		from := row * d.perRow
		to := min(from+d.perRow, len(d.shown))
		if from >= to {
			break
		}
		share := d.gather(from, to)
		if focused && row == chosen {
			b.selectedRow()
		} else {
			b.row()
		}
		end := b.left - d.label
		if isFar(d.shown[to-1].ID) {
			b.foreignIn(d.t.dim, d.label-1, d.farGroup(from, to))
		} else {
			b.right(d.t.dim, 0, d.groupName(b.tmp[:0], from, to))
		}
		b.space(b.left - end)
		for i := range d.heat {
			b.cell(d.warmth(&d.heat[i]))
		}
		d.share(shareCells, share)
		b.rowEnd()
	}
}

// gather sums up the cells of a group, and returns its busy share of the last ten seconds, negative when it is not known.
func (d *dispatchPane) gather(from, to int) float64 {
	share, known := 0.0, 0
	if cap(d.heat) < d.cells {
		d.heat = make([]heatCell, d.cells)
	}
	d.heat = d.heat[:d.cells]
	clear(d.heat)
	length := int64(zooms[d.zoom])
	first := d.edge().UnixNano()/length - int64(d.cells) + 1
	for i := from; i < to; i++ {
		w := &d.shown[i]
		l := d.past.lanes[w.ID]
		if l == nil {
			continue
		}
		s := &l.strips[d.zoom]
		seen := s.number(l.since)
		d.take(s, first, seen)
		if b := d.running(l, w); b != nil {
			d.heatBlock(b, s, first, seen)
		}
		if mine := l.busy(d.edge(), startOf(w)); mine >= 0 {
			share, known = share+mine, known+1
			d.compare(w, mine)
		}
	}
	if n := d.now.UnixNano() - (first+int64(d.cells)-1)*length; d.until.IsZero() && d.cells > 0 && n > 0 && n < length {
		c := &d.heat[d.cells-1] // of which only a part has gone by
		c.busy = int(min(int64(c.busy)*length/n, int64(c.seen)*255))
	}
	if known == 0 {
		return -1
	}
	return share / float64(known)
}

func (d *dispatchPane) compare(w *worker.WorkerStatus, share float64) {
	if w.State == worker.StateGone {
		return
	}
	if share == 0 {
		d.unused++
	}
	if share > d.busiest.share {
		d.busiest = extreme{w.Name, share}
	}
	if share < d.idlest.share {
		d.idlest = extreme{w.Name, share}
	}
}

// take adds a worker's slots. What was not observed counts neither as busy nor as idle.
func (d *dispatchPane) take(s *strip, first, seen int64) {
	from := max(0, seen-first, s.newest-slotCount+1-first) // what is before is not known
	for i := from; i < int64(len(d.heat)); i++ {
		h := &d.heat[i]
		if first+i > s.newest {
			h.seen++
			continue
		}
		c := s.at(first + i)
		if c.unknown() {
			continue
		}
		h.seen++
		h.busy += int(c.busy)
		h.ends += int(c.ends)
		h.bad += int(c.bad)
	}
}

// heatBlock adds the task in hand, which no slot holds yet.
func (d *dispatchPane) heatBlock(b *block, s *strip, first, seen int64) {
	length := int64(s.length)
	for i := max(0, b.start/length-first); i <= min(int64(d.cells)-1, b.end/length-first); i++ {
		at := (first + i) * length
		covered := min(b.end, at+length) - max(b.start, at)
		if covered <= 0 {
			continue
		}
		d.heat[i].busy += int(255 * covered / length)
		if at := s.read(first+i, seen); at.unknown() {
			d.heat[i].seen++
		}
	}
}

// warmth is the glyph of a cell.
func (d *dispatchPane) warmth(c *heatCell) (ink, rune) {
	switch {
	case c.seen == 0:
		return d.t.faint, '╌'
	case c.bad > 0 && 4*c.bad >= c.ends:
		return d.t.alarm, '×'
	}
	return d.shadeOf((100*c.busy + 255*c.seen - 1) / (255 * c.seen)) // rounded up
}

// shadeOf is the glyph of a share in percent.
func (d *dispatchPane) shadeOf(percent int) (ink, rune) {
	level := len(shadeFrom) - 1
	for percent < shadeFrom[level] {
		level--
	}
	k := [...]ink{"", d.t.dim, d.t.shades[0], d.t.shades[0], d.t.accent}[level]
	if d.config.ASCII {
		return k, asciiShades[level]
	}
	return k, shades[level]
}

// extremes is the row under the groups: who is busiest and who is idlest, and what the shades mean.
func (d *dispatchPane) extremes() {
	if !d.wasHeat {
		return
	}
	p := d.p
	if d.busiest.name != "" {
		d.extreme("busiest ", &d.busiest)
		if d.unused > 1 {
			p.put(d.t.dim, "  idle ")
			p.right("", 0, appendCount(p.tmp[:0], int64(d.unused)))
		} else {
			d.extreme("  idlest ", &d.idlest)
		}
	}
	const long, short = 51, 25
	switch {
	case p.left > long:
		p.space(p.left - long)
		p.put(d.t.dim, "busy from")
		for level := 1; level < len(shades); level++ {
			p.space(2)
			p.cell(d.shadeOf(shadeFrom[level]))
			p.put(d.t.dim, " "+strconv.Itoa(shadeFrom[level])+" %")
		}
		p.space(2)
		p.cell(d.t.alarm, '×')
		p.put(d.t.dim, " failing")
	case p.left > short:
		p.space(p.left - short)
		p.put(d.t.dim, "idle ")
		for level := 1; level < len(shades); level++ {
			p.cell(d.shadeOf(shadeFrom[level]))
		}
		p.put(d.t.dim, " busy  ")
		p.cell(d.t.alarm, '×')
		p.put(d.t.dim, " failing")
	}
}

func (d *dispatchPane) extreme(word string, e *extreme) {
	d.p.put(d.t.dim, word)
	d.p.foreign("", e.name)
	d.p.put("", " ")
	d.share(0, e.share)
}

// share writes a share in whole percent at the right of w cells.
func (d *dispatchPane) share(w int, x float64) {
	if x < 0 {
		d.p.right(d.t.dim, w, append(d.p.tmp[:0], unknown...))
		return
	}
	d.p.right("", w, append(strconv.AppendInt(d.p.tmp[:0], int64(x*100+0.5), 10), " %"...))
}
