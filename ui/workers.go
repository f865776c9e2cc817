package ui

import (
	"strings"
	"time"

	"carousel/worker"
	"carousel/worker/fleet"
)

// workersPane is a table of the workers, keyed by id.
type workersPane struct {
	drawing
	table table[int, worker.WorkerStatus]
	total uint64 // tries finished by the shown workers
}

// newWorkersPane makes the table, in the order of the screen. The task in hand takes the width that is left.
func newWorkersPane(d drawing, selected *int) *workersPane {
	t := &workersPane{drawing: d}
	t.table = table[int, worker.WorkerStatus]{
		key: func(w *worker.WorkerStatus) int { return w.ID }, selected: selected,
		columns: []column[worker.WorkerStatus]{
			{head: "worker", w: nameCells, left: true, draw: t.name},
			{head: "state", w: 11, rank: 1, left: true, draw: t.state},
			{head: "task in hand", w: 18, rank: 2, left: true, grows: true, draw: t.task},
			{head: "for", w: 8, rank: 3, draw: t.elapsed},
			{head: "done", w: 10, rank: 1, draw: t.done},
			{head: "failed", w: 8, rank: 4, draw: t.failed},
			{head: "p50", w: 9, rank: 7, draw: t.p50},
			{head: "p99", w: 9, rank: 6, draw: t.p99},
			{head: "wait p50", w: 10, rank: 9, draw: t.wait},
			{head: "busy", w: 16, rank: 5, draw: t.busy},
			{head: "share", w: 8, rank: 8, draw: t.share},
		},
	}
	return t
}

func (t *workersPane) view(w, h int, focused bool) []string {
	b := newBox(t.p, t.t, w, h, focused)
	t.title(b)
	t.total = 0
	for i := range t.shown {
		t.total += t.shown[i].Done + t.shown[i].Failed
	}
	if len(t.shown) == 0 {
		b.say(t.t.dim, t.empty())
		return b.rest("")
	}
	t.table.width("worker", t.nameWidth(farNameCells))
	t.table.take(t.shown)
	caption := t.autoscaleHint()
	if hidden := t.table.view(b, focused); hidden > 0 {
		caption = strings.TrimSuffix(count(int64(hidden))+" more · "+caption, " · ")
	}
	return b.rest(caption)
}

// fairCells is the room that the indices of fairness take.
const fairCells = 64

func (t *workersPane) title(b *box) {
	b.title("Workers")
	far := ""
	if n := t.farAlive(); n > 0 {
		far = count(int64(n)) + " elsewhere"
	}
	if !t.hasPool {
		if far != "" {
			b.put("", far+" ")
		}
		b.topEnd("")
		return
	}
	b.put("", count(int64(t.pool.Size)))
	if far != "" {
		b.put("", " here + "+far)
	}
	if t.pool.Target != t.pool.Size && t.pool.State != worker.PoolDraining {
		b.put(t.t.warn, " → "+count(int64(t.pool.Target)))
	}
	b.put(t.t.dim, " · prefetch "+count(int64(t.pool.Prefetch))+" ")
	if auto := autoscaled(t.pool.Auto, t.now); auto != "" {
		b.put(t.t.dim, "· ")
		b.put(t.t.accent, auto+" ")
	}
	if share, known := t.idle.Share(); known && b.left > 28 {
		k := t.t.dim
		if share > 0.1 {
			k = t.t.warn
		}
		b.put(k, string(append(appendShare(append(b.tmp[:0], "· idle with backlog "...), share), ' ')))
	}
	if t.fair.Tasks > 0 && b.left >= fairCells {
		f := append(b.tmp[:0], "· fairness "...)
		f = append(appendIndex(f, t.fair.Busy), " by busy time "...)
		b.put(t.t.dim, string(f))
		f = append(appendIndex(append(b.tmp[:0], "· "...), t.fair.Count), " by count (by chance "...)
		f = append(appendIndex(f, t.fair.Noise), ") "...)
		b.put(t.t.dim, string(f))
	}
	b.topEnd("")
}

func (t *workersPane) empty() string {
	if !t.hasPool {
		return t.noPool()
	}
	return "no workers yet; + starts one"
}

// noPool says that there are no workers, and which key lets them start.
func (s *scene) noPool() string {
	if s.workable {
		return "no pool here, carousel only watches; W works this queue"
	}
	return "no pool here, carousel only watches"
}

func (t *workersPane) name(w *worker.WorkerStatus, cells int) {
	k := t.t.shade(w.ID)
	if w.State == worker.StateGone {
		k = t.t.faint
	}
	if w.Host == "" {
		t.p.foreignIn(k, cells, w.Name)
		return
	}
	t.p.foreignIn(k, cells, farName(w.Name, cells-1))
}

func (t *workersPane) state(w *worker.WorkerStatus, cells int) {
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
	if h := t.hostNamed(w.Host); h != nil && h.State != fleet.HostLive {
		k, s = t.t.warn, h.State.String()
	}
	t.p.put(k, s)
	t.p.space(cells - len(s))
}

func (t *workersPane) task(w *worker.WorkerStatus, cells int) {
	p, end := t.p, t.p.left-cells
	switch {
	case w.Err != "":
		p.foreignIn(t.t.warn, cells-1, w.Err)
	case !w.HasTask:
	default:
		if w.Task.Redelivered {
			p.put(t.t.warn, "↻ ")
		}
		p.id("", w.Task.ID)
		p.put("", " ")
		p.foreignIn(t.t.dim, p.left-end-1, w.Task.Preview)
	}
	p.space(p.left - end)
}

func (t *workersPane) elapsed(w *worker.WorkerStatus, cells int) {
	if !w.HasTask {
		t.p.space(cells)
		return
	}
	d := t.now.Sub(w.Started)
	if text := appendElapsed(t.p.tmp[:0], d); len(text) < cells {
		t.p.right("", cells, text)
	} else {
		t.p.right("", cells, appendAge(t.p.tmp[:0], d))
	}
}

func (t *workersPane) done(w *worker.WorkerStatus, cells int) {
	t.p.right("", cells, appendCountIn(t.p.tmp[:0], int64(w.Done), cells-1))
}

func (t *workersPane) failed(w *worker.WorkerStatus, cells int) {
	k := t.t.dim
	if w.Failed > 0 {
		k = t.t.warn
	}
	t.p.right(k, cells, appendCountIn(t.p.tmp[:0], int64(w.Failed), cells-1))
}

func (t *workersPane) p50(w *worker.WorkerStatus, cells int)  { t.figure(cells, w.RunP50) }
func (t *workersPane) p99(w *worker.WorkerStatus, cells int)  { t.figure(cells, w.RunP99) }
func (t *workersPane) wait(w *worker.WorkerStatus, cells int) { t.figure(cells, w.WaitP50) }

// figure draws a percentile; a negative one was not measured yet.
func (t *workersPane) figure(cells int, d time.Duration) {
	if d < 0 {
		t.p.right(t.t.dim, cells, append(t.p.tmp[:0], unknown...))
		return
	}
	t.p.right("", cells, appendSpan(t.p.tmp[:0], d))
}

// busy draws the worker's share of busy time over the last ten seconds, in half cells.
func (t *workersPane) busy(w *worker.WorkerStatus, cells int) {
	const bar = 8
	if w.State == worker.StateGone {
		t.p.space(cells)
		return
	}
	var share float64
	if l := t.past.lanes[w.ID]; l != nil {
		share = l.busy(t.now, startOf(w))
	}
	t.p.space(2)
	if share < 0 { // nobody saw what it did
		t.p.space(bar)
		t.p.right(t.t.dim, cells-2-bar, append(t.p.tmp[:0], unknown...))
		return
	}
	halves := int(share*bar*2 + 0.5)
	for i := range bar {
		switch {
		case halves >= 2*i+2:
			t.p.cell(t.t.shade(w.ID), '━')
		case halves == 2*i+1:
			t.p.cell(t.t.shade(w.ID), '╸')
		default:
			t.p.cell(t.t.faint, '─')
		}
	}
	t.p.right("", cells-2-bar, appendShare(t.p.tmp[:0], float64(int(share*100+0.5))/100))
}

// startOf is when the task in hand began; zero without one.
func startOf(w *worker.WorkerStatus) time.Time {
	if w.HasTask {
		return w.Started
	}
	return time.Time{}
}

// share is the part of all finished tries that this worker did.
func (t *workersPane) share(w *worker.WorkerStatus, cells int) {
	if t.total == 0 {
		t.p.right(t.t.dim, cells, append(t.p.tmp[:0], unknown...))
		return
	}
	t.p.right("", cells, appendShare(t.p.tmp[:0], float64(w.Done+w.Failed)/float64(t.total)))
}
