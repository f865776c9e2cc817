package ui

import (
	"cmp"
	"context"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// connectionEnd is the question before a connection is closed. While it is open it shows what stands on it as of the newest
// look, the first of which is ordered with the question.
type connectionEnd struct {
	question
	connection string
	line       fleetLine // the connection's newest
	asked      time.Time // answers to older orders do not count
	trouble    string    // why there is no newer answer
}

// closeReason is what the owner of a closed connection reads.
const closeReason = "closed by hand from a carousel console"

func (s *fleetPlace) askClose(a *App, _ string) tea.Cmd {
	head := s.headOf(s.table.at)
	q := &connectionEnd{
		question:   question{title: "Close the connection", level: levelAlarm, yes: "close it", busy: "looking at what it holds …"},
		connection: head.Connection, line: *head, asked: a.scene.now,
	}
	q.do = q.close
	if !head.Ours { // somebody else's work stops: it is not the fingers that decide
		host := a.o.Context.named(q.host())
		q.ask("host", func(text string) string {
			if text == host || text == broker.Plain(host) {
				return ""
			}
			return "that is not " + q.typed(a)
		})
	}
	a.dialog = q
	s.soon()
	return s.read(a)
}

// read takes an answer in, unless its order is older than the question.
func (q *connectionEnd) read(m fleetRead) {
	s := m.place
	if m.asked.Before(q.asked) {
		s.soon()
		return
	}
	if m.err != nil {
		q.busy, q.trouble = "waiting for an answer …", sentence(m.err.Error())
		return
	}
	q.busy, q.trouble = "it is gone: there is nothing to close", ""
	for i := range s.table.rows {
		if l := &s.table.rows[i]; l.head && l.Connection == q.connection {
			q.line, q.busy = *l, ""
		}
	}
}

// view draws the question with what the newest look found.
func (q *connectionEnd) view(a *App, w, h int) []string {
	l := &q.line
	q.lines = append(a.whereabouts(), "peer   "+orUnknown(l.Peer)+" as "+orUnknown(l.User), "client "+orUnknown(l.Client), "",
		q.stake(a.scene.now))
	if l.Ours {
		q.lines = append(q.lines, "It is this console's own: its workers come back over a new connection, and what they run now runs again.")
	} else {
		q.lines = append(q.lines, "It is another program's. Whatever else that does over this connection ends, too.")
	}
	if q.trouble != "" {
		q.lines = append(q.lines, q.trouble)
	}
	if q.field != nil {
		q.lines = append(q.lines, "", "Type "+q.typed(a)+", to go on.")
	}
	return q.question.view(a, w, h)
}

// host is what is typed to close another program's connection.
func (q *connectionEnd) host() string { return cmp.Or(hostOf(q.line.Peer), q.connection) }

// typed says what is typed, and what that is.
func (q *connectionEnd) typed(a *App) string {
	what := "the peer's host"
	if a.o.Context.Protected {
		what = "the protected context and the peer's host"
	}
	return what + ", " + broker.Plain(a.o.Context.named(q.host()))
}

// stake is what ends with the connection.
func (q *connectionEnd) stake(now time.Time) string {
	ends, back := " of this queue end; ", " go back to it."
	if q.line.consumers == 1 {
		ends = " of this queue ends; "
	}
	tasks := "how many unacknowledged tasks" + back[:len(back)-1] + " is not known."
	if f := q.line.Unacked; f.Known() {
		switch f.Value {
		case 0:
			back = " would go back to it."
		case 1:
			back = " goes back to it."
		}
		tasks = plural(int(f.Value), "unacknowledged task")
		if age := f.Age(now).Truncate(time.Second); age >= time.Second {
			tasks += " (counted " + span(age) + " ago)"
		}
		tasks += back
	}
	return plural(q.line.consumers, "consumer") + ends + tasks
}

// connectionClosed tells how that went.
type connectionClosed struct {
	who string
	err error
}

func (q *connectionEnd) close(a *App, _ string) tea.Cmd {
	admin, name, who := a.o.Admin, q.connection, cmp.Or(q.line.Peer, broker.Plain(q.connection))
	return a.crew.asks(actionTimeout, func(ctx context.Context) tea.Msg {
		return connectionClosed{who, admin.CloseConnection(ctx, name, closeReason)}
	})
}

func (m connectionClosed) tell(a *App) tea.Cmd {
	if m.err != nil {
		a.say(levelAlarm, m.err.Error())
	} else {
		a.say(levelNote, "the connection of "+m.who+" is closed")
	}
	s := a.places[placeFleet].(*fleetPlace)
	s.soon()
	return s.sampled(a)
}
