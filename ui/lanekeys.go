package ui

import (
	"slices"
	"time"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// laneBindings are the keys of the Dispatch pane while it is focused. They go before those of the board.
var laneBindings = []binding{
	{[]string{"h", "l", "left", "right"}, "h l", "task", "select a task in the selected worker's lane: an older one, or a newer one; ← → too",
		(*App).barBlocks, (*App).pickBlock},
	{[]string{"enter"}, "↵", "inspect", "show the selected task, or worker; in the heatmap, the lanes of the group", nil, (*App).enterLane},
	{[]string{" "}, "space", "freeze", "let the picture stand still while everything goes on, or thaw it (elsewhere: pause the pool)",
		nil, (*App).freezeLanes},
	{[]string{"{", "}", "shift+left", "shift+right"}, "{ }", "scroll", "back in time, or forth; shift with ← → too", nil, (*App).scrollLanes},
	{[]string{"[", "]"}, "[ ]", "zoom", "a cell stands for less time, or for more", nil, (*App).zoomLanes},
	{[]string{"m"}, "m", "heatmap", "lanes, or a heatmap of groups of workers", nil, (*App).toggleHeat},
	{[]string{"esc"}, "esc", "", "back: to the present, then to the heatmap, then unzoom", nil, (*App).leaveLane},
}

// inFront puts bindings before others. Of these, keys that are taken leave; a binding whose first key is taken has no others to
// tell of and leaves too.
func inFront(own, others []binding) []binding {
	var taken []string
	for i := range own {
		taken = append(taken, own[i].keys...)
	}
	all := slices.Clone(own)
	for _, b := range others {
		if slices.Contains(taken, b.keys[0]) {
			continue
		}
		b.keys = slices.DeleteFunc(slices.Clone(b.keys), func(k string) bool { return slices.Contains(taken, k) })
		all = append(all, b)
	}
	return all
}

// blockKey names a block: its lane's worker, and its start in nanoseconds since 1970.
type blockKey struct {
	worker int
	start  int64
}

func (a *App) barBlocks() string {
	d := &a.dispatch
	switch w := d.scene.row(a.selected); {
	case d.perRow > 1:
		return "the rows are groups; enter shows the lanes of one"
	case w == nil || d.count(w) == 0:
		return "no task of this worker is remembered"
	}
	return ""
}

func (a *App) pickBlock(key string) tea.Cmd {
	a.dispatch.step(key == "h" || key == "left")
	return nil
}

func (a *App) freezeLanes(string) tea.Cmd {
	a.dispatch.freeze()
	return nil
}

// scrollLanes moves by a quarter of a lane.
func (a *App) scrollLanes(key string) tea.Cmd {
	by := max(1, a.dispatch.cells/4)
	if key == "{" || key == "shift+left" {
		by = -by
	}
	a.dispatch.scroll(by)
	return nil
}

func (a *App) zoomLanes(key string) tea.Cmd {
	step := 1
	if key == "[" {
		step = -1
	}
	d := &a.dispatch
	d.zoomed = true
	d.zoom = max(0, min(d.zoom+step, len(zooms)-1))
	d.show(d.edge()) // finer strips may not reach as far back
	return nil
}

func (a *App) toggleHeat(string) tea.Cmd {
	d := &a.dispatch
	d.mode, d.drilled = modeLanes, false
	if !d.wasHeat {
		d.mode, d.block = modeHeat, blockKey{}
	}
	return nil
}

// enterLane opens what is selected: a task, a worker, or in the heatmap the lanes of a group.
func (a *App) enterLane(string) tea.Cmd {
	d := &a.dispatch
	switch b := d.findBlock(); {
	case d.wasHeat:
		d.mode, d.drilled, d.offset = modeLanes, true, d.selectedRow()
	case b != nil:
		a.dialog = a.taskSheet(d.eventOf(b))
	case a.scene.row(a.selected) != nil:
		a.dialog = workerSheet(a.selected)
	}
	return nil
}

// leaveLane undoes one thing: the view of the past with the selected task, the way into the heatmap, or what esc undoes on the board.
func (a *App) leaveLane(key string) tea.Cmd {
	d := &a.dispatch
	switch {
	case !d.present() || d.block != blockKey{}:
		d.follow()
	case d.drilled:
		d.mode, d.drilled = modeHeat, false
	default:
		return a.back(key)
	}
	return nil
}

// reset goes back to the present and to how the pane was at first.
func (d *dispatchPane) reset() {
	d.follow()
	d.mode, d.drilled, d.offset, d.zoom, d.zoomed = modeAuto, false, 0, defaultZoom, false
}

// follow goes back to the present.
func (d *dispatchPane) follow() {
	if d.live != nil {
		d.freeze()
	}
	d.until, d.block = time.Time{}, blockKey{}
}

// moveRow selects the worker, or the group, that many rows below.
func (d *dispatchPane) moveRow(by int) {
	if len(d.shown) == 0 {
		return
	}
	last, at := len(d.shown)-1, d.selectedRow()
	if d.perRow > 1 {
		at = max(0, min(at/d.perRow+by, last/d.perRow)) * d.perRow
	} else {
		at = max(0, min(at+by, last))
	}
	*d.selected = d.shown[at].ID
}

// pick selects the worker or group in a row, and in a lane the block under the cell; x is counted from the start of the row.
func (d *dispatchPane) pick(row, x int) {
	at := d.offset + row*d.perRow
	if row < 0 || row >= d.rows || at >= len(d.shown) {
		return
	}
	*d.selected = d.shown[at].ID
	if !d.wasHeat && x >= d.label && x < d.label+d.cells {
		d.block = d.under(row, x)
	}
}

// count is how many blocks a lane has, the task in hand included; nth is one of them, from the oldest on, valid until the next call.
func (d *dispatchPane) count(w *worker.WorkerStatus) int {
	l := d.past.lanes[w.ID]
	if l == nil {
		return 0
	}
	if d.running(l, w) != nil {
		return l.blocks.n + 1
	}
	return l.blocks.n
}

func (d *dispatchPane) nth(w *worker.WorkerStatus, i int) *block {
	l := d.past.lanes[w.ID]
	if i < l.blocks.n {
		return l.blocks.at(i)
	}
	return d.running(l, w)
}

// firstAfter is which of a lane's blocks is the first one that ends after t.
func (d *dispatchPane) firstAfter(w *worker.WorkerStatus, t int64) int {
	if l := d.past.lanes[w.ID]; l != nil {
		return l.blocks.from(t)
	}
	return 0
}

// findBlock is the selected block, nil when there is none in the selected worker's lane.
func (d *dispatchPane) findBlock() *block {
	if d.block.worker != *d.selected {
		return nil
	}
	return d.known(d.block)
}

// known is a block by its key, nil where it is none's or forgotten.
func (d *dispatchPane) known(key blockKey) *block {
	w, l := d.scene.row(key.worker), d.past.lanes[key.worker]
	if w == nil || l == nil {
		return nil
	}
	if b := l.blocks.known(key.start); b != nil {
		return b
	}
	if b := d.running(l, w); b != nil && b.start == key.start {
		copied := *b
		return &copied
	}
	return nil
}

// eventOf is the event that ended the selected block, or of the task in hand one that began it.
func (d *dispatchPane) eventOf(b *block) worker.Event {
	if e := d.past.logWith(b.seq); e != nil {
		return *e
	}
	e := worker.Event{
		Seq: b.seq, At: time.Unix(0, b.end).In(d.now.Location()), Kind: b.kind, Worker: d.block.worker, Wait: b.wait,
		Run: time.Duration(b.end - b.start), Task: worker.TaskRef{ID: b.id, Attempt: int(b.try), Redelivered: b.again},
	}
	if b.kind == worker.TaskStarted {
		w := d.scene.row(d.block.worker)
		e.At, e.Task = w.Started, w.Task
	}
	return e
}

// step selects the block before or after the selected one, and scrolls to where it is. Without one it begins at the right edge; after
// the newest one it goes back to the present.
func (d *dispatchPane) step(older bool) {
	w := d.scene.row(*d.selected)
	n := d.count(w)
	at := n
	if d.findBlock() != nil {
		for at > 0 && d.nth(w, at-1).start >= d.block.start {
			at--
		}
	} else {
		for at > 0 && d.nth(w, at-1).start > d.edge().UnixNano() {
			at--
		}
		if !older {
			at--
		}
	}
	if older {
		at = max(0, at-1)
	} else {
		at++
	}
	if at >= n {
		d.block = blockKey{}
		d.show(d.now)
		return
	}
	b := d.nth(w, at)
	d.block = blockKey{w.ID, b.start}
	d.reveal(b)
}

// reveal scrolls as far as it takes to see a block's start, or its end where it is longer than a lane.
func (d *dispatchPane) reveal(b *block) {
	length := int64(zooms[d.zoom])
	edge := d.edge().UnixNano()/length*length + length
	switch stretch := int64(d.cells) * length; {
	case b.start < edge-stretch:
		d.show(time.Unix(0, b.start+stretch*3/4))
	case b.start >= edge-length && !d.until.IsZero():
		d.show(time.Unix(0, b.start+stretch/4))
	}
}
