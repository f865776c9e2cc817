package ui

import (
	"context"
	"strings"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// queueForm describes a queue to be created. What was typed is kept until it was.
type queueForm struct {
	name, kind, durable, arguments *field

	fieldList
	busy bool // the broker is asked
}

func newQueueForm() *queueForm {
	f := &queueForm{
		name:      newField("name", "1 to 255 bytes", ""),
		kind:      newChoice("type", "space takes the other one", "classic", "quorum"),
		durable:   newChoice("durable", "survives a restart of the broker", "yes", "no"),
		arguments: newTextField("arguments", "key=value, one a line: x-max-priority=10 …", 4),
	}
	f.fields = []*field{f.name, f.kind, f.durable, f.arguments}
	f.moveTo(0)
	return f
}

func (s *queuesPlace) openCreate(a *App, _ string) tea.Cmd {
	if s.draft == nil {
		s.draft = newQueueForm()
	}
	a.dialog = s.draft
	return nil
}

func (f *queueForm) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch f.fieldList.key(k) {
	case formClose:
		a.dialog = nil
	case formSend:
		return f.create(a)
	case formEdited:
		f.durable.wrong = "" // which is so of one type only
	}
	return nil
}

// spec reads the form. A field that is wrong is marked, and the first of them focused; then ok is false.
func (f *queueForm) spec() (spec broker.QueueSpec, ok bool) {
	f.forgive()
	spec = broker.QueueSpec{Name: f.name.value(), Type: f.kind.value(), Durable: f.durable.value() == "yes"}
	if err := broker.CheckQueueName(spec.Name); err != nil {
		f.name.wrong = err.Error()
	}
	if spec.Name != strings.TrimSpace(spec.Name) {
		f.name.wrong = "there is a space at an end of the name"
	}
	quorum := spec.Type == "quorum"
	if quorum && !spec.Durable {
		f.durable.wrong = "a quorum queue is always durable"
	}
	spec.Arguments, f.arguments.wrong = queueArguments(f.arguments.value(), quorum)
	return spec, !f.focusWrong()
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
		f.focusWrong()
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
	b := newBox(&a.pen, a.t, w, min(frameRows+f.height(0)+mistakeRows+1, h), true)
	b.title("Create a queue")
	b.topEnd("in vhost " + a.scene.queue.VHost)
	f.draw(b)
	f.drawMistake(b)
	hint := "^S creates · tab next · esc closes"
	if f.busy {
		hint = "asking the broker …"
	}
	f.button(b, "[ create ]", hint)
	return b.rest("")
}
