package ui

import (
	"fmt"
	"slices"

	"github.com/charmbracelet/x/ansi"

	"carousel/worker"
)

// saidShown is what was said at a task's tries, made ready for the screen, and kept until something of it changes.
type saidShown struct {
	of     saidKey
	lines  []saidLine
	widest int // cells of the longest line
}

// saidKey is what saidShown depends on.
type saidKey struct {
	tries int // that say something
	last  int64
	wrap  int // cells; 0: not wrapped
}

// saidLine is a line of it, plain.
type saidLine struct {
	k    ink
	text string
}

// saidLines is what was said at the tries, that of the newest try first, made ready for a width.
func (v *taskView) saidLines(s *tasksPlace, w int) []saidLine {
	said := s.subject.said
	if len(said) == 0 {
		return nil
	}
	key := saidKey{tries: len(said), last: said[len(said)-1].Started.UnixNano()}
	if v.wrap {
		key.wrap = w
	}
	if v.said.of == key {
		return v.said.lines
	}
	var lines []saidLine
	for _, o := range slices.Backward(said) {
		lines = append(lines, saidLine{}, saidLine{s.t.strong, v.saidTitle(&o)})
		lines = append(lines, linesOf(s.t, &o.Output, key.wrap)...)
	}
	v.said = saidShown{of: key, lines: lines}
	for i := range lines {
		v.said.widest = max(v.said.widest, ansi.StringWidth(lines[i].text))
	}
	return lines
}

// saidTitle says whose output it is, and how much.
func (v *taskView) saidTitle(o *worker.Said) string {
	text := "Output " + string(appendBytes(nil, o.Size()))
	at := slices.IndexFunc(v.entry.tries, func(t try) bool { return t.worker == o.Worker && t.start.Equal(o.Started) })
	if at >= 0 {
		text += ", of try " + count(int64(v.entry.tries[at].number))
	}
	return text
}

// linesOf are the lines of an output. What is missing from its midst is told there.
func linesOf(t *theme, o *worker.Output, w int) (lines []saidLine) {
	add := func(part []byte) {
		raw, whole := formatted(part, formText)
		for _, line := range laid(raw, w) {
			lines = append(lines, saidLine{"", line})
		}
		if !whole {
			lines = append(lines, saidLine{t.warn, "… the first " + string(appendBytes(nil, maxShown)) + " of it are shown"})
		}
	}
	add(o.Head)
	if o.Dropped > 0 {
		lines = append(lines, saidLine{t.warn, fmt.Sprintf("… %s are left out here (handler.exec.output) …", appendBytes(nil, o.Dropped))})
	}
	if len(o.Tail) > 0 {
		add(o.Tail)
	}
	return lines
}

// sheetSaid is how many lines of an output a sheet shows, from its end.
const sheetSaid = 8

// saidFacts is the end of what was said at each try of a task, that of the newest try first; nil where nothing was, or nothing is
// kept of it.
func (a *App) saidFacts(id string) (facts []fact) {
	if a.o.Kept == nil || id == "" {
		return nil
	}
	for _, o := range slices.Backward(a.o.Kept.Said(id)) {
		title := "Output " + string(appendBytes(nil, o.Size())) + ", of " + a.nameOf(o.Worker) + " from " + clock(o.Started) + " on"
		facts = append(facts, fact{"", "", " "}, fact{"output", a.t.strong, title})
		lines := linesOf(a.t, &o.Output, detailsWidth-frameCells-factCells)
		if more := len(lines) - sheetSaid; more > 0 {
			facts = append(facts, fact{"", a.t.dim, "… " + plural(more, "line") + " before; the task's own screen (2) has all"})
			lines = lines[more:]
		}
		for _, l := range lines {
			facts = append(facts, fact{"", l.k, l.text})
		}
	}
	return facts
}
