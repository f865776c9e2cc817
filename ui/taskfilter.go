package ui

import (
	"carousel/ui/filter"

	tea "github.com/charmbracelet/bubbletea"
)

func (s *tasksPlace) askFilter(a *App, _ string) tea.Cmd {
	a.askFilter(&filterLine{
		apply: func(a *App, line string) tea.Cmd { s.apply(a, line); return nil },
		move:  s.move,
		wrong: func() bool { return s.wrong != nil },
	}, s.line)
	return nil
}

// apply filters by a line, and takes note of what of it cannot be read.
func (s *tasksPlace) apply(a *App, line string) {
	s.line = line
	s.filter, s.wrong = filter.Parse(line)
	s.judge++
	s.refresh(a)
}

// filterHint is what can be typed, where nothing is wrong with it.
const filterHint = `state: worker: type: id: body: error: ran> waited> try> size> redelivered "text" · - turns round`

// filterRows draws the filter, and below it what is wrong with it or, while it is typed, what it can be.
func (s *tasksPlace) filterRows(a *App, b *box) {
	a.filterRow(b, s.line)
	k, text := s.t.dim, ""
	if a.filtering() {
		text = filterHint
	}
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
