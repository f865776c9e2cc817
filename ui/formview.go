package ui

import (
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

const formWidth = 92

func (f *form) view(a *App, w, h int) []string {
	w = min(formWidth, w)
	b := newBox(&a.pen, a.t, w, min(frameRows+f.height(0)+mistakeRows+1, h), true)
	b.title("Enqueue")
	switch {
	case f.back > 0:
		b.put(b.t.accent, "earlier "+count(int64(f.back))+" of "+count(int64(len(f.past)))+" ")
	case f.template != "":
		b.foreign(b.t.dim, clipTo(f.template, maxTemplateName/2)+" ")
	}
	b.topEnd("to " + a.scene.queue.Queue)
	f.draw(b)
	f.notes(b)
	f.button(b, "[ send ]", "^S sends · ^P ^N earlier · ^T templates · tab next · esc closes")
	return b.rest("")
}

// notes are what is wrong with the focused field at full length; else the placeholders that there are, and the first body as
// they make it.
func (f *form) notes(b *box) {
	if f.mistake() != "" {
		f.drawMistake(b)
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

// openForm opens the form.
func (a *App) openForm(string) tea.Cmd {
	a.draft.moveTo(0)
	a.dialog = a.draft
	return a.recollect()
}
