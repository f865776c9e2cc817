package ui

import (
	"fmt"
	"strings"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// openLinks shows where the queue is, and each of our connections to the broker.
func (a *App) openLinks(string) tea.Cmd {
	a.dialog = &sheet{
		title: "Connections", acts: []string{"r"},
		still: func(*App) bool { return true },
		facts: func(a *App) []fact { return append(a.queueNodes(), a.linkFacts()...) },
	}
	return nil
}

// queueNodes says on which nodes the watched queue is.
func (a *App) queueNodes() []fact {
	q, now := &a.scene.queue, a.scene.now
	name := func(node string) string { return node }
	facts := []fact{{"queue", a.t.strong, broker.Plain(q.Queue)}}
	if len(q.Replicas.Value.Members) == 0 {
		return append(facts, fact{"node", "", told(q.Node, now, name)})
	}
	if q.Leader.Known() && q.Leader.Value == "" {
		facts = append(facts, fact{"leader", a.t.alarm, "none, until the members agree on one"})
	} else {
		facts = append(facts, fact{"leader", "", told(q.Leader, now, name)})
	}
	members := membersOf(a.t, q.Replicas.Value)
	members[0].text = told(q.Replicas, now, func(broker.Replicas) string { return members[0].text })
	return append(facts, members...)
}

func (a *App) linkFacts() (facts []fact) {
	works := 0
	for i := range a.scene.links {
		if a.scene.links[i].Role == broker.RoleWork {
			works++
		}
	}
	for i := range a.scene.links {
		l := &a.scene.links[i]
		label := string(l.Role)
		if l.Role == broker.RoleWork && works > 1 {
			label += fmt.Sprintf(" %d", l.Index+1)
		}
		facts = append(facts, fact{"", "", " "})
		facts = append(facts, a.linkOf(label, l)...)
	}
	return facts
}

// linkOf is what is known of one connection.
func (a *App) linkOf(label string, l *broker.LinkState) []fact {
	s, t := a.scene, a.t
	dot := a.head.status(l)
	since := l.Since
	if l.Blocked != "" {
		since = l.BlockedAt
	}
	facts := []fact{{label, dot.k, string(dot.mark) + " " + dot.text + " for " + s.ago(since)}}
	switch {
	case l.Blocked != "":
		facts = append(facts, fact{"", t.alarm, "the broker takes no publishes from it: " + l.Blocked})
	case l.Err != nil:
		facts = append(facts, fact{"", t.warn, sentence(l.Err.Error())})
	}
	if l.Status == broker.LinkConnecting && l.Tries > 0 {
		facts = append(facts, fact{"", t.dim, "tried " + plural(l.Tries, "time") + s.nextTry(l)})
	}
	address := orUnknown(l.Address)
	if l.User != "" {
		address = l.User + "@" + l.Address + ", vhost " + l.VHost
	}
	if l.TLS {
		address += ", TLS"
		if l.Insecure {
			address += " not verified"
		}
	}
	facts = append(facts, fact{"address", "", address})
	if l.Status == broker.LinkUp {
		facts = append(facts, fact{"node", "", orUnknown(l.Node.Value) + a.product(l)})
	}
	if l.Generation > 1 {
		facts = append(facts, fact{"", t.dim, "connected " + plural(int(l.Generation), "time") + " since the start"})
	}
	return facts
}

// product is what the node of a connection says of itself.
func (a *App) product(l *broker.LinkState) string {
	if l.Product == "" {
		return ""
	}
	return " · " + strings.TrimSpace(l.Product+" "+l.Version)
}
