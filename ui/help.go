package ui

import (
	tea "github.com/charmbracelet/bubbletea"
)

// help lists the keys of the place from the table that handles them, with the reason beside each that cannot act now,
// and the marks.
type help struct{ offset, rows, all int }

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
	{'▸', markRunning, "the selected task; its other tries end with ◂"},
}

func (h *help) typing() bool { return false }

func (h *help) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "j", "down":
		h.offset++
	case "k", "up":
		h.offset--
	case "pgdown", " ":
		h.offset += h.rows
	case "pgup":
		h.offset -= h.rows
	case "g", "home":
		h.offset = 0
	case "G", "end":
		h.offset = h.all
	case "esc", "q", "?", "enter":
		a.dialog = nil
	}
	return nil
}

const helpWidth = 96

func (h *help) view(a *App, w, height int) []string {
	lines := h.lines(a)
	b := newBox(&a.pen, a.t, min(helpWidth, w), min(len(lines)+frameRows, height), true)
	h.rows, h.all = b.rows(), len(lines)
	h.offset = max(0, min(h.offset, len(lines)-h.rows))
	b.title("Help")
	b.topEnd("esc closes")
	for _, line := range lines[h.offset:min(len(lines), h.offset+h.rows)] {
		b.row()
		line(b)
		b.rowEnd()
	}
	caption := ""
	if h.offset+h.rows < len(lines) {
		caption = "j k more below"
	}
	return b.rest(caption)
}

// lines are the rows of the help, each as what draws it.
func (h *help) lines(a *App) (lines []func(*box)) {
	head := func(s string) func(*box) { return func(b *box) { b.put(a.t.strong, s) } }
	empty := func(*box) {}
	lines = append(lines, head("Keys"))
	bindings := a.bindings()
	for i := range bindings {
		lines = append(lines, a.helpRows(&bindings[i])...)
	}
	lines = append(lines, func(b *box) {
		b.put(a.t.accent, "  ctrl+c   ")
		b.put("", "leave: lets tasks finish; the second time hands them back at once")
	}, empty, head("Marks"))
	for i := range legend {
		m := &legend[i]
		lines = append(lines, func(b *box) {
			b.put("", "  ")
			b.cell(a.dispatch.inkOf(m.mark, a.t.shades[0]), m.r)
			b.put("", "        "+m.word)
		})
	}
	if len(a.o.Notices) > 0 {
		lines = append(lines, empty, head("Notices"))
	}
	for _, notice := range a.o.Notices {
		for _, text := range wrap(plain(notice), helpWidth-frameCells-2) {
			lines = append(lines, func(b *box) { b.foreign("", "  "+text) })
		}
	}
	return lines
}

// helpRows are a key's row, and one with the reason when it cannot act now.
func (a *App) helpRows(k *binding) []func(*box) {
	row := func(key, text ink) func(*box) {
		return func(b *box) {
			b.put("", "  ")
			b.put(key, k.show)
			b.space(9 - width(k.show))
			b.put(text, k.help)
		}
	}
	if k.bar == nil || k.bar(a) == "" {
		return []func(*box){row(a.t.accent, "")}
	}
	why := "           not now: " + k.bar(a)
	return []func(*box){row(a.t.dim, a.t.dim), func(b *box) { b.put(a.t.warn, why) }}
}

func (a *App) openHelp(string) tea.Cmd {
	a.dialog = new(help)
	return nil
}
