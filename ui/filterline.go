package ui

import tea "github.com/charmbracelet/bubbletea"

// filterLine is the line in which the filter of a place is typed. It acts while it is typed, and the place draws it among its
// rows.
type filterLine struct {
	field *field
	apply func(a *App, text string) tea.Cmd // filters by the text
	move  func(a *App, key string) tea.Cmd  // moves the place's selection
	wrong func() bool                       // the text cannot be kept as it is; nil: any can
}

// askFilter opens the line on the filter of the moment; typing refines it.
func (a *App) askFilter(l *filterLine, text string) {
	l.field = newField("/", "", "")
	l.field.set(text)
	l.field.focus(true)
	a.dialog = l
}

func (l *filterLine) typing() bool { return true }

func (l *filterLine) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch name := k.String(); name {
	case "esc":
		a.dialog = nil
		return l.apply(a, "")
	case "enter":
		if l.wrong == nil || !l.wrong() {
			a.dialog = nil
			return l.apply(a, l.field.value())
		}
	case "up", "down", "pgup", "pgdown":
		return l.move(a, name)
	default:
		before := l.field.value()
		l.field.key(k)
		if text := l.field.value(); text != before {
			return l.apply(a, text)
		}
	}
	return nil
}

// view is empty where the place shows the line; on a screen that has no room for places, the line stands alone.
func (l *filterLine) view(a *App, w, h int) []string {
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

// filtering reports whether a filter is being typed.
func (a *App) filtering() bool {
	_, typing := a.dialog.(*filterLine)
	return typing
}

// filterRow draws the filter of the place on the screen, where there is one or one is typed. It has one row at the most.
func (a *App) filterRow(b *box, text string) {
	l, typing := a.dialog.(*filterLine)
	way := "  esc clears"
	switch {
	case typing:
		way = "  enter keeps · esc clears"
	case text == "":
		return
	}
	b.row()
	b.put(a.t.accent, "/ ")
	if room := b.left - width(way); typing {
		l.field.draw(b.pen, a.t, 0, room, true)
	} else {
		b.foreignIn(a.t.strong, room, text)
	}
	b.put(a.t.dim, way)
	b.rowEnd()
}
