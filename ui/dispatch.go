package ui

import (
	"image"
	"time"

	"carousel/worker"
)

// dispatchPane shows a lane a worker: time flows left, now is at the right edge. Where there are far more workers than rows, a row
// is a group of them and shows how busy it was (heat.go). Under them stands the ring: the last dispatches in order.
//
// The pane can be frozen: it then draws a copy of the scene, and everything else goes on. It can also be scrolled back.
type dispatchPane struct {
	drawing
	lens     *lens // nil: none
	config   *Config
	dimmed   bool // a dialog stands over the board, whose colours are gone
	zoom     int  // index into zooms
	zoomed   bool // the user has chosen zoom
	offset   int  // first worker that is shown
	selected *int

	mode    laneMode
	drilled bool        // the lanes are one group of the heatmap; esc leads back to it
	live    *scene      // while frozen: the scene that goes on; nil otherwise
	until   time.Time   // what the right edge shows; zero: now
	turns   int         // dispatches seen when the present was left
	block   blockKey    // the selected block
	pointer image.Point // cell of the pane that the mouse is over

	// Of the last view: what keys and clicks refer to.
	cells   int  // of a lane
	label   int  // cells before it
	rows    int  // of lanes or groups
	perRow  int  // workers in a row; more than 1 only in the heatmap
	wasHeat bool // the rows were groups

	picked          *block   // the selected block, nil when there is none or it is forgotten
	hovered         *block   // the block under the mouse, nil when there is none
	pointed         blockKey // its key
	story           story    // of its task
	inHand          block    // scratch
	busiest, idlest extreme  // of the heatmap
	unused          int      // workers that had no task in the last ten seconds
	sketch          sketch
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

// fitZoom picks the zoom by the usual length of a task, until the user picks one or looks at something.
func (d *dispatchPane) fitZoom() {
	if d.zoomed || !d.present() || d.block.worker != 0 {
		return
	}
	usual := d.usualRun()
	if usual == 0 {
		return
	}
	d.zoom = 0
	for d.zoom < len(zooms)-1 && zooms[d.zoom+1]*cellsPerTask <= usual {
		d.zoom++
	}
}

func (d *dispatchPane) view(w, h int, focused bool) []string {
	b := newBox(d.p, d.t, w, h, focused)
	d.picked = d.findBlock()
	d.rows = max(0, b.rows()-1) // the last one is the ring's
	others := d.lensRoom(d.rows)
	d.rows -= others
	heat := d.heating(d.rows)
	d.perRow = 1
	if (heat || d.picked != nil) && d.rows > 1 {
		d.rows-- // for the line about it
	}
	d.arrange(heat, b.inner())
	d.point(d.pointer)
	b.title("Dispatch")
	d.remarks(b)
	b.topEnd(span(zooms[d.zoom]) + " a cell")
	switch {
	case len(d.shown) == 0:
		if b.room() > 0 && others == 0 {
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
	d.strangers(b, others)
	if b.room() > 1 {
		b.row()
		if d.picked != nil {
			d.about(d.picked, d.block.worker, d.tries(d.picked))
		} else {
			d.extremes()
		}
		b.rowEnd()
	}
	if b.room() > 0 {
		b.row()
		if d.hovered != nil && d.pointed != d.block { // or the row above tells of it
			d.about(d.hovered, d.pointed.worker, "")
		} else if !d.lensRing(max(ringLabel, d.label)) {
			d.ring(max(ringLabel, d.label))
		}
		b.rowEnd()
	}
	d.axis(b)
	return b.lines
}

// arrange settles which workers the rows show.
func (d *dispatchPane) arrange(heat bool, inner int) {
	d.label = max(d.labelCells(), d.lensLabel(inner))
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
			word = d.ago(d.until) + " back"
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
		return d.noPool()
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

// farLabelCells is the room for the name of a worker elsewhere before its lane.
const farLabelCells = 16

func (d *dispatchPane) labelCells() int {
	w := 4
	for i := range d.shown {
		w = max(w, width(d.shown[i].Name)+1)
	}
	if len(d.ours()) < len(d.shown) {
		return min(w, farLabelCells)
	}
	return min(w, 12)
}
