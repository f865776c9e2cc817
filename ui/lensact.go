package ui

import (
	"context"
	"strings"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// barLens says why the firehose cannot be looked through; "" when it can, and while it is.
func (a *App) barLens() string {
	switch {
	case a.player != nil:
		return "this is a recording"
	case a.lens.on():
		return ""
	case a.o.ReadOnly:
		return "the console is read-only, tracing is not switched on"
	case a.o.Sandbox:
		return "the sandbox has no firehose"
	case a.o.Trace == nil:
		return "there is no way to switch tracing off again after a crash"
	case a.lens.opening:
		return "tracing is being switched on"
	}
	return a.away()
}

// turnLens switches the firehose off, or asks whether it is to be switched on.
func (a *App) turnLens(string) tea.Cmd {
	if a.lens.on() {
		return a.closeLens()
	}
	queue := a.scene.queue.Queue
	q := &question{title: "Watch other consumers", level: levelWarn, yes: "switch tracing on", lines: append(a.whereabouts(), "",
		"RabbitMQ's firehose shows to which consumers of other programs this queue's tasks go. While it is on, the broker copies every "+
			"delivery of every queue of this vhost, and those of this queue travel here with their whole bodies. At full speed that costs "+
			"about 30 to 40 % of the throughput, on every queue of the vhost.",
		"Acknowledgements are not copied: a lane has deliveries, and what is between them is not known.",
		"It goes off again by the same key, when the console leaves, crashes or goes elsewhere, and after "+span(broker.TraceLimit)+".")}
	q.askName(&a.o.Context, queue)
	q.do = func(a *App, _ string) tea.Cmd { return a.openLens(queue) }
	a.dialog = q
	return nil
}

// lensOpened brings the firehose, or why there is none.
type lensOpened struct {
	session int
	source  Lens
	err     error
}

func (a *App) openLens(queue string) tea.Cmd {
	if why := a.barLens(); why != "" { // while the question stood there
		a.say(levelWarn, "tracing stays off: "+why)
		return nil
	}
	a.lens.opening = true
	trace, session := a.o.Trace, a.lens.session
	return a.crew.asks(actionTimeout, func(ctx context.Context) tea.Msg {
		source, err := trace(ctx, queue)
		return lensOpened{session, source, err}
	})
}

func (m lensOpened) tell(a *App) tea.Cmd {
	l := &a.lens
	if m.session != l.session {
		if m.err != nil {
			return nil
		}
		return a.discard(m.source.Close)
	}
	l.opening = false
	if m.err != nil {
		a.say(levelAlarm, m.err.Error())
		return nil
	}
	if a.away() != "" {
		l.begin(m.source)
		return a.closeLens()
	}
	l.begin(m.source)
	l.look(a.scene.now, a.scene.hosts)
	text, level := "tracing is on; T switches it off", levelNote
	if n := l.status.Nodes; len(n) > 0 && n[0].State == broker.TraceFound {
		text = "tracing was on already, and whoever switched it on has to switch it off; T ends the look"
	}
	if where := l.nodes(); where != "" {
		text, level = text+". It is on "+where, levelWarn
	}
	a.say(level, text)
	return nil
}

// closeLens switches the firehose off; nil: it is off.
func (a *App) closeLens() tea.Cmd {
	l := &a.lens
	if !l.on() || l.closing {
		return nil
	}
	l.closing = true
	source, session := l.source, l.session
	return a.crew.send(func(context.Context) tea.Msg {
		source.Close()
		return lensClosed{session, source}
	})
}

// lensClosed tells that tracing is off, or could not be switched off.
type lensClosed struct {
	session int
	source  Lens
}

func (m lensClosed) tell(a *App) tea.Cmd {
	if m.session == a.lens.session && a.lens.source == m.source {
		a.lens.status = m.source.Status()
		a.lensEnded(a.lens.status)
	}
	return nil
}

// lookLens takes in what the firehose has brought.
func (a *App) lookLens() {
	if l := &a.lens; l.on() && !l.look(a.scene.now, a.scene.hosts) && !l.closing {
		a.lensEnded(l.status)
	}
}

// lensEnded tells how the firehose ended.
func (a *App) lensEnded(s broker.TraceStatus) {
	a.lens.over()
	if len(s.Left) > 0 {
		a.say(levelAlarm, "tracing may still be on at "+strings.Join(s.Left, ", ")+", which did not answer: rabbitmqctl trace_off -p "+
			broker.Plain(a.scene.queue.VHost)+" there switches it off, and carousel asks about it at its next start")
		return
	}
	for _, n := range s.Nodes {
		if n.State == broker.TraceFound {
			a.say(levelNote, "the look through the firehose is over; tracing stays on, as it was found")
			return
		}
	}
	a.say(levelNote, "tracing is off: "+s.Ended+"; T looks again")
}
