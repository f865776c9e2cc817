package ui

import "time"

// axis is the lower border, with the time at its left, middle and right: how long ago, and off the present the time of day.
func (d *dispatchPane) axis(b *box) {
	b.begin(b.w)
	b.put(b.edge, "╰")
	for _, at := range []int{0, d.cells / 2, d.cells - 1} {
		text := d.moment(d.cells - 1 - at)
		column := max(3, 2+d.label+at-width(text)/2)
		if at == d.cells-1 {
			column = b.w - 4 - width(text)
		}
		if gap := column - (b.w - b.left) - 1; gap > 0 {
			b.rule(b.edge, gap)
			b.put(d.t.dim, " "+text+" ")
		}
	}
	b.close("╯")
}

// moment names the time of the cell that is back before the right edge.
func (d *dispatchPane) moment(back int) string {
	ago := time.Duration(back) * zooms[d.zoom]
	switch {
	case !d.present() && zooms[d.zoom] < time.Second:
		return d.edge().Add(-ago).Format("15:04:05.0")
	case !d.present():
		return d.edge().Add(-ago).Format("15:04:05")
	case ago > 0:
		return span(ago) + " ago"
	}
	return "now"
}

// present reports whether the picture is the present one, and moves.
func (d *dispatchPane) present() bool { return d.live == nil && d.until.IsZero() }

// edge is the time at the right edge.
func (d *dispatchPane) edge() time.Time {
	if d.until.IsZero() {
		return d.now
	}
	return d.until
}

// leave notes that the present is about to be left, for newSince to count from.
func (d *dispatchPane) leave() {
	if d.present() {
		d.turns = d.past.turns
	}
}

// newSince is how many tasks began since the present was left.
func (d *dispatchPane) newSince() int {
	s := d.scene
	if d.live != nil {
		s = d.live
	}
	return s.past.turns - d.turns
}

// freeze lets the picture stand still, or move again. What is drawn meanwhile is a copy, so that nothing of it is lost or told
// otherwise while one looks; it takes as much memory as the lanes.
func (d *dispatchPane) freeze() {
	if d.live != nil {
		d.scene, d.live = d.live, nil
		d.until = time.Time{}
		return
	}
	d.leave()
	d.live, d.scene = d.scene, d.scene.clone()
}

// scroll moves the right edge by a number of cells; beyond now is the present, and the other end is as far as the lanes remember.
func (d *dispatchPane) scroll(by int) { d.show(d.edge().Add(time.Duration(by) * zooms[d.zoom])) }

// show puts the right edge at a time.
func (d *dispatchPane) show(edge time.Time) {
	if !edge.Before(d.now) {
		d.until = time.Time{}
		return
	}
	d.leave()
	oldest := d.now.Add(-time.Duration(max(1, slotCount-d.cells)) * zooms[d.zoom])
	if edge.Before(oldest) {
		edge = oldest
	}
	d.until = edge
}
