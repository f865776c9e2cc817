package ui

import (
	"slices"
	"strconv"
	"strings"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// openDetails shows all that is known of the selected consumer and its connection, or of a connection alone.
func (s *fleetPlace) openDetails(a *App, _ string) tea.Cmd {
	key := s.selected
	title := "Consumer"
	if s.table.current().head {
		title = "Connection"
	}
	a.dialog = &sheet{
		title: title, acts: []string{"X"},
		still: func(*App) bool { return s.table.current() != nil && s.selected == key },
		facts: func(*App) []fact {
			i := slices.IndexFunc(s.table.rows, func(l fleetLine) bool { return l.key() == key })
			if i < 0 {
				return nil
			}
			l := &s.table.rows[i]
			if l.head {
				return s.connectionFacts(l)
			}
			return append(append(s.consumerFacts(l), fact{"", "", " "}), s.connectionFacts(s.headOf(i))...)
		},
	}
	return nil
}

// headOf is the connection's line above line i.
func (s *fleetPlace) headOf(i int) *fleetLine {
	for i > 0 && !s.table.rows[i].head {
		i--
	}
	return &s.table.rows[i]
}

func (s *fleetPlace) consumerFacts(l *fleetLine) []fact {
	facts := []fact{{"consumer", s.t.strong, orUnknown(l.Tag)}}
	if l.worker != "" {
		facts = append(facts, fact{"worker", s.t.accent, l.worker + " of this console"})
	}
	prefetch := strconv.Itoa(l.Prefetch)
	switch {
	case !l.AckNeeded:
		prefetch = "none: it acknowledges automatically, a task is lost with it"
	case l.Prefetch == 0:
		prefetch = "no limit: it may be given the whole queue"
	}
	facts = append(facts,
		fact{"doing", s.t.ofDoing(l.doing), string(l.doing.mark()) + " " + s.doingWhy(l)},
		fact{"prefetch", "", prefetch},
		fact{"priority", "", strconv.FormatInt(l.Priority, 10)})
	if l.Activity != "" {
		facts = append(facts, fact{"activity", "", l.Activity})
	}
	facts = append(facts, fact{"channel", "", strconv.Itoa(l.Channel)}, s.unackedFact(l), s.ratesFact(l))
	if !l.IdleSince.IsZero() {
		facts = append(facts, fact{"", s.t.dim, "nothing came or went for " + s.ago(l.IdleSince)})
	}
	return facts
}

// doingWhy is the verdict on a consumer in a sentence.
func (s *fleetPlace) doingWhy(l *fleetLine) string {
	long := s.ago(l.since)
	switch {
	case l.doing == doingStuck:
		return "stuck: it holds tasks and has acknowledged none for " + long + "; it hangs, or its task is that long"
	case l.doing == doingWorking && !l.since.IsZero():
		return "working, on its task for " + long
	case l.doing == doingWaiting:
		return "waiting: a standby, another consumer is the single active one"
	case l.doing == doingIdle:
		return "idle: it holds no task"
	case l.doing == doingUnknown:
		return "not told: the broker gives no figures of its channel"
	}
	return l.doing.String()
}

func (s *fleetPlace) unackedFact(l *fleetLine) fact {
	return fact{"unacked", "", told(l.Unacked, s.now, count)}
}

func (s *fleetPlace) ratesFact(l *fleetLine) fact {
	delivered := func(x float64) string { return rate(x) + " delivered" }
	acks := func(x float64) string { return rate(x) + " acknowledged" }
	text := told(l.Delivered, s.now, delivered) + " · " + told(l.Acks, s.now, acks)
	if l.Redelivered.Value >= noRate {
		text += " · ↻ " + rate(l.Redelivered.Value) + " redelivered"
	}
	return fact{"rates", "", text}
}

func (s *fleetPlace) connectionFacts(l *fleetLine) []fact {
	whose := "another program's"
	if l.Ours {
		whose = "of this console"
	}
	facts := []fact{
		{"connection", s.t.strong, broker.Plain(orUnknown(l.Connection))},
		{"", s.t.dim, whose},
		{"peer", "", orUnknown(l.Peer)},
		{"user", "", orUnknown(l.User)},
		{"client", "", orUnknown(l.Client)},
		{"", s.t.dim, orUnknown(strings.Join(strings.Fields(l.Product+" "+l.Version+" "+l.Platform), " "))},
		{"node", "", orUnknown(l.Node)},
		{"state", s.stateInk(l), orUnknown(l.State)},
	}
	return append(facts, fact{"connected", "", s.moment(l.ConnectedAt)},
		fact{"consumers", "", plural(l.consumers, "consumer") + " of this queue"}, s.unackedFact(l), s.ratesFact(l))
}

func (s *fleetPlace) stateInk(l *fleetLine) ink {
	if l.State != "" && l.State != "running" {
		return s.t.alarm
	}
	return ""
}

func (s *fleetPlace) barNone(*App) string {
	if s.table.current() == nil {
		return "nobody is selected"
	}
	return ""
}

func (s *fleetPlace) barClose(a *App) string {
	switch {
	case a.o.ReadOnly:
		return "the console is read-only, nothing is closed"
	case a.o.Admin == nil, s.at.IsZero():
		return "the connections are not known"
	case s.table.current() == nil:
		return "nobody is selected"
	case s.table.current().Connection == "":
		return "the broker does not name this connection"
	}
	return a.away()
}
