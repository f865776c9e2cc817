package ui

import (
	"time"

	"carousel/worker"
)

// tasksPane shows the last events, newest first. The selection is an event, not a place: it stays on it while new ones
// come in, and as long as nothing is selected the list follows the newest.
type tasksPane struct {
	drawing
	offset   int
	selected uint64 // Seq; 0: the newest
	names    int    // cells of a worker's name, a gap included
}

func (t *tasksPane) view(w, h int, focused bool) []string {
	b := newBox(t.p, t.t, w, h, focused)
	t.names = t.nameWidth(farLabelCells)
	b.title("Tasks")
	remark := ""
	if at := t.index(); at > 0 {
		remark = count(int64(at)) + " newer"
	}
	b.topEnd(remark)
	if len(t.past.log) == 0 {
		b.say(t.t.dim, t.empty())
		return b.rest("")
	}
	at, rows := t.index(), min(len(t.past.log), b.room())
	t.offset = follow(t.offset, rows, len(t.past.log), at)
	if t.selected == 0 {
		t.offset = 0
	}
	for i := t.offset; i < t.offset+rows; i++ {
		if focused && i == at {
			b.selectedRow()
		} else {
			b.row()
		}
		t.event(t.past.logEntry(i))
		b.rowEnd()
	}
	return b.rest("")
}

func (t *tasksPane) empty() string {
	switch {
	case !t.hasPool:
		return "no pool here: tasks that other programs work are not seen"
	case t.queue.Missing:
		return "there is no such queue, so no task to work"
	case t.pool.InHand > 0:
		return "the first tasks are running"
	case t.sandbox:
		return "no task has been worked yet; t sends some test tasks, e your own"
	case t.queue.Ready.Known() && t.queue.Ready.Value == 0:
		return "no task has been worked yet; e enqueues some"
	}
	return "no task has been worked yet"
}

// index is where the selected event stands, counted from the newest. One that has been forgotten is the oldest.
func (t *tasksPane) index() int {
	if t.selected == 0 || len(t.past.log) == 0 {
		return 0
	}
	low, high := 0, len(t.past.log)-1
	for low < high { // sequence numbers fall from the newest on
		middle := (low + high) / 2
		if t.past.logEntry(middle).Seq > t.selected {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// move selects the event that is n older than the selected one; the newest, once reached, is followed again.
func (t *tasksPane) move(n int) {
	if len(t.past.log) == 0 {
		return
	}
	at := max(0, min(t.index()+n, len(t.past.log)-1))
	t.selected = 0
	if at > 0 {
		t.selected = t.past.logEntry(at).Seq
	}
}

// current is the selected event, nil when there is none.
func (t *tasksPane) current() *worker.Event {
	if len(t.past.log) == 0 {
		return nil
	}
	return t.past.logEntry(t.index())
}

func (t *tasksPane) event(e *worker.Event) {
	p := t.p
	p.right(t.t.dim, 0, e.At.AppendFormat(p.tmp[:0], "15:04:05.000"))
	p.space(1)
	k, r := t.markOf(e.Kind)
	p.cell(k, r)
	p.space(1)
	if e.Worker > 0 {
		p.foreignIn(t.t.shade(e.Worker), t.names-1, farName(t.nameOf(e.Worker), t.names-1))
	} else {
		p.put(t.t.dim, "pool")
		p.space(t.names - 5)
	}
	if !e.Kind.Ended() {
		p.put("", happened(e.Kind))
		p.foreign(k, e.Err)
		return
	}
	if e.Task.Redelivered {
		p.put(t.t.warn, "↻")
	} else {
		p.space(1)
	}
	p.id("", e.Task.ID)
	t.timed("waited", e.Wait)
	t.timed("ran", e.Run)
	if e.Task.Attempt > 1 {
		p.put(t.t.warn, "  try "+count(int64(e.Task.Attempt)))
	} else {
		p.put(t.t.faint, "  try 1")
	}
	p.space(2)
	if e.Next > 0 {
		p.put(k, "again in "+span(e.Next)+"  ")
	}
	if e.Err != "" {
		p.foreign(k, e.Err)
		p.space(2)
	} else if word := ended(e.Kind); word != "" {
		p.put(k, word+"  ")
	}
	if e.Task.Type != "" {
		p.foreign("", e.Task.Type)
		p.space(1)
	}
	p.foreign(t.t.dim, e.Task.Preview)
}

func (t *tasksPane) timed(label string, d time.Duration) {
	t.p.space(2)
	t.p.put(t.t.faint, label)
	t.p.right("", 8, appendSpan(t.p.tmp[:0], d))
}

// markOf is the mark of an event and its colour, the same as in the lanes.
func (t *tasksPane) markOf(k worker.EventKind) (ink, rune) {
	switch k {
	case worker.TaskDone:
		return t.t.calm, '✓'
	case worker.TaskRetried:
		return t.t.warn, '▒'
	case worker.TaskFailed:
		return t.t.alarm, '×'
	case worker.TaskUnsettled:
		return t.t.alarm, '?'
	case worker.WorkerCrashed, worker.WorkerLost:
		return t.t.alarm, '╌'
	}
	return t.t.dim, '·'
}

// ended is the word for an end that no error explains; none for the usual one.
func ended(k worker.EventKind) string {
	switch k {
	case worker.TaskRetried:
		return "failed, tried again"
	case worker.TaskFailed:
		return "failed for good"
	case worker.TaskReturned:
		return "handed back"
	case worker.TaskUnsettled:
		return "unsettled, runs again"
	}
	return ""
}

func happened(k worker.EventKind) string {
	switch k {
	case worker.WorkerStarted:
		return "started "
	case worker.WorkerStopped:
		return "stopped "
	case worker.WorkerCrashed:
		return "crashed on purpose "
	case worker.WorkerLost:
		return "lost its channel: "
	case worker.WorkerPaused:
		return "paused "
	case worker.WorkerResumed:
		return "resumed "
	}
	return ""
}

func (t *tasksPane) nameOf(id int) string {
	if name := t.worked.names[id]; name != "" {
		return name
	}
	return "#" + count(int64(id))
}
