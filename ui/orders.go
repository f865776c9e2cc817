package ui

import (
	"context"
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"carousel/worker"
	"carousel/worker/fleet"
)

// hostBindings are the keys of the list of processes elsewhere.
func (s *fleetPlace) hostBindings() []binding {
	return []binding{
		{[]string{"enter"}, "↵", "details", "show all that is known of the selected process", s.barNoHost, s.openHost},
		{[]string{" "}, "space", "pause it", "pause the selected process's pool, or let it go on", s.barOrder, s.pauseHost},
		{[]string{"+", "=", "-"}, "+ -", "scale it", "a worker more or less in the selected process", s.barOrder, s.scaleHost},
		{[]string{"p"}, "p", "", "change how many tasks a worker of the selected process may hold", s.barOrder, s.askHostPrefetch},
		{[]string{"D"}, "D", "drain it", "let the selected process finish what it has in hand, and end", s.barOrder, s.askDrain},
		{[]string{"tab", "shift+tab"}, "tab", "consumers", "to the list of consumers", nil, s.otherList},
		{moves, "j k g G", "", "select: down, up, first, last; arrows and page keys too", nil, s.move},
		{[]string{"esc"}, "esc", "", "back to the board", nil, func(a *App, _ string) tea.Cmd { return a.show(placeBoard) }},
	}
}

func (s *fleetPlace) barNoHost(*App) string {
	if s.hostTable.current() == nil {
		return "no process is selected"
	}
	return ""
}

// barOrder says why the selected process takes no orders of this console.
func (s *fleetPlace) barOrder(a *App) string {
	h := s.hostTable.current()
	switch {
	case h == nil:
		return "no process is selected"
	case a.o.ReadOnly:
		return "the console is read-only, it gives no orders"
	case a.leaving != nil:
		return "the console is leaving"
	case a.switching != nil:
		return "the console is on its way to another queue"
	case h.State == fleet.HostLost, h.State == fleet.HostLeft:
		return h.Name + " is not there"
	case !h.Steering:
		return h.Name + " takes no orders (fleet.steer is off there)"
	}
	return ""
}

// orderedMsg tells how an order went.
type orderedMsg struct {
	done string
	err  error
}

func (m orderedMsg) tell(a *App) tea.Cmd {
	if m.err != nil {
		a.say(levelAlarm, m.err.Error())
	} else {
		a.say(levelNote, m.done)
	}
	return nil
}

// order sends one to the selected process, and tells how that went.
func (s *fleetPlace) order(a *App, h *fleet.Host, do fleet.Act, n int, done string) tea.Cmd {
	others, id := a.o.Others, h.ID
	return a.crew.asks(actionTimeout, func(ctx context.Context) tea.Msg {
		return orderedMsg{done, others.Order(ctx, id, do, n)}
	})
}

func (s *fleetPlace) pauseHost(a *App, _ string) tea.Cmd {
	h := &s.hostTable.current().Host
	if h.Pool.State == worker.PoolPaused {
		return s.order(a, h, fleet.Resume, 0, "told "+h.Name+" to take tasks again")
	}
	return s.order(a, h, fleet.Pause, 0, "told "+h.Name+" to pause; its tasks in hand finish")
}

func (s *fleetPlace) scaleHost(a *App, key string) tea.Cmd {
	h := &s.hostTable.current().Host
	n := h.Pool.Target + 1
	if key == "-" {
		n -= 2
	}
	if n < 0 {
		return nil
	}
	done := "told " + h.Name + " to run " + plural(n, "worker")
	if h.Pool.Auto.On {
		done += "; its autoscaling waits now"
	}
	return s.order(a, h, fleet.Scale, n, done)
}

func (s *fleetPlace) askHostPrefetch(a *App, _ string) tea.Cmd {
	h := s.hostTable.current().Host
	q := &question{title: "Prefetch of " + h.Name, yes: "change", lines: []string{
		"How many unacknowledged tasks each worker of " + h.Name + " may hold. With 1, each task goes to the next free worker.",
	}}
	q.ask("prefetch", wrongPrefetch)
	q.field.one.SetValue(strconv.Itoa(h.Pool.Prefetch))
	q.do = func(a *App, text string) tea.Cmd {
		n, _ := strconv.Atoi(text) // wrong has read it before
		return s.order(a, &h, fleet.Prefetch, n, "told "+h.Name+" to prefetch "+text)
	}
	a.dialog = q
	return nil
}

// askDrain asks for the process's name: what ends there does not come back by a key here.
func (s *fleetPlace) askDrain(a *App, _ string) tea.Cmd {
	h := s.hostTable.current().Host
	what, name := "the process's name", a.o.Context.named(h.Name)
	if a.o.Context.Protected {
		what = "the protected context and the process's name"
	}
	q := &question{title: "Drain " + h.Name, level: levelAlarm, yes: "drain it"}
	q.lines = append(a.whereabouts(), "",
		"Its "+plural(h.Pool.Size, "worker")+" take no more tasks, finish what they have in hand, and the process ends. It does not start "+
			"again by itself, unless whatever runs it there starts it.",
		"", "Type "+what+", "+plain(name)+", to go on.")
	q.ask("name", func(text string) string {
		if text == name {
			return ""
		}
		return "that is not " + plain(name)
	})
	q.do = func(a *App, _ string) tea.Cmd {
		return s.order(a, &h, fleet.Drain, 0, "told "+h.Name+" to drain; its process ends then")
	}
	a.dialog = q
	return nil
}

// openHost shows all that is known of the selected process.
func (s *fleetPlace) openHost(a *App, _ string) tea.Cmd {
	id := s.host
	a.dialog = &sheet{
		title: "Process", acts: []string{" ", "D"},
		still: func(*App) bool { return s.hostTable.current() != nil && s.host == id },
		facts: func(*App) []fact {
			for i := range s.hosts {
				if s.hosts[i].ID == id {
					return s.hostFacts(&s.hosts[i])
				}
			}
			return nil
		},
	}
	return nil
}

// otherList goes from the consumers to the processes, and back.
func (s *fleetPlace) otherList(a *App, _ string) tea.Cmd {
	s.choose(a, !s.onHosts)
	return nil
}

// choose has the keys act on the processes, where there are any, or on the consumers.
func (s *fleetPlace) choose(a *App, hosts bool) {
	if hosts = hosts && len(s.hosts) > 0; hosts != s.onHosts {
		s.onHosts = hosts
		a.newKeymaps()
	}
}

func (s *fleetPlace) barHosts(a *App) string {
	switch {
	case len(s.hosts) > 0:
		return ""
	case a.o.Others == nil:
		return "this console does not listen to processes elsewhere"
	}
	return "no process elsewhere tells of itself on this queue"
}
