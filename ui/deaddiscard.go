package ui

import (
	"context"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// discarding is the question before letters are removed for good. It shows the newest count for as long as it is open.
type discarding struct {
	question
	s     *deadPlace
	queue string
	scope deadScope
}

func (s *deadPlace) askDiscard(a *App, _ string) tea.Cmd {
	scopes, likely := s.scopes()
	q := &discarding{question: question{title: "Discard", level: levelAlarm, busy: counting}, s: s, queue: s.target(), scope: scopes[likely]}
	a.dialog = q
	return s.inquire(a)
}

// weigh takes a fresh count in. With nothing to lose there is nothing to answer.
func (q *discarding) weigh(a *App) {
	switch {
	case q.s.costErr != nil:
		q.busy = sentence("The letters cannot be counted: " + q.s.costErr.Error())
	case q.s.cost.Depth == 0:
		q.busy = "The queue has no letter any more: there is nothing to discard."
	default:
		q.busy, q.yes, q.do = "", "discard for good", func(a *App, _ string) tea.Cmd { return q.start(a) }
		if q.field == nil { // what has been typed stays while the number changes
			q.askTyped(&a.o.Context, q.queue)
		}
	}
}

func (q *discarding) view(a *App, w, h int) []string {
	where := a.whereabouts()
	where[2] = "queue  " + q.queue
	q.lines = append(where, "", q.what()+" removed for good. No copy is kept anywhere.")
	if q.busy == "" {
		q.lines = append(q.lines, "Just now the queue has "+plural(q.s.cost.Depth, "letter")+".", "", a.o.Context.typeName(q.queue))
	}
	return q.question.view(a, w, h)
}

// what names the letters that would go.
func (q *discarding) what() string {
	letters := q.scope.letters
	if len(letters) == 1 {
		l := letters[0]
		return "The letter " + orUnknown(shortID(l.Task.ID)) + " (" + orUnknown(l.Cause) + ") is"
	}
	return "The " + count(int64(len(letters))) + " " + q.scope.word + " letters are"
}

func (q *discarding) start(a *App) tea.Cmd {
	if why := q.s.barAct(a); why != "" {
		a.say(levelWarn, "No discard: "+why)
		return nil
	}
	keys, dead, queue := q.scope.keys(), a.o.Dead, q.queue
	j := &deadJob{title: "Discard", verb: "discard", past: "discarded", queue: queue, route: "for good",
		total: len(q.scope.letters), keys: keys}
	return q.s.startJob(a, j, func(ctx context.Context, p *broker.ReplayProgress) error {
		return dead.Discard(ctx, queue, func(l *broker.Letter) bool { return keys[l.Key] }, p)
	})
}
