package ui

import (
	"cmp"
	"strings"
	"time"

	"carousel/broker"
	"carousel/ui/filter"
)

// stateWords are the words for how a task stands, which the filter knows as well.
var stateWords = filter.States

// columns are those of the list, in the order of the screen. What the task is, or why it failed, takes the width that is
// left.
func (s *tasksPlace) columns() []column[taskRow] {
	return []column[taskRow]{
		{head: "time", w: 9, rank: 5, left: true, draw: s.time, order: s.byTime},
		{head: "state", w: 12, rank: 1, left: true, draw: s.state, order: func(a, b *taskRow) int {
			return cmp.Compare(a.last().state, b.last().state)
		}},
		{head: "worker", w: nameCells, rank: 4, left: true, draw: s.worker, order: func(a, b *taskRow) int {
			return cmp.Compare(a.last().worker, b.last().worker)
		}},
		{head: "  task", w: idHead + 1 + idTail + 4, left: true, draw: s.id, order: func(a, b *taskRow) int {
			return strings.Compare(a.ref.ID, b.ref.ID)
		}},
		{head: "type", w: 14, rank: 7, left: true, draw: s.kind, order: func(a, b *taskRow) int {
			return strings.Compare(a.ref.Type, b.ref.Type)
		}},
		{head: "try", w: 4, rank: 3, draw: s.try, order: func(a, b *taskRow) int {
			return cmp.Compare(a.last().number, b.last().number)
		}},
		{head: "waited", w: 8, rank: 6, draw: s.waited, order: func(a, b *taskRow) int {
			return cmp.Compare(a.last().wait, b.last().wait)
		}},
		{head: "ran", w: 8, rank: 2, draw: s.ran, order: func(a, b *taskRow) int {
			return cmp.Compare(a.taskEntry.ran(s.now), b.taskEntry.ran(s.now))
		}},
		{head: "size", w: 9, rank: 8, draw: s.size, order: func(a, b *taskRow) int {
			return cmp.Compare(a.ref.Size, b.ref.Size)
		}},
		{head: "  body, or error", w: 20, left: true, grows: true, draw: s.what},
	}
}

// at is when a task changed last.
func (e *taskEntry) at() time.Time {
	if t := e.last(); !t.end.IsZero() {
		return t.end
	}
	return e.last().start
}

func (s *tasksPlace) byTime(a, b *taskRow) int { return a.at().Compare(b.at()) }

func (s *tasksPlace) time(r *taskRow, cells int) {
	end := s.p.left - cells
	s.p.right(s.t.dim, 0, r.at().AppendFormat(s.p.tmp[:0], "15:04:05"))
	s.p.space(s.p.left - end)
}

func (s *tasksPlace) state(r *taskRow, cells int) {
	end := s.p.left - cells
	k, mark := s.markOf(r.last().state)
	s.p.cell(k, mark)
	s.p.put(k, " "+stateWords[r.last().state])
	s.p.space(s.p.left - end)
}

// markOf is the mark of a state and its colour, the same as in the lanes.
func (s *tasksPlace) markOf(state taskState) (ink, rune) {
	switch state {
	case taskRunning:
		return s.t.accent, '▓'
	case taskDone:
		return s.t.calm, '✓'
	case taskRetrying:
		return s.t.warn, '▒'
	case taskFailed:
		return s.t.alarm, '×'
	case taskUnsettled:
		return s.t.alarm, '?'
	case taskUnseen:
		return s.t.dim, '╌'
	}
	return s.t.dim, '·'
}

func (s *tasksPlace) worker(r *taskRow, cells int) {
	t := r.last()
	s.p.foreignIn(s.t.shade(t.worker), cells, farName(s.workerOf(t), cells-1))
}

// workerOf is the name of the worker that had a try.
func (s *tasksPlace) workerOf(t *try) string {
	if t.name == "" {
		if t.name = s.worked.names[t.worker]; t.name == "" {
			return "#" + count(int64(t.worker))
		}
	}
	return t.name
}

func (s *tasksPlace) id(r *taskRow, cells int) {
	end := s.p.left - cells
	if r.last().redelivered {
		s.p.put(s.t.warn, "↻ ")
	} else {
		s.p.space(2)
	}
	s.p.id("", r.ref.ID)
	s.p.space(s.p.left - end)
}

func (s *tasksPlace) kind(r *taskRow, cells int) {
	s.p.foreignIn("", cells-1, r.ref.Type)
	s.p.space(1)
}

func (s *tasksPlace) try(r *taskRow, cells int) {
	k := s.t.dim
	if r.last().number > 1 {
		k = s.t.warn
	}
	s.p.right(k, cells, appendCountIn(s.p.tmp[:0], int64(r.last().number), cells-1))
}

func (s *tasksPlace) waited(r *taskRow, cells int) {
	s.p.right("", cells, appendSpan(s.p.tmp[:0], r.last().wait))
}

func (s *tasksPlace) ran(r *taskRow, cells int) {
	if r.running {
		s.p.right(s.t.accent, cells, appendElapsed(s.p.tmp[:0], r.taskEntry.ran(s.now)))
		return
	}
	s.p.right("", cells, appendSpan(s.p.tmp[:0], r.taskEntry.ran(s.now)))
}

func (s *tasksPlace) size(r *taskRow, cells int) {
	s.p.right(s.t.dim, cells, appendBytes(s.p.tmp[:0], int64(r.ref.Size)))
}

func (s *tasksPlace) what(r *taskRow, cells int) {
	end := s.p.left - cells
	s.p.space(2)
	t := r.last()
	k, _ := s.markOf(t.state)
	if left := t.end.Add(t.next).Sub(s.now); t.state == taskRetrying && left > 0 {
		s.p.put(k, "in "+span(left.Truncate(time.Second)+time.Second)+" ")
	}
	if t.err != "" {
		s.p.foreignIn(k, s.p.left-end, t.err)
		return
	}
	s.p.foreignIn(s.t.dim, s.p.left-end, r.ref.Preview)
}

func (s *tasksPlace) view(a *App, w, h int) []string {
	if s.open != nil {
		return s.open.view(a, s, w, h)
	}
	b := newBox(s.p, s.t, w, h, true)
	b.title("Tasks")
	s.summary(b)
	b.topEnd(s.order())
	s.filterRows(a, b)
	s.top = len(b.lines) + 1 // below the heads
	s.page = b.room() - 1
	if len(s.rows) == 0 {
		b.paragraph(s.t.dim, s.empty())
		return b.rest(s.bounds(w))
	}
	s.table.width("worker", s.nameWidth(farNameCells))
	s.table.view(b, true)
	return b.rest(s.bounds(w))
}

// summary says behind the title how many tasks there are.
func (s *tasksPlace) summary(b *box) {
	all := s.worked.size()
	switch {
	case all == 0:
		return
	case s.filter.Empty():
		b.put("", count(int64(all))+" ")
	default:
		b.put(s.t.accent, "showing "+count(int64(len(s.rows)))+" of "+count(int64(all))+" ")
	}
	if n := s.worked.running.n; n > 0 {
		b.put(s.t.dim, "· "+count(int64(n))+" running ")
	}
}

// order says in which order the rows are, where it is not the usual one, or what came in above them.
func (s *tasksPlace) order() string {
	switch by := s.table.by; {
	case by > 0:
		return "sorted by " + strings.TrimSpace(s.table.columns[by-1].head)
	case s.table.reverse:
		return "oldest first"
	case s.table.at > 0:
		return count(int64(s.table.at)) + " newer"
	}
	return "running, then newest"
}

// bounds says what is remembered, and what no longer is, as far as there is room for it.
func (s *tasksPlace) bounds(w int) string {
	text := "keeps the newest " + count(maxTasks) + " tasks, at most " + string(appendBytes(nil, maxTaskBytes))
	if n := s.worked.dropped; n > 0 {
		text += " · " + count(int64(n)) + " let go"
	}
	if n := s.worked.missed; n > 0 && width(text)+30 < w {
		text += " · " + count(int64(n)) + " events missed"
	}
	return text
}

// empty says why there is no row.
func (s *tasksPlace) empty() string {
	switch {
	case s.worked.size() > 0:
		return "none of the " + count(int64(s.worked.size())) + " tasks is meant by the filter; esc clears it"
	case !s.hasPool:
		return "no pool here: tasks that other programs work are not seen"
	case s.queue.Missing:
		return "there is no such queue, so no task to work"
	case s.down():
		return "the link to the broker is down; tasks come when it is back"
	case s.pool.InHand > 0:
		return "no data yet: the first tasks are running"
	case s.queue.Ready.Known() && s.queue.Ready.Value == 0 && s.sandbox:
		return "idle: the queue is empty; t sends some test tasks, e your own"
	case s.queue.Ready.Known() && s.queue.Ready.Value == 0:
		return "idle: the queue is empty; e enqueues tasks"
	}
	return "no data yet: no task has been worked since the console was opened"
}

// down reports whether the workers have no link.
func (s *tasksPlace) down() bool {
	for i := range s.links {
		if l := &s.links[i]; l.Role == broker.RoleWork {
			return l.Status != broker.LinkUp
		}
	}
	return false
}
