package ui

import (
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// purging is the question before a purge. While it is open it shows what would be lost as it is now, not as it was when it
// was asked: others work on the queue, too.
type purging struct {
	question
	counted time.Time // when the number that it shows was true; zero: it shows none
	info    broker.QueueInfo
}

const counting = "counting the tasks …"

func (a *App) askPurge(string) tea.Cmd {
	q := &purging{question: question{title: "Purge", level: levelAlarm, busy: counting}}
	a.dialog = q
	return a.count(q)
}

// whereabouts names the host, vhost and queue that an act would touch.
func (a *App) whereabouts() []string {
	host := "not connected"
	if l := a.head.link(); l != nil && l.Address != "" {
		host = l.User + "@" + l.Address
	}
	if name := a.o.Context.Name; name != "" {
		host += " (" + name + ")"
	}
	s := &a.scene.queue
	return []string{"host   " + host, "vhost  " + s.VHost, "queue  " + s.Queue}
}

// view draws the question with the newest count.
func (q *purging) view(a *App, w, h int) []string {
	q.lines = append(a.whereabouts(), "", "Every ready task is removed for good. Unacknowledged ones stay.", q.stake())
	if q.field != nil {
		q.lines = append(q.lines, "", a.o.Context.typeName(a.scene.queue.Queue))
	}
	return q.question.view(a, w, h)
}

// stake is what would be lost.
func (q *purging) stake() string {
	switch {
	case q.counted.IsZero():
		return ""
	case q.info.Ready == 0:
		return "Just now the queue has no ready task: there is nothing to purge."
	}
	return "Just now it has " + plural(q.info.Ready, "ready task") + " and " + plural(q.info.Consumers, "consumer") + "."
}

// counted gives a purge question its first count.
func (a *App) counted(msg countedMsg) {
	q := msg.ask
	q.busy = ""
	if msg.err != nil {
		q.busy = "The tasks cannot be counted: " + msg.err.Error()
		return
	}
	q.show(a, msg.info, msg.at)
}

// recount brings a purge question that is open up to date with a look at the queue.
func (a *App) recount() {
	q, open := a.dialog.(*purging)
	ready := a.scene.queue.Ready
	if !open || q.busy != "" || !ready.Known() || !ready.At.After(q.counted) {
		return
	}
	q.show(a, broker.QueueInfo{Ready: int(ready.Value), Consumers: int(a.scene.queue.Consumers.Value)}, ready.At)
}

// show takes a count in. With something to lose, the name must be typed; with nothing, Enter counts anew: a purge would
// remove just what came since, which nobody has seen.
func (q *purging) show(a *App, info broker.QueueInfo, at time.Time) {
	q.info, q.counted = info, at
	switch {
	case info.Ready == 0:
		q.field, q.wrong = nil, nil
		q.yes, q.do = "count again", func(a *App, _ string) tea.Cmd {
			q.busy, a.dialog = counting, q
			return a.count(q)
		}
	case q.field == nil: // what has been typed stays while the number changes
		q.yes, q.do = "purge", func(a *App, _ string) tea.Cmd { return a.purge() }
		q.askTyped(&a.o.Context, a.scene.queue.Queue)
	}
}
