package ui

import (
	"fmt"
	"image"
	"strings"
	"time"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// laneSpan is a stretch of one worker's time that was dragged over in the lanes. It is kept as time: it moves with the lane.
type laneSpan struct {
	worker      int
	anchor, end time.Time // beginnings of the cells where the drag began and where it is
	cell        time.Duration
	held        bool // the button is still down
}

// bounds are the stretch, whichever way it was dragged.
func (s *laneSpan) bounds() (from, to time.Time) {
	from, to = s.anchor, s.end
	if to.Before(from) {
		from, to = to, from
	}
	return from, to.Add(s.cell)
}

// lanes tells where the cells of the lanes are on the screen; false where there are none, as in the heatmap.
func (a *App) lanes() (at image.Rectangle, ok bool) {
	r, d := a.layout.panes[paneDispatch], &a.dispatch
	if a.place != placeBoard || a.layout.screen != screenBoard || r.Empty() || d.wasHeat {
		return at, false
	}
	x, y := r.Min.X+2+d.label, r.Min.Y+1
	return image.Rect(x, y, x+d.cells, y+min(d.rows, len(d.shown)-d.offset)), true
}

// firstCell is when the leftmost cell of the lanes begins.
func (a *App) firstCell(cells int) time.Time {
	cell := zooms[a.dispatch.zoom]
	newest := a.dispatch.edge().UnixNano() / int64(cell)
	return time.Unix(0, (newest-int64(cells)+1)*int64(cell))
}

// drags takes what belongs to a drag along a lane, and reports whether the event was that and no more.
func (a *App) drags(m tea.MouseMsg) bool {
	if m.Action == tea.MouseActionPress {
		a.span = nil
		a.beginSpan(m)
		return false // it is a click as well
	}
	if a.span == nil || !a.span.held {
		return false
	}
	if lanes, ok := a.lanes(); ok && m.Action == tea.MouseActionMotion && m.Button == tea.MouseButtonLeft {
		at := max(0, min(m.X-lanes.Min.X, lanes.Dx()-1))
		a.span.end = a.firstCell(lanes.Dx()).Add(time.Duration(at) * a.span.cell)
		return true
	}
	a.span.held = false
	if a.span.anchor.Equal(a.span.end) { // no more than a click
		a.span = nil
	}
	return true
}

// beginSpan begins a drag where a lane is pressed.
func (a *App) beginSpan(m tea.MouseMsg) {
	lanes, ok := a.lanes()
	if !ok || m.Button != tea.MouseButtonLeft || !image.Pt(m.X, m.Y).In(lanes) {
		return
	}
	cell := zooms[a.dispatch.zoom]
	at := a.firstCell(lanes.Dx()).Add(time.Duration(m.X-lanes.Min.X) * cell)
	a.span = &laneSpan{worker: a.dispatch.shown[a.dispatch.offset+m.Y-lanes.Min.Y].ID, anchor: at, end: at, cell: cell, held: true}
}

// showSpan marks the stretch in the lane: by the colour of a selection, and without colours by brackets at its ends.
func (a *App) showSpan(lines []string) {
	lanes, ok := a.lanes()
	if a.span == nil || !ok || a.span.anchor.Equal(a.span.end) {
		return
	}
	row := -1
	for i := range a.dispatch.shown {
		if a.dispatch.shown[i].ID == a.span.worker {
			row = lanes.Min.Y + i - a.dispatch.offset
		}
	}
	if row < lanes.Min.Y || row >= lanes.Max.Y {
		return
	}
	from, to := a.span.bounds()
	cell, first := zooms[a.dispatch.zoom], a.firstCell(lanes.Dx())
	left, right := max(0, int(from.Sub(first)/cell)), min(lanes.Dx(), int(to.Sub(first)/cell))
	if left >= right {
		return
	}
	under := ansi.Cut(ansi.Strip(lines[row]), lanes.Min.X+left, lanes.Min.X+right)
	if a.t.colourless() && right-left >= 2 {
		under = "[" + ansi.Cut(under, 1, right-left-1) + "]"
	}
	p := &a.pen
	p.begin(right - left)
	p.foreign(a.t.cursor, under)
	lines[row] = inset(lines[row], p.end(), lanes.Min.X+left, a.w)
}

// spanSum is what a worker did in a stretch of time, as far as the log of tasks goes back.
type spanSum struct {
	ended map[worker.EventKind]int // tasks that ended in it
	busy  time.Duration
	seen  time.Duration // how much of it was observed
	whole bool          // the log goes back to its beginning
}

// sumSpan adds up what the log holds of a worker from one moment to another. running is when its task in hand began, or zero.
func sumSpan(h *history, id int, from, to, now, running time.Time) spanSum {
	sum := spanSum{ended: map[worker.EventKind]int{}, whole: h.logged == len(h.log)}
	if to.After(now) {
		to = now
	}
	if l := h.lanes[id]; l != nil && l.since.After(from) {
		from = l.since
	}
	sum.seen = max(0, to.Sub(from))
	for i := range h.log {
		e := h.logEntry(i)
		sum.whole = sum.whole || !e.At.After(from)
		if e.Worker != id || !e.Kind.Ended() {
			continue
		}
		if !e.At.Before(from) && e.At.Before(to) {
			sum.ended[e.Kind]++
		}
		sum.busy += overlap(e.At.Add(-e.Run), e.At, from, to)
	}
	if !running.IsZero() {
		sum.busy += overlap(running, now, from, to)
	}
	return sum
}

// overlap is how long two stretches have in common.
func overlap(a, b, from, to time.Time) time.Duration {
	if a.Before(from) {
		a = from
	}
	if b.After(to) {
		b = to
	}
	return max(0, b.Sub(a))
}

// spanText says what was in the stretch, for the last line; "" where nothing is selected.
func (a *App) spanText() string {
	if a.span == nil || a.span.anchor.Equal(a.span.end) {
		return ""
	}
	from, to := a.span.bounds()
	var running time.Time
	if row := a.scene.row(a.span.worker); row != nil && row.HasTask {
		running = row.Started
	}
	sum := sumSpan(a.scene.past, a.span.worker, from, to, a.scene.now, running)
	text := fmt.Sprintf("%s, %s from %s ago on: ", a.tasks.nameOf(a.span.worker), span(to.Sub(from)), span(a.scene.now.Sub(from)))
	if sum.seen == 0 {
		return text + "not observed (esc ends)"
	}
	var parts []string
	for _, k := range []struct {
		kind worker.EventKind
		word string
	}{
		{worker.TaskDone, "done"}, {worker.TaskRetried, "failed, will run again"}, {worker.TaskFailed, "failed for good"},
		{worker.TaskUnsettled, "unsettled"}, {worker.TaskReturned, "handed back"},
	} {
		if n := sum.ended[k.kind]; n > 0 {
			parts = append(parts, count(int64(n))+" "+k.word)
		}
	}
	if len(parts) == 0 {
		parts = []string{"no task ended"}
	}
	if !sum.whole {
		parts[0] = "at least " + parts[0]
	}
	share := min(1, float64(sum.busy)/float64(sum.seen))
	return text + strings.Join(parts, ", ") + " · busy " + string(appendShare(nil, share)) + " (esc ends)"
}
