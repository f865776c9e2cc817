package ui

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// templateList shows the saved templates of the form, loads them into it, and saves and deletes them.
type templateList struct {
	a        *App
	form     *form
	table    table[string, template]
	selected string
	found    *templateDoc // nil: not read yet
	busy     bool         // the file is being read or written
	err      error        // of the newest attempt
}

func newTemplateList(a *App, f *form) *templateList {
	l := &templateList{a: a, form: f, selected: f.template}
	l.table = table[string, template]{
		key: func(t *template) string { return t.name }, selected: &l.selected,
		columns: []column[template]{
			{head: "name", w: 24, left: true, draw: func(t *template, w int) { a.pen.foreignIn("", w-1, t.name); a.pen.space(1) }},
			{head: "type", w: 12, rank: 2, left: true, draw: func(t *template, w int) {
				a.pen.foreignIn(a.t.dim, w-1, t.form.texts[f.place(f.kind)])
				a.pen.space(1)
			}},
			{head: "body", w: 20, rank: 1, left: true, grows: true, draw: func(t *template, w int) {
				body, _, _ := strings.Cut(t.form.texts[f.place(f.body)], "\n")
				a.pen.foreignIn(a.t.dim, w, body)
			}},
			{head: "tasks", w: 12, rank: 3, draw: func(t *template, w int) { l.right(t.form.texts[f.place(f.count)], w) }},
		},
	}
	return l
}

func (l *templateList) right(text string, w int) {
	p := &l.a.pen
	text, n := clip(plain(text), w-1)
	p.space(w - n)
	p.foreign("", text)
}

// place is a field's place in the order of Tab.
func (f *form) place(of *field) int {
	for i, field := range f.fields {
		if field == of {
			return i
		}
	}
	return 0
}

// openTemplates shows the list over the form, and reads the file.
func (f *form) openTemplates(a *App) tea.Cmd {
	if a.o.Templates == "" {
		f.trouble = "Templates need the user's config folder, and there is none; set HOME."
		return nil
	}
	l := newTemplateList(a, f)
	a.dialog = l
	return l.file(a, "", readTemplates)
}

// templatesMsg brings the list what became of the file.
type templatesMsg struct {
	list  *templateList
	found *templateDoc
	err   error
	done  string
}

// file does something with the file, in a goroutine of its own; done is said when it has succeeded.
func (l *templateList) file(a *App, done string, work func(path string) (*templateDoc, error)) tea.Cmd {
	l.busy = true
	path := a.o.Templates
	return a.crew.send(func(context.Context) tea.Msg {
		found, err := work(path)
		return templatesMsg{l, found, err, done}
	})
}

func (m templatesMsg) tell(a *App) tea.Cmd {
	l := m.list
	l.busy, l.err = false, m.err
	if m.found != nil {
		l.found = m.found
		l.table.take(m.found.list)
	}
	switch {
	case m.err == nil && m.done != "":
		a.say(levelCalm, m.done)
	case m.err != nil && a.dialog != dialog(l):
		a.say(levelAlarm, sentence(m.err.Error()))
	}
	return nil
}

func (l *templateList) typing() bool { return false }

func (l *templateList) key(a *App, k tea.KeyMsg) tea.Cmd {
	at := l.table.current()
	switch name := k.String(); {
	case name == "esc", name == "q", name == "ctrl+t":
		a.dialog = l.form
	case name == "enter" && at != nil:
		l.form.remember(l.form.text())
		l.form.back, l.form.template = 0, at.name
		l.form.lay(at.form)
		a.dialog = l.form
	case l.busy || l.found == nil:
	case name == "s":
		l.askSave(a)
	case name == "D" && at != nil:
		l.askDelete(a, at.name)
	default:
		l.table.move(moved(name, l.table.shown))
	}
	return nil
}

// askSave asks under which name to save what the form holds. A name that is taken is asked for twice.
func (l *templateList) askSave(a *App) {
	taken := ""
	q := &question{title: "Save template", yes: "save", back: l, lines: []string{
		"Saves what the form holds to " + a.o.Templates + ", which only you can read. Leave passwords out of it all the same.",
	}}
	q.ask("name", func(name string) string {
		if why := wrongTemplateName(name); why != "" {
			return why
		}
		if l.found.find(name) >= 0 && taken != name {
			taken = name
			return "there is one of that name; enter again replaces it"
		}
		return ""
	})
	q.field.set(l.form.template)
	s := l.form.text()
	q.do = func(a *App, name string) tea.Cmd {
		l.form.template, l.selected = name, name
		return l.file(a, "Saved as template "+name+".", func(path string) (*templateDoc, error) {
			return changeTemplates(path, func(d *templateDoc) error { return d.put(template{name, s}) })
		})
	}
	a.dialog = q
}

func (l *templateList) askDelete(a *App, name string) {
	a.dialog = &question{title: "Delete template", yes: "delete it", level: levelWarn, back: l,
		lines: []string{"Template " + name + " is taken out of " + a.o.Templates + ". What the form holds stays."},
		do: func(a *App, _ string) tea.Cmd {
			return l.file(a, "Template "+name+" is deleted.", func(path string) (*templateDoc, error) {
				return changeTemplates(path, func(d *templateDoc) error { d.remove(name); return nil })
			})
		}}
}

func (l *templateList) view(a *App, w, h int) []string {
	w = min(formWidth, w)
	rows := 1
	if l.found != nil {
		rows = max(1, len(l.found.list))
	}
	b := newBox(&a.pen, a.t, w, min(rows+1+2+frameRows, h), true)
	b.title("Templates")
	b.topEnd("of the enqueue form")
	switch {
	case l.found == nil && l.err == nil:
		b.say(a.t.dim, "reading "+a.o.Templates+" …")
	case l.found != nil && len(l.found.list) == 0 && l.err == nil:
		b.say(a.t.dim, "there are no templates yet; s saves what the form holds")
	case l.found != nil:
		b.h -= 2 // the table leaves the last rows
		l.table.view(b, true)
		b.h += 2
	}
	k, remark := l.remark(a)
	for _, line := range wrap(plain(remark), b.inner()-1) {
		if b.room() > 0 {
			b.say(k, line)
		}
	}
	return b.rest("enter loads · s saves the form · D deletes · esc back")
}

// remark is what stands below the list.
func (l *templateList) remark(a *App) (ink, string) {
	switch {
	case l.err != nil:
		return a.t.alarm, sentence(l.err.Error())
	case l.found != nil && l.found.skipped > 0:
		return a.t.warn, count(int64(l.found.skipped)) + " in " + a.o.Templates +
			" cannot be used: no name, one that is taken, or a value of another kind; it stays in the file."
	case l.busy && l.found != nil:
		return a.t.dim, "saving …"
	case a.toast.text != "":
		return a.t.of(a.toast.level), a.toast.text
	}
	return a.t.dim, ""
}
