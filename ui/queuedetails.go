package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// openDetails shows all that is known of the selected queue.
func (s *queuesPlace) openDetails(a *App, _ string) tea.Cmd {
	name := s.current().Name
	a.dialog = &sheet{
		title: "Queue", acts: []string{"w", "W", "P", "D"},
		still: func(*App) bool { r := s.current(); return r != nil && r.Name == name },
		facts: func(a *App) []fact {
			i := slices.IndexFunc(s.table.rows, func(r broker.QueueRow) bool { return r.Name == name })
			if i < 0 {
				return nil
			}
			return s.facts(a, &s.table.rows[i])
		},
	}
	return nil
}

func (s *queuesPlace) facts(a *App, r *broker.QueueRow) []fact {
	perSecond := func(what string) func(float64) string {
		return func(x float64) string { return rate(x) + " " + what }
	}
	size := func(n int64) string { return string(appendBytes(nil, n)) }
	state := ink("")
	if ailing(r.State) {
		state = s.t.warn
	}
	facts := []fact{
		{"queue", s.t.strong, broker.Plain(r.Name)},
		{"", s.t.dim, "vhost " + s.queue.VHost},
	}
	if r.Name == s.queue.Queue {
		facts = append(facts, fact{"", s.t.accent, "▸ watched by this console" + s.workersOn(a)})
	}
	facts = append(facts,
		fact{"type", "", orUnknown(r.Type) + s.kinds(r)},
		fact{"state", state, orUnknown(r.State)},
		fact{"ready", s.t.strong, told(r.Ready, s.now, count)},
		fact{"", s.t.shades[0], s.minute(r.Name)},
		fact{"unacked", "", told(r.Unacked, s.now, count)},
		fact{"in", "", told(r.In, s.now, perSecond("published"))},
		fact{"out", "", told(r.Out, s.now, perSecond("acknowledged"))},
		fact{"consumers", "", told(r.Consumers, s.now, count)},
		fact{"bytes", "", told(r.MessageBytes, s.now, size)},
		fact{"policy", "", orUnknown(r.Policy)},
		fact{"node", "", orUnknown(r.Node)})
	if r.Leader != "" {
		facts = append(facts, fact{"leader", "", r.Leader})
	}
	facts = append(facts, membersOf(s.t, r.Replicas)...)
	if len(r.Arguments) == 0 {
		return append(facts, fact{"arguments", s.t.dim, "none"})
	}
	for i, k := range slices.Sorted(maps.Keys(r.Arguments)) {
		label := ""
		if i == 0 {
			label = "arguments"
		}
		facts = append(facts, fact{label, "", k + " = " + broker.Plain(fmt.Sprint(r.Arguments[k]))})
	}
	return facts
}

// membersOf are the nodes that hold a copy of a queue, and which of them are there.
func membersOf(t *theme, r broker.Replicas) []fact {
	if len(r.Members) == 0 {
		return nil
	}
	if r.Online == nil {
		return []fact{{"members", "", strings.Join(r.Members, ", ")}}
	}
	away := r.Away()
	online := fmt.Sprintf("%d of %d online", len(r.Members)-len(away), len(r.Members))
	if here := slices.DeleteFunc(slices.Clone(r.Members), func(m string) bool { return slices.Contains(away, m) }); len(here) > 0 {
		online += ": " + strings.Join(here, ", ")
	}
	facts := []fact{{"members", "", online}}
	if len(away) > 0 {
		facts = append(facts, fact{"", t.warn, "offline: " + strings.Join(away, ", ")})
	}
	if r.Lacking() > 0 {
		facts = append(facts, fact{"", t.alarm, "no majority: " + standstill(r)})
	}
	return facts
}

// minute is the depth over the last minute.
func (s *queuesPlace) minute(name string) string {
	blocks := s.trails[name].blocks(s.now)
	return strings.TrimLeft(string(blocks[:]), " ") + " over the last minute"
}

// kinds are the properties that a queue was declared with, in words. A row that stands in for the list does not know them all.
func (s *queuesPlace) kinds(r *broker.QueueRow) string {
	if s.at.IsZero() {
		return ""
	}
	text := ", transient"
	if r.Durable {
		text = ", durable"
	}
	if r.AutoDelete {
		text += ", deletes itself after its last consumer"
	}
	if r.Exclusive {
		text += ", exclusive to one connection"
	}
	return text
}

// workersOn says how many of our own workers take from the watched queue.
func (s *queuesPlace) workersOn(a *App) string {
	if a.o.Pool == nil || s.pool.Size == 0 {
		return ""
	}
	return ", with " + plural(s.pool.Size, "worker") + " on it"
}

// The reasons for which keys cannot act.

func (s *queuesPlace) barNone(*App) string {
	if s.current() == nil {
		return "no queue is selected"
	}
	return ""
}

func (s *queuesPlace) barPages(*App) string {
	if s.page.Pages < 2 {
		return "there is one page only"
	}
	return ""
}

func (s *queuesPlace) barWatch(a *App) string {
	if why := s.barSwitch(a); why != "" {
		return why
	}
	if a.switching == nil && a.o.Pool == nil && s.current().Name == s.queue.Queue {
		return "that is the watched queue"
	}
	return ""
}

func (s *queuesPlace) barWork(a *App) string {
	why := s.barSwitch(a)
	switch {
	case why != "":
		return why
	case a.o.ReadOnly:
		return "the console is read-only, nothing is consumed"
	case a.switching == nil && a.o.Pool != nil && s.current().Name == s.queue.Queue:
		return "the workers are on that queue"
	}
	return ""
}

// barSwitch is why the console cannot go to the selected queue. On its way to another one it can be told to hurry.
func (s *queuesPlace) barSwitch(a *App) string {
	if why := s.barNone(a); why != "" {
		return why
	}
	return a.barSwitch()
}

// barAct is why nothing can be changed at the broker.
func (s *queuesPlace) barAct(a *App, what string) string {
	switch {
	case a.o.ReadOnly:
		return "the console is read-only, nothing is " + what
	case a.o.Admin == nil:
		return "this console knows of its own queue only"
	}
	return a.away()
}

func (s *queuesPlace) barCreate(a *App) string { return s.barAct(a, "created") }

func (s *queuesPlace) barPurge(a *App) string {
	if why := s.barNone(a); why != "" {
		return why
	}
	return s.barAct(a, "purged")
}

func (s *queuesPlace) barDelete(a *App) string {
	if why := s.barNone(a); why != "" {
		return why
	}
	return s.barAct(a, "deleted")
}

// watch goes to the selected queue to look on.
func (s *queuesPlace) watch(a *App, _ string) tea.Cmd { return s.watchNamed(a, s.current().Name) }

// watchNamed goes to a queue to look on; workers that are busy elsewhere end by that, which is asked about.
func (s *queuesPlace) watchNamed(a *App, name string) tea.Cmd {
	if a.switching != nil || a.o.Pool == nil || s.pool.Size == 0 {
		return a.switchTo(name, false)
	}
	a.dialog = &question{title: "Watch this queue", level: levelWarn, yes: "watch it", lines: append(a.whereaboutsOf(name), "",
		s.partingOf(a)+" No worker starts on this queue; W would let them."),
		do: func(a *App, _ string) tea.Cmd { return a.switchTo(name, false) }}
	return nil
}

// counted spells a count with its noun.
func counted(noun string) func(int64) string {
	return func(n int64) string { return plural(int(n), noun) }
}

// partingOf says what becomes of the workers when the console leaves its queue.
func (s *queuesPlace) partingOf(a *App) string {
	if a.o.Pool == nil || s.pool.Size == 0 {
		return "The console leaves " + broker.Plain(s.queue.Queue) + "."
	}
	return "The " + plural(s.pool.Size, "worker") + " of " + broker.Plain(s.queue.Queue) + " end. Tasks in hand have " +
		span(a.o.DrainTimeout) + " to finish, then they go back."
}

// askWork tells what it means that workers start on a queue.
func (s *queuesPlace) askWork(a *App, _ string) tea.Cmd {
	r := s.current()
	if a.switching != nil {
		return a.switchTo(r.Name, true)
	}
	return a.askWork(r.Name, r.Ready, r.Consumers)
}

// askWork is the question before workers start on a queue with so many ready tasks and consumers.
func (a *App) askWork(name string, ready, consumers broker.Figure[int64]) tea.Cmd {
	now, parting := a.scene.now, ""
	if name != a.scene.queue.Queue || a.o.Pool != nil {
		parting = a.places[placeQueues].(*queuesPlace).partingOf(a) + " "
	}
	lines := append(a.whereaboutsOf(name), "", parting+"Workers start on this queue and take its tasks.",
		"It has "+told(ready, now, counted("ready task"))+" and "+told(consumers, now, counted("consumer"))+".")
	if !a.o.Sandbox {
		lines = append(lines, "",
			"A simulated handler touches only tasks that carousel made: at the first other one the pool holds, and asks you.")
	}
	q := &question{title: "Work on this queue", level: levelWarn, yes: "work on it", lines: lines,
		do: func(a *App, _ string) tea.Cmd { return a.switchTo(name, true) }}
	if why := a.unasked(name); why != "" {
		q.lines = append(q.lines, "", "Mind: "+why+".")
		q.askName(&a.o.Context, name)
	}
	a.dialog = q
	return nil
}

// unasked says why workers start on a queue only after its name was typed; "" when a yes will do.
func (a *App) unasked(queue string) string {
	if a.o.Unasked == nil {
		return ""
	}
	return a.o.Unasked(queue)
}

// barWorkHere says why no workers can start on the queue that is watched; "" when they can.
func (a *App) barWorkHere() string {
	switch {
	case a.o.ReadOnly:
		return "the console is read-only, nothing is consumed"
	case a.o.Pool != nil:
		return "the workers are on this queue; + starts one more"
	case a.switching != nil:
		return a.away()
	}
	return a.barSwitch()
}

func (a *App) workHere(string) tea.Cmd {
	q := &a.scene.queue
	return a.askWork(q.Queue, q.Ready, q.Consumers)
}

// whereaboutsOf names host, vhost and a queue of it.
func (a *App) whereaboutsOf(queue string) []string {
	lines := a.whereabouts()
	lines[2] = "queue  " + broker.Plain(queue)
	return lines
}

// recountPause is how often an open question counts anew what would be lost.
const recountPause = 2 * time.Second
