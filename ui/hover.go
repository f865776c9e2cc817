package ui

import (
	"image"

	tea "github.com/charmbracelet/bubbletea"
)

// offScreen is where the mouse is while it points at nothing.
var offScreen = image.Pt(-1, -1)

// roams reports whether an event of the mouse only tells where it is. While the button of a drag was last seen down, it tells that the
// button is up.
func (a *App) roams(m tea.MouseMsg) bool {
	return m.Action == tea.MouseActionMotion && m.Button == tea.MouseButtonNone && (a.span == nil || !a.span.held)
}

// hover notes where the mouse is, and reports whether the frame shows something else for that: a terminal tells of every cell that
// the mouse crosses, and most of them lie on the same task or on none.
func (a *App) hover(m tea.MouseMsg) bool {
	a.pointer = image.Pt(m.X, m.Y)
	before := a.dispatch.pointed
	lanes, ok := a.lanes()
	if !ok || a.dialog != nil || !a.pointer.In(lanes) {
		return before != blockKey{}
	}
	return a.dispatch.under(m.Y-lanes.Min.Y, m.X-lanes.Min.X+a.dispatch.label) != before
}

// point has the task under the mouse told, whose cell is counted from the pane's corner. The selection stays: what is clicked is
// selected.
func (d *dispatchPane) point(at image.Point) {
	d.pointed = blockKey{}
	if !d.dimmed {
		d.pointed = d.under(at.Y-1, at.X-boxIndent)
	}
	d.hovered = d.known(d.pointed)
}

// under is the block at a cell of a row, that with the largest part of it; x is counted from the start of the row. It is none's key
// where there is no block.
func (d *dispatchPane) under(row, x int) (found blockKey) {
	at := d.offset + row*d.perRow
	if row < 0 || row >= d.rows || at >= len(d.shown) {
		return found
	}
	if x -= d.label; d.wasHeat || x < 0 || x >= d.cells {
		return found
	}
	w, length := &d.shown[at], int64(zooms[d.zoom])
	from := (d.edge().UnixNano()/length - int64(d.cells-1-x)) * length
	most := int64(0)
	for i := d.firstAfter(w, from); i < d.count(w); i++ {
		b := d.nth(w, i)
		if b.start >= from+length {
			break
		}
		if part := min(b.end, from+length) - max(b.start, from); part > most {
			most, found = part, blockKey{w.ID, b.start}
		}
	}
	return found
}
