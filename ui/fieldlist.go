package ui

import tea "github.com/charmbracelet/bubbletea"

// fieldList is what a form asks for, in the order of Tab, with the cursor in one of the fields or, behind the last, on the button.
type fieldList struct {
	fields  []*field
	at      int
	trouble string // of the whole, where no field is to blame
}

// formAct is what a key asks of a form.
type formAct uint8

const (
	formNothing formAct = iota // it has moved the cursor, or means nothing where that is
	formClose
	formSend
	formEdited // the value of a field is another one now
)

// current is the field with the cursor, nil on the button.
func (l *fieldList) current() *field {
	if l.at < len(l.fields) {
		return l.fields[l.at]
	}
	return nil
}

func (l *fieldList) typing() bool {
	in := l.current()
	return in != nil && in.words == nil
}

// moveTo moves the cursor to field n; the button is behind the last.
func (l *fieldList) moveTo(n int) {
	l.at = (n + len(l.fields) + 1) % (len(l.fields) + 1)
	for i, field := range l.fields {
		field.focus(i == l.at)
	}
}

func (l *fieldList) key(k tea.KeyMsg) formAct {
	in := l.current()
	several := in != nil && in.rows > 1
	switch name := k.String(); {
	case name == "esc":
		return formClose
	case name == "ctrl+s", name == "enter" && in == nil:
		return formSend
	case name == "tab", name == "enter" && !several, name == "down" && (in == nil || in.edge(k)):
		l.moveTo(l.at + 1)
	case name == "shift+tab", name == "up" && (in == nil || in.edge(k)):
		l.moveTo(l.at - 1)
	case in != nil:
		before := in.value()
		if in.key(k); in.value() != before {
			l.trouble = ""
			return formEdited
		}
	}
	return formNothing
}

// forgive forgets what was wrong.
func (l *fieldList) forgive() {
	l.trouble = ""
	for _, field := range l.fields {
		field.wrong = ""
	}
}

// focusWrong brings the cursor to the first field that cannot be used, and reports whether there is one.
func (l *fieldList) focusWrong() bool {
	for i, field := range l.fields {
		if field.wrong != "" {
			l.moveTo(i)
			return true
		}
	}
	return false
}

// mistake is what is wrong with the focused field, at full length, or with the whole.
func (l *fieldList) mistake() string {
	if in := l.current(); in != nil && in.wrong != "" {
		return in.wrong
	}
	return l.trouble
}

const (
	labelCells  = 10 // where no label needs more
	inputCells  = 26
	mistakeRows = 2 // for the mistake in the focused field at full length
)

// labelled is the cells of the labels, with the mark before them and a gap behind.
func (l *fieldList) labelled() int {
	n := labelCells
	for _, field := range l.fields {
		n = max(n, 2+width(field.label))
	}
	return n
}

// height is the rows that the fields from field n on take where there is room for all of them.
func (l *fieldList) height(n int) (rows int) {
	for _, field := range l.fields[n:] {
		rows += field.rows
		if field.rows > 1 {
			rows++
		}
	}
	return rows
}

// draw draws the fields. One of one line has its hint, or what is wrong with it, beside it; one of several lines has it above.
func (l *fieldList) draw(b *box) {
	for i, field := range l.fields {
		if field.rows > 1 {
			l.several(b, field, i == l.at, b.room() > l.height(i))
		} else {
			l.single(b, field, i == l.at)
		}
	}
}

func (l *fieldList) single(b *box, in *field, focused bool) {
	b.row()
	l.label(b, in.label, focused)
	end := b.left - inputCells - 2
	if in.words != nil {
		in.drawChoice(b.pen, b.t)
	} else {
		in.draw(b.pen, b.t, 0, inputCells, focused)
	}
	b.space(b.left - end) // so that remarks stand under each other
	in.drawRemark(b)
	b.rowEnd()
}

// several draws a field of several lines; on a low screen without the row for its remark, which then follows the label
// in place of the first line only when something is wrong.
func (l *fieldList) several(b *box, in *field, focused, roomy bool) {
	if roomy || in.wrong != "" {
		b.row()
		l.label(b, in.label, focused)
		b.space(1) // where its text begins
		in.drawRemark(b)
		b.rowEnd()
	}
	for y := range in.rows {
		b.row()
		if y == 0 && !roomy && in.wrong == "" {
			l.label(b, in.label, focused)
		} else {
			b.space(l.labelled())
		}
		in.draw(b.pen, b.t, y, b.left, focused)
		b.rowEnd()
	}
}

// label draws the label of a row, with a mark where the cursor is.
func (l *fieldList) label(b *box, text string, focused bool) {
	k, mark := b.t.dim, " "
	if focused {
		k, mark = b.t.accent, "▎"
	}
	b.put(k, mark+text)
	b.space(l.labelled() - 1 - width(text))
}

// drawMistake writes the mistake above the last row, as far as there is room for it.
func (l *fieldList) drawMistake(b *box) {
	for _, line := range wrap(plain(l.mistake()), b.inner()-1) {
		if b.room() > 1 {
			b.say(b.t.alarm, " "+line)
		}
	}
}

// button draws the last row of the form, with what the keys do.
func (l *fieldList) button(b *box, text, hint string) {
	for b.room() > 1 {
		b.say("", "")
	}
	b.row()
	l.label(b, text, l.current() == nil)
	b.foreign(b.t.dim, "  "+hint)
	b.rowEnd()
}
