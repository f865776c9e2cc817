package ui

import (
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

const (
	formWidth  = 92
	labelCells = 10
	inputCells = 26

	mistakeRows = 2 // for the mistake in the focused field at full length
)

// view draws the form. A field of one line has its hint, or what is wrong with it, beside it; a field of several lines
// has it above.
func (f *form) view(a *App, w, h int) []string {
	w = min(formWidth, w)
	rows := frameRows + 1 + mistakeRows
	for _, field := range f.fields {
		rows += field.rows
		if field.rows > 1 {
			rows++
		}
	}
	b := newBox(&a.pen, a.t, w, min(rows, h), true)
	b.title("Enqueue")
	switch {
	case f.back > 0:
		b.put(b.t.accent, "earlier "+count(int64(f.back))+" of "+count(int64(len(f.past)))+" ")
	case f.template != "":
		b.foreign(b.t.dim, clipTo(f.template, maxTemplateName/2)+" ")
	}
	b.topEnd("to " + a.scene.queue.Queue)
	for i, field := range f.fields {
		if field.rows > 1 {
			f.several(b, field, i == f.at, b.room() >= f.below(i))
		} else {
			f.single(b, field, i == f.at)
		}
	}
	f.notes(b)
	for b.room() > 1 {
		b.say("", "")
	}
	f.button(b)
	return b.rest("")
}

// notes are what is wrong with the focused field at full length; else the placeholders that there are, and the first body as
// they make it.
func (f *form) notes(b *box) {
	if mistake := f.mistake(); mistake != "" {
		for _, line := range wrap(plain(mistake), b.inner()-1) {
			if b.room() > 1 {
				b.say(b.t.alarm, " "+line)
			}
		}
		return
	}
	if b.room() > 1 {
		b.row()
		b.put(b.t.dim, f.braces(b.inner()))
		b.rowEnd()
	}
	if f.first != "" && b.room() > 1 {
		b.row()
		b.put(b.t.accent, " first")
		b.space(labelCells - 6)
		b.foreign("", f.first)
		b.rowEnd()
	}
}

// braces tells what becomes of placeholders, in w cells.
func (f *form) braces(w int) string {
	if f.asIs {
		return " braces are sent as they are · ^X replaces placeholders"
	}
	long := " " + worker.Placeholders + " · " + worker.LiteralBraces + " for two braces · ^X off"
	if width(long) <= w {
		return long
	}
	return " " + worker.Placeholders + " · " + worker.LiteralBraces + " = {{ · ^X off"
}

// below is the rows that field i and what stands under it need.
func (f *form) below(i int) int {
	rows := 1
	for _, field := range f.fields[i:] {
		rows += field.rows
		if field.rows > 1 {
			rows++
		}
	}
	return rows
}

func (f *form) label(b *box, in *field, focused bool) {
	k := b.t.dim
	mark := " "
	if focused {
		k, mark = b.t.accent, "▎"
	}
	b.put(k, mark+in.label)
	b.space(labelCells - 1 - len(in.label))
}

// remark is the hint of a field, or what is wrong with it.
func (f *form) remark(b *box, in *field) {
	if in.wrong != "" {
		b.put(b.t.alarm, "× ")
		b.foreign(b.t.alarm, in.wrong)
		return
	}
	b.put(b.t.dim, in.hint)
}

func (f *form) single(b *box, in *field, focused bool) {
	b.row()
	f.label(b, in, focused)
	in.draw(b.pen, b.t, 0, inputCells, focused)
	b.space(2)
	f.remark(b, in)
	b.rowEnd()
}

// several draws a field of several lines; on a low screen without the row for its remark, which then follows the label
// in place of the first line only when something is wrong.
func (f *form) several(b *box, in *field, focused, roomy bool) {
	if roomy || in.wrong != "" {
		b.row()
		f.label(b, in, focused)
		b.space(1) // where its text begins
		f.remark(b, in)
		b.rowEnd()
	}
	for y := range in.rows {
		b.row()
		if y == 0 && !roomy && in.wrong == "" {
			f.label(b, in, focused)
		} else {
			b.space(labelCells)
		}
		in.draw(b.pen, b.t, y, b.left, focused)
		b.rowEnd()
	}
}

// mistake is what is wrong with the focused field, at full length, or with the whole.
func (f *form) mistake() string {
	if f.at < len(f.fields) && f.fields[f.at].wrong != "" {
		return f.fields[f.at].wrong
	}
	return f.trouble
}

func (f *form) button(b *box) {
	b.row()
	k, mark := b.t.dim, " "
	if f.at == len(f.fields) {
		k, mark = b.t.accent, "▎"
	}
	b.put(k, mark+"[ send ]")
	b.space(labelCells - 9)
	b.put(b.t.dim, "  ^S sends · ^P ^N earlier · ^T templates · tab next · esc closes")
	b.rowEnd()
}

// openForm opens the form.
func (a *App) openForm(string) tea.Cmd {
	a.draft.moveTo(0)
	a.dialog = a.draft
	return nil
}
