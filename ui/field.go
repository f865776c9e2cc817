package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/textarea"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// field is a text that is being edited, or a choice. bubbles edits the text; it is drawn here, so that whatever was pasted is
// made plain and the width is exact.
type field struct {
	label string
	hint  string
	wrong string // why it cannot be used; shown in place of the hint
	rows  int    // more than 1: several lines
	given bool   // nobody has touched its value yet: typing replaces it
	one   textinput.Model
	many  textarea.Model

	words  []string // to choose from; nil: it is a text
	choice int      // of them
}

// wrapWidth is where the editor of several lines believes that lines wrap. Nothing is drawn by it, but it bounds the
// editor's cost, which is quadratic in the length of a word that does not wrap.
const wrapWidth = 80

// longest is the most runes of a field; the most that can be pasted at once, and then some typing.
const longest = 2 * maxPaste

func newField(label, hint, value string) *field {
	f := &field{label: label, hint: hint, rows: 1, given: value != "", one: textinput.New()}
	f.one.CharLimit = longest
	f.one.SetValue(value)
	return f
}

func newTextField(label, hint string, rows int) *field {
	f := &field{label: label, hint: hint, rows: rows, many: textarea.New()}
	f.many.CharLimit = longest
	f.many.MaxWidth, f.many.MaxHeight = 0, 0
	f.many.SetWidth(wrapWidth)
	return f
}

func newChoice(label, hint string, words ...string) *field {
	return &field{label: label, hint: hint, rows: 1, words: words}
}

func (f *field) value() string {
	switch {
	case f.words != nil:
		return f.words[f.choice]
	case f.rows > 1:
		return f.many.Value()
	}
	return f.one.Value()
}

func (f *field) focus(on bool) {
	switch {
	case f.words != nil:
	case f.rows > 1 && on:
		f.many.Focus()
	case f.rows > 1:
		f.many.Blur()
	case on:
		f.one.Focus()
	default:
		f.one.Blur()
	}
}

// key edits. The Cmds of the editors only blink a cursor, which is not theirs here.
func (f *field) key(k tea.KeyMsg) {
	f.wrong = ""
	if f.words != nil {
		f.choose(k.String())
		return
	}
	if f.given && k.Type == tea.KeyRunes && !k.Alt {
		f.one.SetValue("")
	}
	f.given = false
	switch name := k.String(); {
	case f.rows == 1 && (name == "alt+d" || name == "alt+delete"):
		return // the editor panics when the cursor is on the last character
	case f.rows > 1 && (name == "alt+b" || name == "alt+left"):
		return // the editor never ends where no word stands before the cursor
	}
	if f.rows > 1 {
		f.many, _ = f.many.Update(k)
		return
	}
	f.one, _ = f.one.Update(k)
}

// choose takes the word after the chosen one, or before it.
func (f *field) choose(key string) {
	switch n := len(f.words); key {
	case " ", "right", "l":
		f.choice = (f.choice + 1) % n
	case "left", "h":
		f.choice = (f.choice + n - 1) % n
	}
}

// edge reports whether a key that moves up or down would leave the field.
func (f *field) edge(k tea.KeyMsg) bool {
	if f.rows == 1 {
		return true
	}
	return k.Type == tea.KeyUp && f.many.Line() == 0 || k.Type == tea.KeyDown && f.many.Line() == f.many.LineCount()-1
}

// lines are what is shown: the text's lines around the cursor, the line the cursor is in, and its column in runes.
func (f *field) lines() (lines []string, row, column int) {
	if f.rows == 1 {
		return []string{f.one.Value()}, 0, f.one.Position()
	}
	all := strings.Split(f.many.Value(), "\n")
	line := f.many.Line()
	first := max(0, min(line-f.rows/2, len(all)-f.rows))
	info := f.many.LineInfo()
	return all[first:min(len(all), first+f.rows)], line - first, info.StartColumn + info.ColumnOffset
}

// draw writes line y of the field in exactly w cells.
func (f *field) draw(p *pen, t *theme, y, w int, focused bool) {
	lines, row, column := f.lines()
	text := ""
	if y < len(lines) {
		text = lines[y]
	}
	edge := t.faint
	if focused {
		edge = t.accent
	}
	p.put(edge, "│")
	w = max(0, min(w-1, p.left))
	// Only what may be seen is made plain: fields are drawn at frame rate, and may be long.
	runes := []rune(text)
	if !focused || y != row {
		p.foreignIn("", w, string(runes[:min(len(runes), 4*w)]))
		return
	}
	column = min(column, len(runes))
	first, last := max(0, column-4*w), min(len(runes), column+4*w)
	drawCursor(p, t, w, plain(string(runes[first:column])), plain(string(runes[column:last])))
}

// drawChoice writes the words, the chosen one marked.
func (f *field) drawChoice(p *pen, t *theme) {
	p.space(1) // where a text has its edge
	for i, word := range f.words {
		mark, k := "○ ", t.dim
		if i == f.choice {
			mark, k = "● ", t.strong
		}
		p.put(k, mark+word)
		p.space(2)
	}
}

// drawRemark writes the hint, or what is wrong.
func (f *field) drawRemark(b *box) {
	if f.wrong != "" {
		b.put(b.t.alarm, "× ")
		b.foreign(b.t.alarm, f.wrong)
		return
	}
	b.put(b.t.dim, f.hint)
}

// drawCursor writes a line with the cursor between two plain texts in w cells, scrolled so that the cursor is seen.
func drawCursor(p *pen, t *theme, w int, before, after string) {
	rest := p.left - w
	if n := ansi.StringWidth(before); n > w-2 { // two cells, for the widest character under the cursor
		before = ansi.TruncateLeft(before, n-(w-3), "…")
	}
	p.foreign("", before)
	if t.cursor == "" {
		p.put("", "▎") // without colours the cursor is a glyph between the characters
	} else {
		under, n := firstOf(after)
		if n == 0 {
			under = " "
		}
		p.foreign(t.cursor, under)
		p.use("") // blanks behind it would keep its ink, and be reversed as well
		after = after[n:]
	}
	p.foreignIn("", p.left-rest, after)
}
