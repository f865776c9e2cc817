package ui

import (
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// taskView is one task on all of the screen: its properties and tries, what was said at them, its headers, and below them the body.
type taskView struct {
	entry  *taskEntry
	offset int // first line that is shown
	side   int // cells that long lines are moved to the left
	rows   int // lines of the last view
	chosen bool
	form   bodyForm
	wrap   bool

	shown bodyShown
	said  saidShown
}

// bodyShown is a body made ready for the screen, kept until something of it changes.
type bodyShown struct {
	of    bodyKey
	lines []string // plain
	whole bool     // all of the body is in them
}

// bodyKey is what a shown body depends on.
type bodyKey struct {
	kept bool
	form bodyForm
	wrap int // cells; 0: not wrapped
	made bool
}

func (s *tasksPlace) viewBindings() []binding {
	return slices.Concat([]binding{
		{[]string{"esc", "enter"}, "esc", "back", "back to the list", nil, s.closeView},
		{[]string{"b"}, "b", "body as", "show the body as text, as JSON or in hex", nil, s.turnBody},
		{[]string{"w"}, "w", "wrap", "wrap long lines, or let them run on", nil, s.turnWrap},
	}, s.taskBindings(), []binding{
		{moves, "j k g G", "", "scroll: down, up, start, end; arrows and page keys too", nil, s.scroll},
		{[]string{"h", "l", "left", "right"}, "h l", "", "scroll sideways where lines are not wrapped", nil, s.scroll},
	})
}

// inspect opens the selected task.
func (s *tasksPlace) inspect(a *App, _ string) tea.Cmd {
	s.open = &taskView{entry: s.subject.taskEntry, wrap: true}
	a.newKeymaps()
	return nil
}

func (s *tasksPlace) closeView(a *App, _ string) tea.Cmd {
	s.open = nil
	a.newKeymaps()
	s.refresh(a)
	return nil
}

// turnBody shows the body in the next form. A body that is no JSON has two.
func (s *tasksPlace) turnBody(*App, string) tea.Cmd {
	v := s.open
	body, _ := s.body()
	form := v.formOf(body)
	if form = (form + 1) % formCount; form == formJSON && !isJSON(body) {
		form++
	}
	v.form, v.chosen = form, true
	return nil
}

func (s *tasksPlace) turnWrap(*App, string) tea.Cmd {
	s.open.wrap, s.open.side = !s.open.wrap, 0
	return nil
}

// sideStep is how many cells a key moves long lines.
const sideStep = 8

func (s *tasksPlace) scroll(_ *App, key string) tea.Cmd {
	switch v := s.open; key {
	case "h", "left":
		v.side = max(0, v.side-sideStep)
	case "l", "right":
		if !v.wrap || v.form == formHex {
			v.side += sideStep
		}
	default:
		v.offset += moved(key, v.rows)
	}
	return nil
}

func (v *taskView) formOf(body []byte) bodyForm {
	if !v.chosen {
		return formOf(body)
	}
	return v.form
}

// lines makes the body ready for a width. That is done once, for it may be long.
func (v *taskView) lines(s *tasksPlace, w int) []string {
	key := bodyKey{kept: s.subject.kept, form: v.form, made: true}
	if v.wrap && v.form != formHex {
		key.wrap = w
	}
	if v.shown.of == key {
		return v.shown.lines
	}
	body, _ := s.body()
	raw, whole := formatted(body, v.form)
	lines := laid(raw, key.wrap)
	v.shown = bodyShown{key, lines, whole}
	return lines
}

// laid makes lines plain, and breaks them at w cells; 0: it does not.
func laid(raw []string, w int) (lines []string) {
	for _, line := range raw {
		if line = plain(line); w == 0 {
			lines = append(lines, line)
		} else {
			lines = append(lines, strings.Split(ansi.Hardwrap(line, w, true), "\n")...)
		}
	}
	return lines
}

// view draws the lines that there is room for.
func (v *taskView) view(a *App, s *tasksPlace, w, h int) []string {
	if v.shown.of.kept != s.subject.kept || !v.shown.of.made {
		body, _ := s.body()
		v.form = v.formOf(body)
	}
	b := newBox(s.p, s.t, w, h, true)
	b.title("Task")
	b.foreign("", orUnknown(v.entry.ref.ID))
	b.put("", " ")
	b.topEnd("esc back")
	body := v.lines(s, b.inner())
	head, said, middle := v.head(s, b.inner()), v.saidLines(s, b.inner()), v.middle(s, b.inner())
	all := len(head) + len(said) + len(middle) + len(body)
	v.rows = b.rows()
	v.offset = max(0, min(v.offset, all-v.rows))
	if v.wrap && v.form != formHex {
		v.side = 0
	}
	for i := v.offset; i < min(all, v.offset+v.rows); i++ {
		b.row()
		switch at, below := i-len(head), i-len(head)-len(said); {
		case at < 0:
			head[i](b)
		case below < 0:
			b.foreign(said[at].k, v.shifted(said[at].text))
		case below < len(middle):
			middle[below](b)
		default:
			b.foreign("", v.shifted(body[below-len(middle)]))
		}
		b.rowEnd()
	}
	caption := ""
	if all > v.rows {
		caption = "lines " + count(int64(v.offset+1)) + " to " + count(int64(min(all, v.offset+v.rows))) + " of " + count(int64(all))
	}
	return b.rest(caption)
}

// shifted is a long line moved to the left as far as its reader wants.
func (v *taskView) shifted(line string) string {
	if v.side == 0 {
		return line
	}
	return ansi.TruncateLeft(line, v.side, "")
}

// rows are lines of the view, drawn where there is room for them.
type rows []func(*box)

func (r *rows) section(t *theme, text string) {
	*r = append(*r, func(*box) {}, func(b *box) { b.foreign(t.strong, text) })
}

// say adds a text that is indented, and broken into lines of at most w cells.
func (r *rows) say(k ink, w, indent int, text string) {
	for _, line := range wrap(plain(text), w-indent) {
		*r = append(*r, func(b *box) { b.space(indent); b.foreign(k, line) })
	}
}

// head is what stands at the top: the facts and the tries.
func (v *taskView) head(s *tasksPlace, w int) (lines rows) {
	lines = append(lines, pairs(s.t, v.facts(s), w)...)
	tries := "1 try"
	if n := len(v.entry.tries) + v.entry.gone; n > 1 {
		tries = count(int64(n)) + " tries"
	}
	if v.entry.gone > 0 {
		tries += ", of which the oldest " + count(int64(v.entry.gone)) + " are no longer kept"
	}
	lines.section(s.t, tries)
	for i := range v.entry.tries {
		t := &v.entry.tries[i]
		lines = append(lines, func(b *box) { s.tryLine(b, t) })
		if k, _ := s.markOf(t.state); t.err != "" {
			lines.say(k, w, 2, t.err)
		}
	}
	return lines
}

// middle is what stands right above the body: the headers.
func (v *taskView) middle(s *tasksPlace, w int) (lines rows) {
	if s.subject.kept && len(s.subject.task.Headers) > 0 {
		lines.section(s.t, plural(len(s.subject.task.Headers), "header"))
		for _, f := range headerLines(s.subject.task.Headers) {
			lines.say("", w, 0, f)
		}
	}
	lines.section(s.t, v.bodyTitle(s))
	if !s.subject.kept {
		lines.say(s.t.warn, w, 0, sentence(s.lost()))
	}
	return lines
}

// tryLine is one try: when, where, how long it waited and ran, and how it ended.
func (s *tasksPlace) tryLine(b *box, t *try) {
	k, mark := s.markOf(t.state)
	b.cell(k, mark)
	b.put("", " try "+count(int64(t.number))+"  ")
	b.put(s.t.dim, clock(t.start)+"  ")
	b.foreignIn(s.t.shade(t.worker), nameCells, s.workerOf(t))
	if t.redelivered {
		b.put(s.t.warn, "↻ redelivered  ")
	}
	if t.wait >= 0 {
		b.put(s.t.dim, "waited ")
		b.put("", span(t.wait)+"  ")
	}
	ran := span(t.run)
	if t.state == taskRunning {
		ran = string(appendElapsed(nil, s.now.Sub(t.start)))
	}
	b.put(s.t.dim, "ran ")
	b.put("", ran+"  ")
	b.put(k, stateWords[t.state])
	if left := t.end.Add(t.next).Sub(s.now); t.state == taskRetrying && left > 0 {
		b.put(k, ", again in "+span(left.Truncate(time.Second)+time.Second))
	}
}

// bodyTitle says what is shown of the body, and how.
func (v *taskView) bodyTitle(s *tasksPlace) string {
	size := int64(v.entry.ref.Size)
	if s.subject.kept {
		size = int64(len(s.subject.task.Body))
	}
	text := "Body " + string(appendBytes(nil, size)) + ", as " + v.form.String()
	if v.form != formHex && !v.wrap {
		text += ", not wrapped"
	}
	switch {
	case v.entry.ref.Size > len(v.entry.ref.Preview) && !s.subject.kept:
		text += ": its first " + plural(len(v.entry.ref.Preview), "byte")
	case !v.shown.whole:
		text += ": the first " + string(appendBytes(nil, maxShown)) + " of it; s saves all"
	}
	return text
}
