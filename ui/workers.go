package ui

import (
	"time"

	"carousel/worker"
)

// workersPane is a table of the workers, keyed by id: the selection stays on its worker whatever the rows do.
type workersPane struct {
	drawing
	offset   int
	selected *int
	columns  []column // those that fit, in order
	total    uint64   // tries finished by the shown workers
}

// column is one of the table's. Where the pane is narrow, the columns with the greatest rank are left out first.
type column struct {
	head string
	w    int
	rank int
	left bool
	draw func(*workersPane, *worker.WorkerStatus)
}

// workerColumns is the whole table, in the order of the screen. The task in hand takes the width that is left.
var workerColumns = []column{
	{"worker", nameCells, 0, true, (*workersPane).name},
	{"state", stateCells, 1, true, (*workersPane).state},
	{"task in hand", taskLeast, 2, true, (*workersPane).task},
	{"for", 8, 3, false, (*workersPane).elapsed},
	{"done", 10, 1, false, (*workersPane).done},
	{"failed", 8, 4, false, (*workersPane).failed},
	{"p50", 9, 7, false, (*workersPane).p50},
	{"p99", 9, 6, false, (*workersPane).p99},
	{"wait p50", 10, 9, false, (*workersPane).wait},
	{"busy", 16, 5, false, (*workersPane).busy},
	{"share", 8, 8, false, (*workersPane).share},
}

const (
	nameCells  = 7
	stateCells = 11
	taskLeast  = 18
	taskColumn = 2 // index
)

func (t *workersPane) view(w, h int, focused bool) []string {
	b := newBox(t.p, t.t, w, h, focused)
	t.title(b)
	t.fit(b.inner())
	t.total = 0
	for i := range t.shown {
		t.total += t.shown[i].Done + t.shown[i].Failed
	}
	if len(t.shown) == 0 {
		b.say(t.t.dim, t.empty())
		return b.rest("")
	}
	t.heads(b)
	at := 0
	for i := range t.shown {
		if t.shown[i].ID == *t.selected {
			at = i
		}
	}
	rows := min(len(t.shown), b.room())
	t.offset = follow(t.offset, rows, len(t.shown), at)
	for i := t.offset; i < t.offset+rows; i++ {
		row := &t.shown[i]
		if row.ID == *t.selected && focused {
			b.selectedRow()
		} else {
			b.row()
		}
		for c := range t.columns {
			t.columns[c].draw(t, row)
		}
		b.rowEnd()
	}
	caption := ""
	if hidden := len(t.shown) - rows; hidden > 0 {
		caption = count(int64(hidden)) + " more"
	}
	return b.rest(caption)
}

func (t *workersPane) title(b *box) {
	b.title("Workers")
	if !t.hasPool {
		b.topEnd("")
		return
	}
	b.put("", count(int64(t.pool.Size)))
	if t.pool.Target != t.pool.Size && t.pool.State != worker.PoolDraining {
		b.put(t.t.warn, " → "+count(int64(t.pool.Target)))
	}
	b.put(t.t.dim, " · prefetch "+count(int64(t.pool.Prefetch))+" ")
	if t.fair.Tasks > 0 && b.w >= wideWidth {
		f := append(b.tmp[:0], "· fair "...)
		f = append(appendIndex(f, t.fair.Busy), " by busy time "...)
		b.put(t.t.dim, string(f))
		f = append(appendIndex(append(b.tmp[:0], "· "...), t.fair.Count), " by count (chance "...)
		f = append(appendIndex(f, t.fair.Noise), ") "...)
		b.put(t.t.dim, string(f))
	}
	if share, known := t.idle.Share(); known && b.left > 34 {
		k := t.t.dim
		if share > 0.1 {
			k = t.t.warn
		}
		b.put(k, string(append(appendShare(append(b.tmp[:0], "· idle with backlog "...), share), ' ')))
	}
	b.topEnd("")
}

func (t *workersPane) empty() string {
	if !t.hasPool {
		return "no pool here: carousel only watches this queue"
	}
	return "no workers yet; + starts one"
}

// fit picks the columns for a row of w cells, and gives the task what is left.
func (t *workersPane) fit(w int) {
	t.columns = append(t.columns[:0], workerColumns...)
	for {
		used, worst := 0, 0
		for i := range t.columns {
			used += t.columns[i].w
			if t.columns[i].rank > t.columns[worst].rank {
				worst = i
			}
		}
		if used <= w {
			if len(t.columns) > taskColumn {
				t.columns[taskColumn].w += w - used
			}
			return
		}
		if t.columns[worst].rank == 0 {
			return
		}
		t.columns = append(t.columns[:worst], t.columns[worst+1:]...)
	}
}

func (t *workersPane) heads(b *box) {
	b.row()
	for i := range t.columns {
		c := &t.columns[i]
		if !c.left {
			b.space(c.w - len(c.head))
		}
		b.put(t.t.dim, c.head)
		if c.left {
			b.space(c.w - len(c.head))
		}
	}
	b.rowEnd()
}

func (t *workersPane) name(w *worker.WorkerStatus) {
	k := t.t.shade(w.ID)
	if w.State == worker.StateGone {
		k = t.t.faint
	}
	t.p.foreignIn(k, nameCells, w.Name)
}

func (t *workersPane) state(w *worker.WorkerStatus) {
	k := t.t.dim
	switch w.State {
	case worker.StateRunning:
		k = t.t.accent
	case worker.StatePaused, worker.StateConnecting:
		k = t.t.warn
	case worker.StateHeld:
		k = t.t.alarm
	}
	s := w.State.String()
	t.p.put(k, s)
	t.p.space(stateCells - len(s))
}

func (t *workersPane) task(w *worker.WorkerStatus) {
	p, cells := t.p, t.columns[taskColumn].w
	switch {
	case w.Err != "":
		p.foreignIn(t.t.warn, cells, w.Err)
	case !w.HasTask:
		p.space(cells)
	default:
		end := p.left - cells
		if w.Task.Redelivered {
			p.put(t.t.warn, "↻ ")
		}
		p.id("", w.Task.ID)
		p.put("", " ")
		p.foreignIn(t.t.dim, p.left-end, w.Task.Preview)
	}
}

func (t *workersPane) elapsed(w *worker.WorkerStatus) {
	if !w.HasTask {
		t.p.space(8)
		return
	}
	t.p.right("", 8, appendElapsed(t.p.tmp[:0], t.now.Sub(w.Started)))
}

func (t *workersPane) done(w *worker.WorkerStatus) {
	t.p.right("", 10, appendCountIn(t.p.tmp[:0], int64(w.Done), 9))
}

func (t *workersPane) failed(w *worker.WorkerStatus) {
	k := t.t.dim
	if w.Failed > 0 {
		k = t.t.warn
	}
	t.p.right(k, 8, appendCountIn(t.p.tmp[:0], int64(w.Failed), 7))
}

func (t *workersPane) p50(w *worker.WorkerStatus)  { t.figure(9, w.RunP50) }
func (t *workersPane) p99(w *worker.WorkerStatus)  { t.figure(9, w.RunP99) }
func (t *workersPane) wait(w *worker.WorkerStatus) { t.figure(10, w.WaitP50) }

// figure draws a percentile; a negative one was not measured yet.
func (t *workersPane) figure(cells int, d time.Duration) {
	if d < 0 {
		t.p.right(t.t.dim, cells, append(t.p.tmp[:0], unknown...))
		return
	}
	t.p.right("", cells, appendSpan(t.p.tmp[:0], d))
}

// busy draws the worker's share of busy time over the last ten seconds, in half cells.
func (t *workersPane) busy(w *worker.WorkerStatus) {
	const cells = 8
	if w.State == worker.StateGone {
		t.p.space(16)
		return
	}
	var share float64
	if l := t.past.lanes[w.ID]; l != nil {
		var running time.Time
		if w.HasTask {
			running = w.Started
		}
		share = l.busy(t.now, running)
	}
	t.p.space(2)
	halves := int(share*cells*2 + 0.5)
	for i := range cells {
		switch {
		case halves >= 2*i+2:
			t.p.cell(t.t.shade(w.ID), '━')
		case halves == 2*i+1:
			t.p.cell(t.t.shade(w.ID), '╸')
		default:
			t.p.cell(t.t.faint, '─')
		}
	}
	t.p.right("", 16-2-cells, appendShare(t.p.tmp[:0], float64(int(share*100+0.5))/100))
}

// share is the part of all finished tries that this worker did.
func (t *workersPane) share(w *worker.WorkerStatus) {
	if t.total == 0 {
		t.p.right(t.t.dim, 8, append(t.p.tmp[:0], unknown...))
		return
	}
	t.p.right("", 8, appendShare(t.p.tmp[:0], float64(w.Done+w.Failed)/float64(t.total)))
}
