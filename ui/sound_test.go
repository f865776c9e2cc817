package ui

import "fmt"

// unsound says what does not hold of a console between two messages, whatever came before; "" when all does: focus and selections
// are on what is there, what can be clicked is on the frame, and one does not leave and go elsewhere at once.
func unsound(a *App) string {
	faults := []string{
		tableFault("tasks", &screenOf(a).table), tableFault("dead groups", &a.dead().groups), tableFault("dead letters", &a.dead().letters),
		tableFault("queues", &queuesOf(a).table), tableFault("fleet", &fleetOf(a).table), tableFault("batches", &a.batchList.table),
	}
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	fault(a.place >= placeCount || a.focus >= paneCount, "place %d, focus %d", a.place, a.focus)
	fault(a.layout.screen == screenBoard && a.layout.panes[a.focus].Empty(), "the focused pane is folded")
	fault(len(a.scene.shown) > 0 && a.scene.row(a.selected) == nil && a.dispatch.scene.row(a.selected) == nil,
		"worker %d is selected and not there", a.selected)
	fault(a.finder.at < 0 || a.finder.at > 0 && a.finder.at >= len(a.finder.found), "entry %d of %d is selected", a.finder.at, len(a.finder.found))
	fault(a.leaving != nil && a.switching != nil, "leaving and on the way to %v", a.switching)
	for _, h := range a.hits {
		fault(h.y < 0 || h.y >= a.h || h.from < 0 || h.from > h.to || h.to > a.w, "a click at %v on %dx%d", h, a.w, a.h)
	}
	if l, ok := a.dialog.(*templateList); ok {
		faults = append(faults, tableFault("templates", &l.table))
	}
	if a.w > 0 && a.h > 0 && !a.late {
		before := a.frame
		a.draw()
		fault(a.frame != before, "drawn twice the frame differs:\n%s\n%s", before, a.frame)
	}
	for _, text := range faults {
		if text != "" {
			return text
		}
	}
	return ""
}

// tableFault says what is wrong with a table's selection.
func tableFault[K comparable, R any](name string, t *table[K, R]) string {
	n := len(t.rows)
	switch {
	case t.at < 0 || n > 0 && t.at >= n:
		return fmt.Sprintf("%s: row %d of %d is selected", name, t.at, n)
	case n > 0 && t.key(&t.rows[t.at]) != *t.selected:
		return fmt.Sprintf("%s: %v is selected, and %v is in its place", name, *t.selected, t.key(&t.rows[t.at]))
	case t.by < 0 || t.by > len(t.columns):
		return fmt.Sprintf("%s: sorted by column %d of %d", name, t.by, len(t.columns))
	}
	return ""
}
