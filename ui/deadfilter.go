package ui

import tea "github.com/charmbracelet/bubbletea"

// deadFilter is the line in which the filter is typed: every key narrows what is shown. It draws nothing itself, for the
// tables stay in sight.
type deadFilter struct {
	s      *deadPlace
	field  *field
	before string // the filter that Esc brings back
}

func (s *deadPlace) askFilter(a *App, _ string) tea.Cmd {
	f := &deadFilter{s: s, field: newField("/", "", s.filter), before: s.filter}
	f.field.given = false // a filter is refined more often than replaced
	f.field.one.CursorEnd()
	f.field.focus(true)
	a.dialog = f
	return nil
}

func (f *deadFilter) typing() bool { return true }

func (f *deadFilter) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "enter":
		a.dialog = nil
		return nil
	case "esc":
		a.dialog = nil
		f.s.filter = f.before
		f.s.sift()
		return nil
	case "up", "down":
		f.s.moveBy(map[string]int{"up": -1, "down": 1}[k.String()])
		return nil
	}
	f.field.key(k)
	if text := f.field.value(); text != f.s.filter {
		f.s.filter = text
		f.s.sift()
	}
	return nil
}

func (f *deadFilter) view(*App, int, int) []string { return nil }
