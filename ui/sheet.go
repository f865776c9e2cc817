package ui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// sheet shows facts about what is selected, over the screen that selected it, with those keys of the screen that act on it.
// What it shows is live.
type sheet struct {
	title string
	facts func(a *App) []fact // nil: what it shows is gone
	acts  []string            // keys of the place that act from here too; nil: none
	// still reports whether the selection of the place is yet on what the sheet shows.
	still func(a *App) bool
	// observe looks up anew what View may not, after events came; nil: nothing.
	observe func(a *App)
	scroll
}

func (s *sheet) typing() bool { return false }

func (s *sheet) key(a *App, k tea.KeyMsg) tea.Cmd {
	name := k.String()
	switch {
	case slices.Contains([]string{"esc", "enter", "q"}, name):
		a.dialog = nil
	case slices.Contains(moves, name):
		s.move(name)
	case !slices.Contains(s.acts, name):
	case !s.still(a):
		a.say(levelWarn, "it is not in the list any more")
	default:
		a.dialog = nil
		return a.key(k)
	}
	return nil
}

func (s *sheet) view(a *App, w, h int) []string {
	w = min(detailsWidth, w)
	rows := wrapFacts(s.facts(a), w-frameCells)
	if rows == nil {
		rows = []fact{{"", a.t.dim, "It is not in the list any more."}}
	}
	keys := 0
	if len(s.acts) > 0 {
		keys = 2
	}
	b := newBox(&a.pen, a.t, w, min(len(rows)+frameRows+keys, h), true)
	s.fit(max(0, b.rows()-keys), len(rows))
	b.title(s.title)
	b.topEnd("esc closes")
	for _, f := range rows[s.offset:s.end()] {
		factRow(b, f)
	}
	for b.room() > 1 {
		b.say("", "")
	}
	if keys > 0 && b.room() > 0 {
		s.keys(a, b)
	}
	caption := ""
	if s.more() {
		caption = "j k more below"
	}
	return b.rest(caption)
}

// keys draws the keys that act from here, as the key line of the place would.
func (s *sheet) keys(a *App, b *box) {
	b.row()
	bindings := a.bindings()
	for _, act := range s.acts {
		at := slices.IndexFunc(bindings, func(k binding) bool { return slices.Contains(k.keys, act) })
		if at >= 0 && b.left >= keyCells(&bindings[at], true) {
			a.keyHint(&bindings[at])
			b.space(min(b.left, a.keyGap()))
		}
	}
	b.rowEnd()
}

const (
	detailsWidth = 80
	factCells    = 13
)

// fact is one row of what is known of something.
type fact struct {
	label string
	k     ink
	text  string
}

// factRow draws a fact, with its label in a column of its own.
func factRow(b *box, f fact) {
	b.row()
	f.put(b)
	b.rowEnd()
}

func (f fact) put(b *box) {
	b.foreignIn(b.t.dim, factCells, f.label)
	rest := f.text
	for from, age := findAge(rest); age > 0; from, age = findAge(rest) {
		b.foreign(f.k, rest[:from])
		b.foreign(b.t.dim, rest[from:from+age])
		rest = rest[from+age:]
	}
	b.foreign(f.k, rest)
}

// findAge is where a text tells how old a figure is, as told writes it, and the bytes of that; 0 where it does not.
func findAge(text string) (from, n int) {
	const end = " ago)"
	to := strings.Index(text, end)
	if to < 0 {
		return 0, 0
	}
	if from = strings.LastIndex(text[:to], " ("); from < 0 {
		return 0, 0
	}
	return from, to + len(end) - from
}

// fits reports whether a text is one line of at most w cells for certain.
func fits(s string, w int) bool { return len(s) <= w && printableASCII(s) }

// wrapFacts breaks what is too long for a row of w cells.
func wrapFacts(facts []fact, w int) (rows []fact) {
	if facts == nil {
		return nil // what they are about is gone
	}
	rows = make([]fact, 0, len(facts)+8)
	for _, f := range facts {
		if fits(f.text, w-factCells) {
			rows = append(rows, f)
			continue
		}
		for i, line := range wrap(plain(f.text), max(1, w-factCells)) {
			if i > 0 {
				f.label = ""
			}
			rows = append(rows, fact{f.label, f.k, line})
		}
	}
	return rows
}
