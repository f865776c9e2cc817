package ui

import (
	"carousel/ui/filter"

	tea "github.com/charmbracelet/bubbletea"
)

// taskFilter is the line in which the filter of the tasks is typed. It acts while it is typed, and stands in the list
// itself.
type taskFilter struct {
	s     *tasksPlace
	field *field
}

func (s *tasksPlace) askFilter(a *App, _ string) tea.Cmd {
	l := &taskFilter{s, newField("/", "", "")}
	l.field.one.SetValue(s.line)
	l.field.focus(true)
	a.dialog = l
	return nil
}

func (l *taskFilter) typing() bool { return true }

func (l *taskFilter) key(a *App, k tea.KeyMsg) tea.Cmd {
	s := l.s
	switch name := k.String(); name {
	case "esc":
		a.dialog = nil
		s.apply(a, "")
	case "enter":
		if s.wrong == nil {
			a.dialog = nil
		}
	case "up", "down", "pgup", "pgdown":
		return s.move(a, name)
	default:
		l.field.key(k)
		s.apply(a, l.field.value())
	}
	return nil
}

// apply filters by a line, and says what of it cannot be read.
func (s *tasksPlace) apply(a *App, line string) {
	s.line = line
	s.filter, s.wrong = filter.Parse(line)
	s.judge++
	s.refresh(a)
}

// filterHint is what can be typed, where nothing is wrong with it.
const filterHint = `state: worker: type: id: body: error: ran> waited> try> size> redelivered "text" · - turns round · enter keeps, esc clears`

// filterRows draws the filter, where there is one, and below it, while it is typed, what is wrong with it or what it can be.
func (s *tasksPlace) filterRows(a *App, b *box) {
	l, typing := a.dialog.(*taskFilter)
	if !typing && s.line == "" {
		return
	}
	b.row()
	b.put(s.t.accent, "/ ")
	k, text := s.t.dim, ""
	if typing {
		text = filterHint
		l.field.draw(b.pen, s.t, 0, b.left, true)
	} else {
		const way = "  esc clears"
		b.foreignIn(s.t.strong, b.left-len(way), s.line)
		b.put(s.t.dim, way)
	}
	b.rowEnd()
	if s.wrong != nil {
		k, text = s.t.warn, "× "+s.wrong.Term+": "+s.wrong.Msg
	}
	if text == "" {
		return
	}
	lines := wrap(plain(text), b.inner())
	for _, line := range lines[:min(len(lines), 2)] {
		b.say(k, line)
	}
}

// view is empty where the list shows the line; on a screen that has no room for lists, the line stands alone.
func (l *taskFilter) view(a *App, w, h int) []string {
	if a.layout.screen == screenBoard {
		return nil
	}
	b := newBox(&a.pen, a.t, w, min(3, h), true)
	b.title("Filter")
	b.topEnd("")
	b.row()
	l.field.draw(b.pen, a.t, 0, b.left, true)
	b.rowEnd()
	return b.rest("")
}
