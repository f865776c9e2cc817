package ui

import (
	"strings"
	"sync"

	"carousel/worker"
)

// formDraft is what a form holds: the text of each field in the order of Tab, and whether braces are sent as they are.
type formDraft struct {
	texts [formFields]string
	asIs  bool
}

// formFields is how many fields a form has.
const formFields = 9

// mostSent bounds the history of what was enqueued in this run; what is kept for the next one, [console] history says.
const mostSent = 50

// blankDraft is what a form holds that nobody has written on.
var blankDraft = sync.OnceValue(func() formDraft { return newForm().text() })

// text copies what the form holds.
func (f *form) text() (s formDraft) {
	for i, field := range f.fields {
		s.texts[i] = field.value()
	}
	s.asIs = f.asIs
	return s
}

// lay puts such texts into the form. Its fields count as touched: typing adds to them.
func (f *form) lay(s formDraft) {
	for i, field := range f.fields {
		field.set(s.texts[i])
	}
	f.asIs, f.trouble = s.asIs, ""
	f.foresee()
}

// set replaces the text of a field; the cursor is at its end.
func (f *field) set(text string) {
	f.wrong, f.given = "", false
	if f.rows > 1 {
		f.many.SetValue(text)
		return
	}
	f.one.SetValue(text)
}

// sent remembers what was enqueued, and begins anew from it.
func (f *form) sent(s formDraft) {
	f.remember(s)
	f.back = 0
}

// remember keeps what a form held in the history, unless it was kept last, or nobody has written on it.
func (f *form) remember(s formDraft) {
	if s == blankDraft() || len(f.past) > 0 && f.past[len(f.past)-1] == s {
		return
	}
	f.past = append(f.past, s)
	if over := len(f.past) - f.most; over > 0 {
		f.past = append(f.past[:0:0], f.past[over:]...)
	}
}

// recall goes back in the history by a number of steps, or forward to what was being written.
func (f *form) recall(by int) {
	back := max(0, min(f.back+by, len(f.past)))
	switch {
	case back == f.back:
		return
	case f.back == 0:
		f.present = f.text()
	}
	f.back = back
	if back == 0 {
		f.lay(f.present)
		return
	}
	f.lay(f.past[len(f.past)-back])
}

// edited is called at each change of a field. Who changes what was recalled goes on from there; what was being written before
// is kept in the history.
func (f *form) edited() {
	if f.back > 0 {
		f.back = 0
		f.remember(f.present)
	}
	f.foresee()
}

// fileOf reports whether a body's text names a file.
func fileOf(text string) bool {
	return strings.HasPrefix(text, "@") && !strings.HasPrefix(text, "@@")
}

// foresee works out the first body that would be sent, where that is not the text itself.
func (f *form) foresee() {
	f.first = ""
	text := f.body.value()
	if f.asIs || fileOf(text) || !strings.Contains(text, "{{") {
		return
	}
	text = strings.TrimPrefix(text, "@") // of two
	l := worker.Load{Bodies: [][]byte{[]byte(text)}, Count: 1, Expand: true, Seed: 1}
	if l.Validate() != nil { // most likely it is not finished yet
		return
	}
	task, _ := l.Batch().Next()
	f.first = string(task.Body)
}
