package ui

import (
	"strconv"

	"carousel/broker"
)

// lensCountCells is the room for a consumer's number of deliveries before its lane.
const lensCountCells = 7

// lensLegend explains the marks of these lanes, where there is room.
const lensLegend = "│ one  2-9 +  ↻ redelivered  ╌ not observed"

// rows is how many lines the firehose would like to have.
func (l *lens) rows() int {
	if !l.on() {
		return 0
	}
	return max(1, len(l.consumers)) + 1
}

// lensRoom is how many of some rows the firehose gets: all that the workers here need not, and half of them at least.
func (d *dispatchPane) lensRoom(rows int) int {
	want := d.lens.rows()
	if len(d.shown) == 0 && want > 0 {
		return rows
	}
	return min(want, max(rows-len(d.shown), rows/2))
}

// lensLabel is the room before the lanes of other programs' consumers, in a pane of so many cells.
func (d *dispatchPane) lensLabel(inner int) int {
	if !d.lens.on() {
		return 0
	}
	n := 0
	for i := range d.lens.consumers {
		c := &d.lens.consumers[i]
		n = max(n, digits(c.Number)+1+width(d.lens.label(c).long)+1+digits(c.Channel)+lensCountCells+1)
	}
	return min(n, max(inner*2/5, 24))
}

// strangers draws the lanes of other programs' consumers in n rows, the first of which sums them up.
func (d *dispatchPane) strangers(b *box, n int) {
	if n <= 0 {
		return
	}
	l := d.lens
	b.row()
	d.lensSum(n - 1)
	b.rowEnd()
	for i := range n - 1 {
		b.row()
		switch {
		case i < len(l.consumers):
			d.stranger(&l.consumers[i])
		case i == 0:
			d.p.put(d.t.dim, d.lensEmpty())
		}
		b.rowEnd()
	}
}

func (d *dispatchPane) lensEmpty() string {
	switch {
	case d.lens.elsewhere > 0:
		return "every delivery was to workers of carousel, which have lanes of their own"
	case d.lens.status.Ours > 0:
		return "every delivery was to workers here; no other program consumes from this queue"
	case d.lens.status.Copies > 0:
		return "every delivery was to the inside of the broker, such as its management API or a shovel"
	}
	return "no other program consumes from this queue, as far as is known"
}

// lensSum tells what the firehose brings, what is missing of it, and how even it was.
func (d *dispatchPane) lensSum(rows int) {
	l := d.lens
	s := &l.status
	d.p.put(d.t.warn, "others")
	d.p.put("", "  "+count(int64(s.Rate))+"/s traced")
	k := d.t.dim
	if s.Dropped > 0 {
		k = d.t.warn
	}
	d.p.put(k, " · dropped "+count(int64(s.Dropped)))
	if s.Deaf != nil {
		d.p.foreign(d.t.alarm, " · nothing is heard: "+s.Deaf.Error())
		return
	}
	if where := l.nodes(); where != "" {
		d.p.foreign(d.t.warn, " · "+where)
	}
	if hidden := len(l.consumers) - rows; hidden > 0 {
		d.p.put(d.t.dim, " · "+count(int64(hidden))+" more")
	}
	if l.fair.Workers > 1 && l.fair.Tasks > 0 {
		d.p.right("", 0, strconv.AppendFloat(append(d.p.tmp[:0], " · fairness "...), l.fair.Count, 'f', 3, 64))
		chance := strconv.AppendFloat(append(d.p.tmp[:0], " by count (by chance "...), l.fair.Noise, 'f', 3, 64)
		d.p.right(d.t.dim, 0, append(chance, ')'))
	}
	carousels := "to workers here"
	if l.elsewhere > 0 {
		carousels = "to carousel's workers"
	}
	for _, part := range []struct {
		n    uint64
		what string
	}{{s.Ours + l.elsewhere, carousels}, {s.Unnamed, "inside the broker"}, {s.Beyond, "beyond the table"}} {
		if text := " · " + count(int64(part.n)) + " " + part.what; part.n > 0 && width(text) <= d.p.left {
			d.p.put(d.t.dim, text)
		}
	}
	if d.p.left > width(lensLegend)+1 {
		d.p.space(d.p.left - width(lensLegend))
		d.p.put(d.t.dim, lensLegend)
	}
}

// stranger draws one consumer: its number, name, channel and deliveries, and its lane.
func (d *dispatchPane) stranger(c *broker.TracedConsumer) {
	k := d.t.shade(c.Number)
	if c.Gone {
		k = d.t.faint
	}
	end := d.p.left - d.label
	d.p.right(k, digits(d.lens.consumers[len(d.lens.consumers)-1].Number), strconv.AppendInt(d.p.tmp[:0], int64(c.Number), 10))
	d.p.space(1)
	room := d.p.left - end - lensCountCells - 1
	channel := digits(c.Channel) + 1
	from := d.p.left
	name := d.lens.label(c)
	if width(name.long) > room-channel {
		name.long = name.short
	}
	d.p.clipped(k, name.long, max(1, room-channel))
	d.p.cell(d.t.dim, '/')
	d.p.right(d.t.dim, 0, strconv.AppendInt(d.p.tmp[:0], int64(c.Channel), 10))
	d.p.space(room - (from - d.p.left))
	d.p.right("", lensCountCells, appendCountIn(d.p.tmp[:0], int64(c.Deliveries), lensCountCells))
	d.p.space(d.p.left - end)
	lane := d.lens.lanes[c.Number]
	first := d.edge().UnixNano()/int64(zooms[d.zoom]) - int64(d.cells) + 1
	for i := range d.cells {
		var at tick
		if lane != nil {
			at = lane.read(d.zoom, first+int64(i))
		}
		ink := k
		switch {
		case at.n == 0:
			ink = d.t.faint
		case at.again:
			ink = d.t.warn
		}
		d.p.cell(ink, at.sign())
	}
}

// lensRing draws to which consumers of other programs the last deliveries went, by number, the newest at the right. It reports
// whether there were any.
func (d *dispatchPane) lensRing(label int) bool {
	l := d.lens
	if !l.on() || len(l.ring) == 0 {
		return false
	}
	d.p.put(d.t.dim, "ring")
	d.p.space(label - 4)
	const note = "(others)"
	room := d.p.left
	if room > 3*len(note) {
		d.p.put(d.t.dim, note)
		room -= len(note)
	}
	n, cells := 0, 0
	for ; n < len(l.ring); n++ {
		if l.told[l.dispatched(n)] { // it had no lane of its own when that came
			continue
		}
		more := digits(l.dispatched(n)) + 1
		if cells+more > room {
			break
		}
		cells += more
	}
	d.p.space(room - cells)
	for n--; n >= 0; n-- {
		number := l.dispatched(n)
		if l.told[number] {
			continue
		}
		d.p.cell("", ' ')
		d.p.right(d.t.shade(number), 0, strconv.AppendInt(d.p.tmp[:0], int64(number), 10))
	}
	return true
}
