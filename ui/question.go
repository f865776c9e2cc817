package ui

import (
	"fmt"
	"strconv"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// question asks before something is done: with a text to type where much is at stake, with a number where one is
// needed, else with Enter alone.
type question struct {
	title string
	lines []string
	live  func(a *App) []string // what stands in their place as things change; nil: they stay
	level level
	yes   string // what Enter does, in a word
	busy  string // what is still waited for; Enter does nothing until then
	field *field
	wrong func(text string) string // why the typed text will not do; "" when it does
	do    func(a *App, text string) tea.Cmd
	back  dialog // what it stands over; nil: the screen
}

func (q *question) typing() bool { return q.field != nil }

func (q *question) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		a.dialog = q.back
		return nil
	case "enter":
		return q.answer(a)
	case "y", "n", "q":
		if q.field != nil {
			break
		}
		if k.String() == "y" {
			return q.answer(a)
		}
		a.dialog = q.back
		return nil
	}
	if q.field != nil {
		q.field.key(k)
	}
	return nil
}

func (q *question) answer(a *App) tea.Cmd {
	text := ""
	if q.field != nil {
		text = q.field.value()
	}
	if q.busy != "" {
		return nil
	}
	if q.wrong != nil {
		if why := q.wrong(text); why != "" {
			q.field.wrong = why
			return nil
		}
	}
	a.dialog = q.back
	return q.do(a, text)
}

// ask gives a question its field.
func (q *question) ask(label string, wrong func(string) string) {
	q.field = newField(label, "", "")
	q.field.focus(true)
	q.wrong = wrong
}

// askName asks to type the queue's name, so that it is not the fingers that decide.
func (q *question) askName(x *Context, name string) {
	q.lines = append(q.lines, "", x.typeName(name))
	q.askTyped(x, name)
}

// askTyped gives a question the field for the name. One that no keyboard has is typed as it is spelled out.
func (q *question) askTyped(x *Context, name string) {
	name = x.named(name)
	wrong := "that is not the queue's name"
	if x.Protected {
		wrong = "that is not " + broker.Plain(name)
	}
	q.ask("name", func(text string) string {
		if text == name || text == broker.Plain(name) {
			return ""
		}
		return wrong
	})
}

const questionWidth = 68

func (q *question) view(a *App, w, h int) []string {
	w = min(questionWidth, w)
	var text []string
	lines := q.lines
	if q.live != nil {
		lines = q.live(a)
	}
	for _, line := range lines {
		text = append(text, wrap(plain(line), w-frameCells-2)...)
	}
	rows := len(text) + frameRows + 3
	if q.field != nil {
		rows += 3
	}
	gap := func(b *box) { b.say("", "") }
	if rows > h { // what can be answered stays on a small screen, and as much of the text as there is room for
		gap = func(*box) {}
		text = text[:min(len(text), max(0, q.room(h)))]
	}
	b := newBox(&a.pen, a.t, w, min(rows, h), true)
	b.edge = a.t.of(q.level)
	b.title(q.title)
	b.topEnd("")
	gap(b)
	for _, line := range text {
		b.say("", " "+line)
	}
	if q.field != nil {
		gap(b)
		b.row()
		b.put(a.t.dim, " "+q.field.label+" ")
		q.field.draw(b.pen, a.t, 0, b.left-1, true)
		b.rowEnd()
		if q.field.wrong != "" || rows <= h {
			b.say(a.t.warn, " "+q.field.wrong)
		}
	}
	gap(b)
	b.row()
	if q.busy != "" {
		b.foreign(a.t.dim, " "+q.busy)
	} else {
		b.put(a.t.of(q.level), " enter ")
		b.put("", q.yes)
		b.put(a.t.dim, " · esc cancels")
	}
	b.rowEnd()
	return b.rest("")
}

// room is how many lines of text a question has on a screen that is too small for all of it.
func (q *question) room(h int) int {
	n := h - frameRows - 1 // for the keys
	if q.field != nil {
		n--
		if q.field.wrong != "" {
			n--
		}
	}
	return n
}

func wrongPrefetch(text string) string {
	if n, err := strconv.Atoi(text); err != nil || n < 1 || n > 65535 {
		return "write a whole number from 1 to 65535"
	}
	return ""
}

func (a *App) askPrefetch(string) tea.Cmd {
	now := a.scene.pool.Prefetch
	q := &question{title: "Prefetch", yes: "change", lines: []string{
		fmt.Sprintf("A worker may hold %s at a time. With 1, each task goes to the next free worker; with more, ",
			plural(now, "unacknowledged task")) + "tasks may wait at a busy worker while another idles.",
	}}
	q.ask("prefetch", wrongPrefetch)
	q.field.one.SetValue(strconv.Itoa(now))
	q.do = func(a *App, text string) tea.Cmd {
		n, _ := strconv.Atoi(text) // wrong has read it before
		return a.steered("prefetch is "+text+" now", a.o.Pool.SetPrefetch(n))
	}
	a.dialog = q
	return nil
}

func (a *App) askCrash(string) tea.Cmd {
	row := a.scene.row(a.selected)
	id, name := row.ID, row.Name
	lines := []string{name + "'s channel closes without an acknowledgement, then " + name + " starts anew."}
	if row.HasTask {
		lines = append(lines, "Its task "+shortID(row.Task.ID)+" goes back to the queue and runs again, marked as redelivered.")
	}
	a.dialog = &question{title: "Crash " + name, lines: lines, level: levelWarn, yes: "crash it",
		do: func(a *App, _ string) tea.Cmd {
			return a.steered(name+" crashed, and starts anew", a.o.Pool.Crash(id))
		}}
	return nil
}

// offerForeign asks once a hold what to do about a task that carousel did not make.
func (a *App) offerForeign() {
	held := a.o.Pool != nil && a.scene.pool.State == worker.PoolHeld && a.scene.pool.Foreign
	if !held {
		a.offered = false
		return
	}
	if !a.offered && a.dialog == nil {
		a.askForeign()
	}
}

func (a *App) askForeign() {
	a.offered = true
	q := &question{title: "Foreign task", level: levelWarn, yes: "settle foreign tasks here"}
	q.lines = append([]string{sentence(a.scene.pool.Held), ""}, a.whereabouts()...)
	q.lines = append(q.lines, "",
		"The task went back, and no worker takes any until you decide. Esc keeps watching only.")
	q.askName(&a.o.Context, a.scene.queue.Queue)
	q.do = func(a *App, _ string) tea.Cmd {
		a.o.Pool.Allow()
		return a.steered("foreign tasks are settled from now on", nil)
	}
	a.dialog = q
}
