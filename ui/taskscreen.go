package ui

import (
	"image"
	"slices"
	"time"

	"carousel/broker"
	"carousel/ui/filter"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// tasksPlace is the screen of tasks: a list of all that are remembered, or one of them opened.
type tasksPlace struct {
	drawing
	table    table[uint64, taskRow]
	rows     []taskRow
	selected uint64 // key of the selected task
	follow   bool   // the first row is selected, whichever it is

	line   string // the filter as it was typed
	filter filter.Filter
	wrong  *filter.Mistake // in line; the filter has the other terms
	judge  uint32          // counts the filters, from 1
	probe  filter.Task     // scratch

	open    *taskView // nil: the list
	subject subject   // what the keys act on
	keep    Keepsake  // nil: no bodies are kept
	sending bool      // a task is being published

	drawn    uint64    // changes of the store that the rows show
	sortedAt time.Time // when they were sorted last
	top      int       // line of the first row in the last view
	page     int       // rows of the last view
}

// taskRow is a row of the list.
type taskRow struct{ *taskEntry }

// subject is the task that keys act on: the one that is open, or else selected.
type subject struct {
	*taskEntry               // nil: none
	seen       int           // its tries when it was looked up, and their ends
	task       broker.Task   // whole
	kept       bool          // task is known
	said       []worker.Said // at its tries
}

func newTasksPlace(d drawing) *tasksPlace {
	s := &tasksPlace{drawing: d, follow: true, judge: 1}
	s.table = table[uint64, taskRow]{
		key: func(r *taskRow) uint64 { return r.key }, selected: &s.selected, columns: s.columns(),
	}
	return s
}

func (s *tasksPlace) name() string              { return "tasks" }
func (s *tasksPlace) remark(*App) (ink, string) { return "", "" }

func (s *tasksPlace) bindings() []binding {
	if s.open != nil {
		return s.viewBindings()
	}
	return slices.Concat([]binding{
		{[]string{"enter"}, "↵", "inspect", "show all of the selected task, with its body", s.barTask, s.inspect},
		{[]string{"/"}, "/", "filter", "show only some: state:failed ran>1s -worker:w01 \"two words\"", nil, s.askFilter},
		{[]string{"o"}, "o", "sort", "sort by the next column, and after the last one by time", nil, s.sort},
		{[]string{"O"}, "O", "", "turn the order round", nil, s.sort},
	}, s.taskBindings(), []binding{
		{[]string{"X"}, "X", "export", "write the tasks shown to a file, as CSV or JSON lines", s.barExport, s.askExport},
		{moves, "j k g G", "", "select: down, up, newest, last; arrows and page keys too", nil, s.move},
		{[]string{"esc"}, "esc", "", "back: clear the filter, then follow the newest task", nil, s.back},
	})
}

// taskBindings act on one task, in the list and where it is open.
func (s *tasksPlace) taskBindings() []binding {
	return []binding{
		{[]string{"R"}, "R", "resend", "publish a copy of the task as a new one; asks", s.barResend, s.askResend},
		{[]string{"E"}, "E", "edit", "edit the body in $VISUAL or $EDITOR and resend it; asks", s.barEdit, s.edit},
		{[]string{"s"}, "s", "save", "save the body to a file", s.barSave, s.askSave},
		{[]string{"y"}, "y", "copy", "copy the task's id to the clipboard", s.barCopyID, s.copyID},
		{[]string{"Y"}, "Y", "", "copy the body to the clipboard", s.barCopyBody, s.copyBody},
	}
}

// switched forgets what belongs to the queue that was left.
func (s *tasksPlace) switched(a *App) {
	s.open, s.subject, s.keep, s.follow = nil, subject{}, a.o.Kept, true
	a.newKeymaps()
}

func (s *tasksPlace) arrive(a *App) tea.Cmd {
	s.refresh(a)
	return nil
}

// sortPause is how long a sorted list stays as it is: rows that change places with every frame cannot be read.
const sortPause = 500 * time.Millisecond

// sampled brings the list up to date, while it is on the screen.
func (s *tasksPlace) sampled(a *App) tea.Cmd {
	switch {
	case a.here() != place(s):
	case s.table.by > 0 && s.now.Sub(s.sortedAt) < sortPause:
		s.observe(a)
	case s.worked.changes != s.drawn || s.worked.running.n > 0 && (!s.filter.Empty() || s.table.by > 0):
		s.refresh(a)
	default:
		s.observe(a)
	}
	return nil
}

// refresh makes the rows anew.
func (s *tasksPlace) refresh(a *App) {
	s.rows = s.rows[:0]
	for _, l := range []*taskList{&s.worked.running, &s.worked.ended} {
		for e := l.newest; e != nil; e = e.older {
			if s.picks(e) {
				s.rows = append(s.rows, taskRow{e})
			}
		}
	}
	clear(s.rows[len(s.rows):cap(s.rows)]) // nobody is remembered by a row that is not there
	if s.table.by == 0 && s.table.reverse {
		slices.Reverse(s.rows)
	}
	s.table.take(s.rows)
	if s.follow {
		s.table.move(-farAway)
	}
	s.drawn, s.sortedAt = s.worked.changes, s.now
	s.observe(a)
}

// picks reports whether the filter picks a task. What has ended is looked at once a filter.
func (s *tasksPlace) picks(e *taskEntry) bool {
	if s.filter.Empty() {
		return true
	}
	if e.judged == s.judge && !e.running {
		return e.matched
	}
	t := e.last()
	p := &s.probe
	p.ID, p.Type, p.Body, p.State = e.ref.ID, e.ref.Type, e.ref.Preview, stateWords[t.state]
	p.Ran, p.Waited, p.Try, p.Size, p.Redelivered = e.ran(s.now), t.wait, t.number, int64(e.ref.Size), t.redelivered
	p.Tries = p.Tries[:0]
	for i := range e.tries {
		p.Tries = append(p.Tries, filter.Try{Worker: s.workerOf(&e.tries[i]), Error: e.tries[i].err})
	}
	e.judged, e.matched = s.judge, s.filter.Match(p)
	return e.matched
}

// observe takes note of what the keys act on, and looks its body up where that is new.
func (s *tasksPlace) observe(a *App) {
	if s.keep == nil && a.o.Kept != nil {
		s.keep = a.o.Kept
	}
	var e *taskEntry
	if row := s.table.current(); s.open != nil {
		e = s.open.entry
	} else if row != nil {
		e = row.taskEntry
	}
	if e == nil {
		s.subject = subject{}
		return
	}
	seen := 2 * (len(e.tries) + e.gone)
	if e.running {
		seen--
	}
	if s.subject.taskEntry == e && s.subject.kept && s.subject.seen == seen {
		return
	}
	before := s.subject
	s.subject = subject{taskEntry: e, seen: seen}
	if s.keep != nil && e.ref.ID != "" {
		s.subject.task, s.subject.kept = s.keep.Task(e.ref.ID)
		s.subject.said = s.keep.Said(e.ref.ID)
	}
	if !s.subject.kept && before.taskEntry == e { // what was looked up once is there to be used
		s.subject.task, s.subject.kept, s.subject.said = before.task, before.kept, before.said
	}
}

func (s *tasksPlace) move(a *App, key string) tea.Cmd {
	s.moveBy(a, moved(key, s.page))
	return nil
}

// moveBy moves the selection. The first row, once reached, is followed.
func (s *tasksPlace) moveBy(a *App, by int) {
	s.table.move(by)
	s.follow = s.table.at == 0
	s.observe(a)
}

func (s *tasksPlace) sort(a *App, key string) tea.Cmd {
	if key == "O" {
		s.table.sortReverse()
	} else {
		s.table.sortNext()
	}
	s.refresh(a)
	return nil
}

func (s *tasksPlace) back(a *App, _ string) tea.Cmd {
	if s.line != "" {
		s.apply(a, "")
		return nil
	}
	s.follow = true
	s.moveBy(a, -farAway)
	return nil
}

func (s *tasksPlace) mouse(a *App, m tea.MouseMsg, at image.Point) {
	switch by := wheel(m); {
	case s.open != nil:
		s.open.offset += by
	case by != 0:
		s.moveBy(a, by)
	case m.Button == tea.MouseButtonLeft && s.table.pick(at.Y-s.top):
		s.moveBy(a, 0)
	}
}

// barTask says why there is no task to act on.
func (s *tasksPlace) barTask(*App) string {
	if s.subject.taskEntry == nil {
		return "no task is selected"
	}
	return ""
}

// barWhole says why a task is not at hand as a whole.
func (s *tasksPlace) barWhole(a *App) string {
	switch {
	case s.subject.taskEntry == nil:
		return s.barTask(a)
	case s.subject.kept:
		return ""
	}
	return s.lost()
}

// barBody says why a task's body is not at hand. A short one is in the journal.
func (s *tasksPlace) barBody(a *App) string {
	if _, whole := s.body(); whole {
		return ""
	}
	return s.barWhole(a)
}

// body is as much of the subject's body as there is, and whether that is all of it.
func (s *tasksPlace) body() (body []byte, whole bool) {
	switch {
	case s.subject.taskEntry == nil:
		return nil, false
	case s.subject.kept:
		return s.subject.task.Body, true
	}
	preview := s.subject.ref.Preview
	return []byte(preview), len(preview) == s.subject.ref.Size
}

// lost says why a task is not there as a whole.
func (s *tasksPlace) lost() string {
	what := "the body"
	if _, whole := s.body(); whole {
		what = "the rest of the task, such as headers,"
	}
	switch {
	case s.keep == nil || s.keep.Budget() == 0:
		return what + " is not kept here"
	case s.subject.taskEntry != nil && s.subject.ref.ID == "":
		return "the task has no id, by which " + what + " could be found"
	case s.subject.taskEntry != nil && s.subject.last().start.Equal(s.subject.last().end):
		return "the task went back untried, so " + what + " was not kept"
	}
	return what + " is no longer kept: the newest " + string(appendBytes(nil, int64(s.keep.Budget()))) + " of tasks are"
}
