package ui

import (
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// LeftTracing is tracing that a console before this one was killed over. Its functions do I/O, and are called from goroutines of
// their own.
type LeftTracing struct {
	Since time.Time
	Still func(ctx context.Context) (nodes []string, err error) // where it is still on; it is forgotten when that is nowhere
	End   func(ctx context.Context) error                       // switches it off
}

// leftFound tells where tracing was left on.
type leftFound struct {
	nodes []string
	err   error
}

// lookForLeft looks whether tracing was left on.
func (a *App) lookForLeft() tea.Cmd {
	left := a.o.Left
	if left == nil {
		return nil
	}
	return a.crew.asks(actionTimeout, func(ctx context.Context) tea.Msg {
		nodes, err := left.Still(ctx)
		return leftFound{nodes, err}
	})
}

func (m leftFound) tell(a *App) tea.Cmd {
	left := a.o.Left
	switch {
	case left == nil, m.err == nil && len(m.nodes) == 0:
		return nil
	case m.err != nil:
		a.say(levelWarn, "whether a console that was killed has left tracing on could not be seen: "+m.err.Error())
		return nil
	}
	text := "A console that was killed at " + left.Since.Local().Format("15:04 on 2 January") + " has left tracing on at " + strings.Join(m.nodes, ", ") +
		": every delivery of the vhost is copied."
	if a.dialog != nil { // not over what somebody is about
		a.say(levelWarn, text+" carousel asks about it at its next start")
		return nil
	}
	a.dialog = &question{title: "Tracing was left on", level: levelWarn, yes: "switch it off", lines: append(a.whereabouts(), "", text,
		"Esc leaves it on, and the next console asks again. Somebody else may have switched it on meanwhile, and need it."),
		do: func(a *App, _ string) tea.Cmd {
			return a.crew.asks(actionTimeout, func(ctx context.Context) tea.Msg { return leftEnded{left.End(ctx)} })
		}}
	return nil
}

// leftEnded tells how switching it off went.
type leftEnded struct{ err error }

func (m leftEnded) tell(a *App) tea.Cmd {
	if m.err != nil {
		a.say(levelAlarm, m.err.Error())
	} else {
		a.say(levelNote, "tracing is off")
	}
	return nil
}
