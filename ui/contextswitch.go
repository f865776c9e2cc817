package ui

import (
	"context"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// contextTimeout bounds how long the console knocks at another broker; each of its addresses has a timeout of its own.
const contextTimeout = 2 * actionTimeout

// contextEntries are the palette's ways to other brokers.
func (a *App) contextEntries() (all []entry) {
	if a.o.SwitchContext == nil {
		return nil
	}
	for _, x := range a.o.Contexts {
		text := "context: " + x.title()
		if x.Description != "" {
			text += ", " + plain(x.Description)
		}
		all = append(all, entry{
			text: text, where: "go to it",
			bar: func(a *App) string {
				if x.Name == a.o.Context.Name {
					return "the console is in it"
				}
				return a.barGoing()
			},
			do: func(a *App) tea.Cmd { return a.askContext(x) },
		})
	}
	return all
}

// title is the context's name, or a word for the one without.
func (x *ContextEntry) title() string {
	if x.Name == "" {
		return "none"
	}
	return x.Name
}

// askContext goes to another broker; workers that are busy here end by that, which is asked about.
func (a *App) askContext(x ContextEntry) tea.Cmd {
	queues := a.places[placeQueues].(*queuesPlace)
	if a.o.Pool == nil || queues.pool.Size == 0 {
		return a.switchContext(x)
	}
	a.dialog = &question{title: "Leave for " + x.title(), level: levelWarn, yes: "go there", lines: append(a.whereabouts(), "",
		queues.partingOf(a)+" There, workers start as they would at the start of a console."),
		do: func(a *App, _ string) tea.Cmd { return a.switchContext(x) }}
	return nil
}

// switchContext takes the console to another broker. Until its session is there, the console stays in the context it is in.
func (a *App) switchContext(x ContextEntry) tea.Cmd {
	if a.switching != nil {
		return a.againTo()
	}
	if why := a.barGoing(); why != "" {
		a.say(levelWarn, "not to another context now: "+why)
		return nil
	}
	open := a.o.SwitchContext
	return a.setOut(&switching{queue: "context " + x.title(), elsewhere: true}, contextTimeout, func(ctx context.Context) (Session, error) {
		return open(ctx, x.Name)
	})
}

// enter puts what hangs on the broker in the place of what hung on the one that was left. Places that know the old one's queues
// and connections are made anew; the lab keeps its study.
func (a *App) enter(n *Session) {
	studied := a.lab()
	studied.moved(whither(a.o.Context.Name), whither(n.Context.Name))
	a.o.Switch, a.o.Context, a.o.ReadOnly, a.o.Sandbox = n.Switch, n.Context, n.ReadOnly, n.Sandbox
	a.o.Notices, a.noticed = n.Notices, 0
	a.head.context, a.head.readOnly, a.head.sandbox = n.Context, n.ReadOnly, n.Sandbox
	asked := a.dead().asked
	a.newPlaces()
	a.places[placeLab] = studied
	a.dead().asked = asked + 1 // what the old broker has still to answer is not for this one
	a.newKeymaps()
}

// arrived says where the console is now.
func (a *App) arrived(queue string, n *Session) string {
	name := whither(n.Context.Name)
	if n.Pool == nil {
		return "Now in " + name + ", watching " + broker.Plain(queue) + "; it is not worked here."
	}
	return "Now in " + name + ", on " + broker.Plain(queue) + ", with " + plural(n.Pool.Status().Target, "worker") + "."
}

// whither is what a context is called that the console went to.
func whither(context string) string {
	if context == "" {
		return "a broker in no context"
	}
	return plain(context)
}
