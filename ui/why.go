package ui

import (
	tea "github.com/charmbracelet/bubbletea"
)

// why explains the verdict: three sentences with its figures, and below them every rule with what it says now. What it shows
// is live.
type why struct{ scroll }

func (y *why) typing() bool { return false }

func (y *why) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch name := k.String(); name {
	case "esc", "q", "v", "enter":
		a.dialog = nil
	case " ":
		y.move("pgdown")
	default:
		y.move(name)
	}
	return nil
}

const (
	whyWidth     = 104
	readingCells = 10
	ruleCells    = 21
)

func (y *why) view(a *App, w, h int) []string {
	w = min(whyWidth, w)
	lines := y.lines(a, w-frameCells)
	b := newBox(&a.pen, a.t, w, min(len(lines)+frameRows, h), true)
	y.fit(b.rows(), len(lines))
	b.title("Why")
	b.topEnd("esc closes")
	for _, line := range lines[y.offset:y.end()] {
		b.row()
		line(b)
		b.rowEnd()
	}
	if y.more() {
		return b.rest("j k more below")
	}
	return b.rest("")
}

// lines are the rows of the dialog for a width of w cells, each as what draws it.
func (y *why) lines(a *App, w int) (lines []func(*box)) {
	s := a.scene
	v, at := s.judged()
	for _, text := range wrap(plain(v.text), w-1) {
		lines = append(lines, func(b *box) { b.foreign(a.t.of(v.level), text) })
	}
	empty := func(*box) {}
	lines = append(lines, empty)
	told := readingOf(s, at).parts()
	parts := told[:]
	if text := s.autoscaleWhy(); text != "" {
		parts = append(parts, [2]string{"workers", text})
	}
	for _, part := range parts {
		for i, text := range wrap(plain(part[1]), w-readingCells) {
			label := part[0]
			if i > 0 {
				label = ""
			}
			lines = append(lines, func(b *box) {
				b.foreignIn(a.t.dim, readingCells, label)
				b.foreign("", text)
			})
		}
	}
	lines = append(lines, empty, func(b *box) {
		b.put(a.t.strong, "Rules")
		b.put(a.t.dim, ", the gravest first; the first that is true is the verdict: "+rules[at].name+holdingToo(s, at))
	})
	for i := range rules {
		lines = append(lines, ruleRow(a, i, i == at))
	}
	return lines
}

// holdingToo names the rules that hold beside that of the verdict.
func holdingToo(s *scene, at int) (names string) {
	for i := range rules {
		if _, holds := rules[i].ask(s); holds && i != at {
			names += ", " + rules[i].name
		}
	}
	if names == "" {
		return ""
	}
	return ";" + names[1:] + " too"
}

// readingOf explains the verdict of a rule. The last one stands for what is said when no rule holds at all.
func readingOf(s *scene, at int) reading {
	if _, holds := rules[at].ask(s); !holds {
		return reading{"No rule below holds.", "So nothing is known to hinder the queue.", "Nothing has to be done."}
	}
	return rules[at].why(s)
}

func (r reading) parts() [3][2]string {
	return [...][2]string{{"seen", r.seen}, {"because", r.how}, {"to do", r.todo}}
}

// ruleRow draws a rule with what it says now.
func ruleRow(a *App, i int, verdict bool) func(*box) {
	r, missing := &rules[i], ""
	_, holds := r.ask(a.scene)
	if r.needs != nil && !holds {
		missing = r.needs(a.scene)
	}
	k, mark, said := a.t.dim, "  ", "no"
	switch {
	case verdict && holds:
		k, mark, said = a.t.accent, "▸ ", "yes"
	case holds:
		k, mark, said = "", "● ", "yes, too"
	case missing != "":
		mark, said = "– ", "not known: "+missing
	}
	return func(b *box) {
		b.put(k, mark)
		b.foreignIn(k, ruleCells, r.name)
		room := b.left - width(said) - 2
		asks, n := clip(r.asks, room)
		b.put(a.t.dim, asks)
		b.space(room - n + 2)
		b.put(k, said)
	}
}

func (a *App) openWhy(string) tea.Cmd {
	a.dialog = new(why)
	return nil
}
