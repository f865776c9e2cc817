package ui

import (
	"context"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// barResend says why a task cannot be published again.
func (s *tasksPlace) barResend(a *App) string {
	switch {
	case a.barPublish() != "":
		return a.barPublish()
	case s.sending:
		return "a task is on its way"
	}
	return s.barWhole(a)
}

// askResend asks before a copy of the subject is published.
func (s *tasksPlace) askResend(a *App, _ string) tea.Cmd {
	task := s.subject.task
	lines := append(a.whereabouts(), "", "A copy of task "+shortID(task.ID)+" goes there as a new task: "+describe(&task)+
		". It gets an id of its own, and a header that names this one.")
	if s.subject.running {
		lines = append(lines, "", "This one is still running; the copy is worked beside it.")
	}
	s.ask(a, "Resend", lines, task)
	return nil
}

func describe(t *broker.Task) string {
	text := string(appendBytes(nil, int64(len(t.Body))))
	if t.Type != "" {
		text = t.Type + ", " + text
	}
	return text
}

// ask asks, and publishes a task made of the given one.
func (s *tasksPlace) ask(a *App, title string, lines []string, task broker.Task) {
	q := &question{title: title, lines: lines, level: levelNote, yes: "send it", do: func(a *App, _ string) tea.Cmd {
		if why := a.barPublish(); why != "" { // what came since it was asked
			a.say(levelWarn, "Not sent: "+why+".")
			return nil
		}
		return s.send(a, task)
	}}
	if a.o.Context.Protected {
		q.askName(&a.o.Context, s.scene.queue.Queue)
	}
	a.dialog = q
}

// send publishes a new task made of a task, and tells what became of it.
func (s *tasksPlace) send(a *App, task broker.Task) tea.Cmd {
	again := broker.Again(task)
	s.sending = true
	client := a.o.Broker
	return a.crew.asks(actionTimeout, func(ctx context.Context) tea.Msg {
		begun := time.Now()
		progress := new(broker.Progress)
		left := 1
		err := client.Enqueue(ctx, broker.Batch{Next: func() (broker.Task, bool) {
			left--
			return again, left == 0
		}}, progress)
		return resentMsg{s, again.ID, progress.Read(), err, time.Since(begun)}
	})
}

// resentMsg tells what became of a task that was sent again.
type resentMsg struct {
	s     *tasksPlace
	id    string
	tally broker.Tally
	err   error
	took  time.Duration
}

func (m resentMsg) tell(a *App) tea.Cmd {
	m.s.sending = false
	a.say(m.verdict())
	return nil
}

// verdict says it in a sentence. What is not known is not sent again.
func (m resentMsg) verdict() (level, string) {
	id := shortID(m.id)
	switch t := &m.tally; {
	case t.Confirmed > 0:
		return levelCalm, "Sent as task " + id + ", confirmed in " + span(m.took) + "."
	case t.Returned > 0:
		return levelAlarm, sentence("Not sent, no queue took it: " + t.Trouble)
	case t.Rejected > 0:
		return levelAlarm, sentence("Not sent, the broker refused it: " + t.Trouble)
	case t.Unknown > 0:
		return levelWarn, sentence("Whether task " + id + " was stored is not known: " + t.Trouble)
	case m.err != nil && t.Waiting != "":
		return levelAlarm, sentence("Not sent: " + t.Waiting)
	case m.err != nil:
		return levelAlarm, sentence("Not sent: " + m.err.Error())
	}
	return levelWarn, "Whether task " + id + " was stored is not known."
}
