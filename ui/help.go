package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// help lists the keys of the place from the table that handles them, with the reason beside each that cannot act now,
// and the marks.
type help struct {
	scroll
	search  *field // nil: nothing is looked for
	looking bool   // the keys are the search's
}

// legend is the table of marks; the lanes, the tables and the log all use it.
var legend = [...]struct {
	r    rune
	mark mark
	word string
}{
	{'▓', markRunning, "running"},
	{'█', markDone, "done; ✓ in the list of tasks"},
	{'▒', markRetried, "failed, will run again"},
	{'×', markFailed, "failed for good"},
	{'?', markUnsettled, "unsettled: the link was lost, it runs again"},
	{'▄', markDone, "many short tasks: how much of the cell they took"},
	{'░', markDone, "heatmap: some work; ▒ 30 %, ▓ 60 %, █ 90 %; × a quarter failed"},
	{'·', markWaiting, "waiting before its run"},
	{'╌', markUnseen, "not observed"},
	{'↻', markRetried, "redelivered"},
	{'2', markDone, "at the start of a task: which try it is"},
	{'│', markDone, "traced: a delivery to another program; 2 to 9: so many, +: more"},
	{'▸', markRunning, "the selected task; its other tries end with ◂"},
}

func (a *App) openHelp(string) tea.Cmd {
	a.dialog = new(help)
	return nil
}

func (h *help) typing() bool { return h.looking }

func (h *help) key(a *App, k tea.KeyMsg) tea.Cmd {
	name := k.String()
	if h.looking {
		h.searching(k)
		return nil
	}
	switch name {
	case "/":
		h.search, h.looking = newField("/", "", ""), true
		h.search.focus(true)
	case "esc":
		if h.search == nil {
			a.dialog = nil
		}
		h.search = nil
	case " ":
		h.move("pgdown")
	case "q", "?", "enter":
		a.dialog = nil
	default:
		h.move(name)
	}
	return nil
}

// searching takes a key of the search. What was found stays when it is left by Enter.
func (h *help) searching(k tea.KeyMsg) {
	switch k.String() {
	case "enter":
		h.looking = false
		if h.search.value() == "" {
			h.search = nil
		}
	case "esc":
		h.search, h.looking = nil, false
	default:
		h.search.key(k)
		h.offset = 0
	}
}

// Widths of the help: of one column of keys, and of two with the gap between them.
const (
	helpWidth  = 96
	helpColumn = 72
	helpGap    = 3
	helpTwo    = 2*helpColumn + helpGap + frameCells
)

// helpLine is one line of the help, and what draws it into a row.
type helpLine func(b *box)

func (h *help) view(a *App, w, height int) []string {
	columns, width, inner := 1, min(helpWidth, w), min(helpWidth, w)-frameCells
	if w >= helpTwo {
		columns, width, inner = 2, helpTwo, helpColumn
	}
	blocks := h.blocks(a, inner)
	left, right := blocks, [][]helpLine(nil)
	if columns == 2 {
		left, right = balanced(blocks)
	}
	a1, a2 := stacked(left), stacked(right)
	h.all = max(len(a1), len(a2))
	extra := 0
	if h.search != nil {
		extra = 1
	}
	b := newBox(&a.pen, a.t, width, min(max(1, h.all)+frameRows+extra, height), true)
	b.title("Help · " + a.here().name())
	b.topEnd("/ search · esc closes")
	if h.search != nil {
		b.row()
		b.put(a.t.accent, "/")
		h.search.draw(b.pen, a.t, 0, b.left, h.looking)
		b.rowEnd()
	}
	h.fit(b.room(), h.all)
	for y := h.offset; y < h.end(); y++ {
		b.row()
		half(b, inner, a1, y)
		if columns == 2 {
			b.space(helpGap)
			half(b, inner, a2, y)
		}
		b.rowEnd()
	}
	if h.all == 0 {
		b.say(a.t.dim, "  no key or mark is called so")
	}
	caption := ""
	if h.more() {
		caption = "j k more below"
	}
	return b.rest(caption)
}

// half draws a column's line in exactly w cells.
func half(b *box, w int, lines []helpLine, y int) {
	w = min(w, b.left)
	rest := b.left - w
	b.left = w
	if y < len(lines) {
		lines[y](b)
	}
	b.space(b.left)
	b.left = rest
}

// balanced parts blocks in two columns of which neither is much longer than the other.
func balanced(blocks [][]helpLine) (left, right [][]helpLine) {
	best, at := 1<<30, 0
	for i := range blocks {
		if longer := max(len(stacked(blocks[:i+1])), len(stacked(blocks[i+1:]))); longer < best {
			best, at = longer, i+1
		}
	}
	return blocks[:at], blocks[at:]
}

// stacked puts blocks below each other with a line between them.
func stacked(blocks [][]helpLine) (lines []helpLine) {
	for i, b := range blocks {
		if i > 0 {
			lines = append(lines, func(*box) {})
		}
		lines = append(lines, b...)
	}
	return lines
}

// blocks are the keys by where they act, the marks and the notices, as far as they are what is searched for, in lines of w
// cells. A block that nothing is left of is left out.
func (h *help) blocks(a *App, w int) (all [][]helpLine) {
	add := func(title string, rows []helpLine) {
		if len(rows) > 0 {
			all = append(all, append([]helpLine{func(b *box) { b.foreign(a.t.strong, title) }}, rows...))
		}
	}
	groups := a.keyGroups()
	var taken []binding // by the groups before
	for i := range groups {
		var rows []helpLine
		bindings := unshadowed(groups[i].bindings, taken)
		taken = append(taken, bindings...)
		for j := range bindings {
			if k := &bindings[j]; h.wants(k.show, k.word, k.help) {
				rows = append(rows, a.helpRows(k, w)...)
			}
		}
		const leave = "leave: lets tasks finish; the second time hands them back at once"
		if i == len(groups)-1 && h.wants("ctrl+c", leave) {
			rows = append(rows, keyRows("ctrl+c", leave, w, a.t.accent, "")...)
		}
		add(groups[i].title, rows)
	}
	var rows []helpLine
	for i := range legend {
		m := &legend[i]
		if h.wants(m.word, string(m.r)) {
			rows = append(rows, keyRows(string(m.r), m.word, w, a.dispatch.inkOf(m.mark, a.t.shades[0]), "")...)
		}
	}
	add("Marks", rows)
	rows = nil
	for _, notice := range a.o.Notices {
		if !h.wants(notice) {
			continue
		}
		for _, text := range wrap(plain(notice), w-2) {
			rows = append(rows, func(b *box) { b.foreign("", "  "+text) })
		}
	}
	add("Notices", rows)
	return all
}

// wants reports whether one of the texts has what is searched for.
func (h *help) wants(texts ...string) bool {
	if h.search == nil {
		return true
	}
	for _, text := range texts {
		if strings.Contains(strings.ToLower(text), strings.ToLower(h.search.value())) {
			return true
		}
	}
	return false
}

// keyCellsInHelp is the width of a key in the help.
const keyCellsInHelp = 9

// helpRows are a key's rows, and those with the reason when it cannot act now.
func (a *App) helpRows(k *binding, w int) []helpLine {
	if k.bar == nil || k.bar(a) == "" {
		return keyRows(k.show, k.help, w, a.t.accent, "")
	}
	rows := keyRows(k.show, k.help, w, a.t.dim, a.t.dim)
	return append(rows, keyRows("", "not now: "+k.bar(a), w, "", a.t.warn)...)
}

// keyRows writes a key and what is said of it, in as many lines as that takes.
func keyRows(key, text string, w int, k, words ink) (rows []helpLine) {
	for i, line := range wrap(plain(text), max(1, w-2-keyCellsInHelp)) {
		if i > 0 {
			key = ""
		}
		name := key
		rows = append(rows, func(b *box) {
			b.put("", "  ")
			b.put(k, name)
			b.space(keyCellsInHelp - width(name))
			b.foreign(words, line)
		})
	}
	return rows
}
