package ui

import (
	"context"
	"strings"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// queueForm describes a queue to be created. What was typed is kept until it was.
type queueForm struct {
	name, arguments *field
	quorum          bool
	transient       bool
	at              int    // of the rows below
	wrongDurable    string // why the queue cannot be transient
	trouble         string // of the whole, where no row is to blame
	busy            bool   // the broker is asked
}

// The rows of the form, in the order of Tab.
const (
	rowName = iota
	rowType
	rowDurable
	rowArguments
	rowButton
	formRows
)

func newQueueForm() *queueForm {
	f := &queueForm{
		name:      newField("name", "1 to 255 bytes", ""),
		arguments: newTextField("arguments", "key=value, one a line: x-max-priority=10 …", 4),
	}
	f.moveTo(rowName)
	return f
}

func (s *queuesPlace) openCreate(a *App, _ string) tea.Cmd {
	if s.draft == nil {
		s.draft = newQueueForm()
	}
	a.dialog = s.draft
	return nil
}

// field is the row's, nil where it has none.
func (f *queueForm) field() *field {
	return [formRows]*field{rowName: f.name, rowArguments: f.arguments}[f.at]
}

func (f *queueForm) typing() bool { return f.field() != nil }

func (f *queueForm) moveTo(row int) {
	f.at = (row + formRows) % formRows
	f.name.focus(f.at == rowName)
	f.arguments.focus(f.at == rowArguments)
}

func (f *queueForm) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		a.dialog = nil
		return nil
	case "ctrl+s":
		return f.create(a)
	case "tab":
		f.moveTo(f.at + 1)
		return nil
	case "shift+tab":
		f.moveTo(f.at - 1)
		return nil
	case "up", "down":
		if f.field() == nil || f.field().edge(k) {
			f.moveTo(f.at + map[string]int{"up": -1, "down": 1}[k.String()])
			return nil
		}
	case "enter":
		if f.at == rowButton {
			return f.create(a)
		}
		if f.at != rowArguments {
			f.moveTo(f.at + 1)
			return nil
		}
	case " ", "left", "right", "h", "l":
		f.flip()
	}
	if in := f.field(); in != nil {
		f.trouble = ""
		in.key(k)
	}
	return nil
}

// flip takes the other one of a row's two choices.
func (f *queueForm) flip() {
	switch f.at {
	case rowType:
		f.quorum = !f.quorum
	case rowDurable:
		f.transient = !f.transient
	default:
		return
	}
	f.wrongDurable, f.trouble = "", ""
}

// spec reads the form. A row that is wrong is marked, and the first of them focused; then ok is false.
func (f *queueForm) spec() (spec broker.QueueSpec, ok bool) {
	f.name.wrong, f.wrongDurable, f.arguments.wrong, f.trouble = "", "", "", ""
	spec = broker.QueueSpec{Name: f.name.value(), Type: "classic", Durable: !f.transient}
	if err := broker.CheckQueueName(spec.Name); err != nil {
		f.name.wrong = err.Error()
	}
	if spec.Name != strings.TrimSpace(spec.Name) {
		f.name.wrong = "there is a space at an end of the name"
	}
	if f.quorum {
		spec.Type = "quorum"
		if f.transient {
			f.wrongDurable = "a quorum queue is always durable"
		}
	}
	spec.Arguments, f.arguments.wrong = queueArguments(f.arguments.value(), f.quorum)
	for row, wrong := range []string{rowName: f.name.wrong, rowDurable: f.wrongDurable, rowArguments: f.arguments.wrong} {
		if wrong != "" {
			f.moveTo(row)
			return spec, false
		}
	}
	return spec, true
}

// queueCreated tells how that went; taken: there is a queue of the name already.
type queueCreated struct {
	form  *queueForm
	name  string
	taken bool
	err   error
}

func (f *queueForm) create(a *App) tea.Cmd {
	spec, ok := f.spec()
	if !ok || f.busy {
		return nil
	}
	f.busy = true
	admin := a.o.Admin
	return a.crew.asks(actionTimeout, func(ctx context.Context) tea.Msg {
		// A declaration of a queue that exists would pass as a creation.
		_, err := admin.InspectQueue(ctx, spec.Name)
		switch {
		case err == nil:
			return queueCreated{form: f, name: spec.Name, taken: true}
		case broker.KindOf(err) == broker.QueueMissing:
			err = admin.CreateQueue(ctx, spec)
		}
		return queueCreated{form: f, name: spec.Name, err: err}
	})
}

func (m queueCreated) tell(a *App) tea.Cmd {
	f, s := m.form, a.places[placeQueues].(*queuesPlace)
	f.busy = false
	switch {
	case m.taken:
		f.name.wrong = "there is a queue of this name already"
		f.moveTo(rowName)
	case m.err != nil:
		f.trouble = sentence(m.err.Error())
		if a.dialog != dialog(f) {
			a.say(levelAlarm, m.err.Error())
		}
	default:
		a.say(levelNote, "queue "+broker.Plain(m.name)+" is created")
		if a.dialog == dialog(f) {
			a.dialog = nil
		}
		s.draft, s.selected = nil, m.name
		return a.relist()
	}
	return nil
}

const (
	queueFormWidth  = 80
	queueInputCells = 28
)

func (f *queueForm) view(a *App, w, h int) []string {
	w = min(queueFormWidth, w)
	low := h < 15 // then without the row of the arguments' hint
	rows := frameRows + formRows + f.arguments.rows + mistakeRows
	b := newBox(&a.pen, a.t, w, min(rows, h), true)
	b.title("Create a queue")
	b.topEnd("in vhost " + a.scene.queue.VHost)
	f.row(a, b, rowName, "name", func() {
		f.name.draw(b.pen, a.t, 0, queueInputCells, f.at == rowName)
		b.space(2)
		f.remark(a, b, f.name.wrong, f.name.hint)
	})
	f.row(a, b, rowType, "type", func() {
		f.choice(a, b, "classic", "quorum", f.quorum)
		f.remark(a, b, "", "space takes the other one")
	})
	f.row(a, b, rowDurable, "durable", func() {
		f.choice(a, b, "yes", "no", f.transient)
		f.remark(a, b, f.wrongDurable, "survives a restart of the broker")
	})
	if !low || f.arguments.wrong != "" {
		f.row(a, b, rowArguments, "arguments", func() {
			b.space(1) // where its text begins
			f.remark(a, b, f.arguments.wrong, f.arguments.hint)
		})
	}
	for y := range f.arguments.rows {
		label := ""
		if low && y == 0 && f.arguments.wrong == "" {
			label = "arguments"
		}
		f.row(a, b, rowArguments, label, func() { f.arguments.draw(b.pen, a.t, y, b.left, f.at == rowArguments) })
	}
	for _, line := range wrap(plain(f.mistake()), b.inner()-1) {
		if b.room() > 1 {
			b.say(a.t.alarm, " "+line)
		}
	}
	for b.room() > 1 {
		b.say("", "")
	}
	f.row(a, b, rowButton, "[ create ]", func() {
		text := "  ^S creates · tab next · esc closes"
		if f.busy {
			text = "  asking the broker …"
		}
		b.put(a.t.dim, text)
	})
	return b.rest("")
}

// row draws a row with its label, and the mark of the focused one.
func (f *queueForm) row(a *App, b *box, at int, label string, rest func()) {
	k, mark := a.t.dim, " "
	if f.at == at && label != "" {
		k, mark = a.t.accent, "▎"
	}
	b.row()
	b.put(k, mark+label)
	b.space(labelCells - len(label))
	rest()
	b.rowEnd()
}

// choice draws a row's two choices, in the cells of a field.
func (f *queueForm) choice(a *App, b *box, first, second string, chosen bool) {
	end := b.left - queueInputCells - 2
	b.space(1) // where fields have their edge
	for i, word := range []string{first, second} {
		mark, k := "○ ", a.t.dim
		if (i == 1) == chosen {
			mark, k = "● ", a.t.strong
		}
		b.put(k, mark+word)
		b.space(2)
	}
	b.space(b.left - end)
}

// remark draws what is wrong with a row, or its hint.
func (f *queueForm) remark(a *App, b *box, wrong, hint string) {
	if wrong != "" {
		b.put(a.t.alarm, "× ")
		b.foreign(a.t.alarm, wrong)
		return
	}
	b.put(a.t.dim, hint)
}

// mistake is what is wrong with the focused row, at full length, or with the whole.
func (f *queueForm) mistake() string {
	switch {
	case f.at == rowName && f.name.wrong != "":
		return f.name.wrong
	case f.at == rowArguments && f.arguments.wrong != "":
		return f.arguments.wrong
	}
	return f.trouble
}
