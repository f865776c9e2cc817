package ui

import (
	"context"
	"fmt"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// queueEnd is the question before the selected queue is purged or deleted. While it is open it counts anew what would be lost:
// others work on the queue, too.
type queueEnd struct {
	question
	name    string
	remove  bool // the queue itself, not only its tasks
	unacked broker.Figure[int64]
	watched bool
	info    broker.QueueInfo // the newest count
	counted time.Time        // when it was taken; zero: never
	trouble string           // why there is no newer one
	flying  bool             // a count is under way
	next    time.Time        // when the next one is due
}

// askEnd asks about the selected queue.
func (s *queuesPlace) askEnd(a *App, key string) tea.Cmd {
	r := s.current()
	q := &queueEnd{
		question: question{title: "Purge", level: levelAlarm, busy: counting},
		name:     r.Name, remove: key == "D", unacked: r.Unacked, watched: r.Name == s.queue.Queue,
	}
	if q.remove {
		q.title = "Delete"
	}
	a.dialog = q
	return q.recount(a)
}

// view draws the question with the newest count.
func (q *queueEnd) view(a *App, w, h int) []string {
	q.lines = append(a.whereaboutsOf(q.name), "")
	if q.remove {
		q.lines = append(q.lines, "The queue goes for good, with its bindings and every task in it.")
	} else {
		q.lines = append(q.lines, "Every ready task is removed for good. Unacknowledged ones stay.")
	}
	q.lines = append(q.lines, q.stake(a))
	if q.remove && q.watched {
		q.lines = append(q.lines, q.ownStake(a))
	}
	if q.field != nil {
		q.lines = append(q.lines, "", a.o.Context.typeName(q.name))
	}
	return q.question.view(a, w, h)
}

// stake is what would be lost.
func (q *queueEnd) stake(a *App) string {
	switch {
	case q.trouble != "":
		return q.trouble
	case q.counted.IsZero():
		return ""
	case !q.remove && q.info.Ready == 0:
		return "Just now the queue has no ready task: there is nothing to purge."
	case !q.remove:
		return "Just now it has " + plural(q.info.Ready, "ready task") + " and " + plural(q.info.Consumers, "consumer") + "."
	case !q.loses():
		return "Just now it has no task and no consumer."
	}
	text := "Just now it has " + plural(q.info.Ready, "ready task") + " and " + plural(q.info.Consumers, "consumer")
	if q.unacked.Value > 0 {
		text += "; unacknowledged " + told(q.unacked, a.scene.now, count)
	}
	return text + "."
}

// ownStake is what the end of the watched queue means here.
func (q *queueEnd) ownStake(a *App) string {
	n, hand := a.scene.pool.Size, a.scene.pool.InHand
	switch {
	case a.o.Pool == nil || n == 0:
		return "It is the queue that this console watches."
	case hand == 0:
		return "It is the watched queue: " + plural(n, "worker") + " of this console stop."
	}
	return fmt.Sprintf("It is the watched queue: %s of this console stop, and the %s in hand cannot be acknowledged.",
		plural(n, "worker"), plural(hand, "task"))
}

// loses reports whether something would be lost, or somebody stopped.
func (q *queueEnd) loses() bool {
	return q.info.Ready > 0 || q.remove && (q.info.Consumers > 0 || q.unacked.Value > 0)
}

// queueCounted brings the count that a question waits for.
type queueCounted struct {
	ask  *queueEnd
	info broker.QueueInfo
	at   time.Time
	err  error
}

// recount counts when that is due.
func (q *queueEnd) recount(a *App) tea.Cmd {
	if q.flying || a.scene.now.Before(q.next) {
		return nil
	}
	q.flying = true
	admin := a.o.Admin
	return a.crew.asks(actionTimeout, func(ctx context.Context) tea.Msg {
		at := time.Now()
		info, err := admin.InspectQueue(ctx, q.name)
		return queueCounted{q, info, at, err}
	})
}

func (m queueCounted) tell(a *App) tea.Cmd {
	q := m.ask
	q.flying, q.next = false, a.scene.now.Add(recountPause)
	if m.err != nil {
		q.busy, q.trouble = "waiting for a count …", sentence(m.err.Error())
		return nil
	}
	q.info, q.counted, q.busy, q.trouble = m.info, m.at, "", ""
	q.do, q.yes = q.end, "purge"
	if q.remove {
		q.yes = "delete"
	}
	switch {
	case (q.loses() || q.remove && a.o.Context.Protected) && q.field == nil:
		q.askTyped(&a.o.Context, q.name)
	case !q.remove && q.info.Ready == 0: // a purge would remove just what came since, which nobody has seen
		q.field, q.wrong = nil, nil
		q.yes, q.do = "count again", func(a *App, _ string) tea.Cmd {
			q.busy, q.next, a.dialog = counting, time.Time{}, q
			return q.recount(a)
		}
	}
	return nil
}

// queueEnded tells how a purge or a deletion went.
type queueEnded struct {
	ask *queueEnd
	n   int
	err error
}

func (q *queueEnd) end(a *App, _ string) tea.Cmd {
	admin, known := a.o.Admin, q.field != nil && q.loses()
	return a.crew.asks(actionTimeout, func(ctx context.Context) tea.Msg {
		if !q.remove {
			n, err := admin.PurgeQueue(ctx, q.name)
			return queueEnded{q, n, err}
		}
		if !known { // it was empty when it was asked about; whatever came since, nobody has agreed to lose
			info, err := admin.InspectQueue(ctx, q.name)
			if err == nil && info.Ready+info.Consumers > 0 {
				err = fmt.Errorf("queue %s was not deleted: %s and %s came meanwhile; ask again", broker.Plain(q.name),
					plural(info.Ready, "task"), plural(info.Consumers, "consumer"))
			}
			if err != nil {
				return queueEnded{q, 0, err}
			}
		}
		n, err := admin.DeleteQueue(ctx, q.name)
		return queueEnded{q, n, err}
	})
}

func (m queueEnded) tell(a *App) tea.Cmd {
	name := broker.Plain(m.ask.name)
	switch {
	case m.err != nil:
		a.say(levelAlarm, m.err.Error())
	case m.ask.remove:
		a.say(levelNote, "queue "+name+" is deleted, with "+plural(m.n, "task"))
	default:
		a.say(levelNote, plural(m.n, "task")+" removed from "+name)
	}
	return a.relist()
}

// relist reads the queues again after they were changed from here.
func (a *App) relist() tea.Cmd {
	s := a.places[placeQueues].(*queuesPlace)
	s.soon()
	return s.read(a)
}
