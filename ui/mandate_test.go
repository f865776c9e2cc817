package ui

import (
	"strings"

	"carousel/broker"
	"carousel/worker/fleet"
)

// isName reports whether what was typed is a name, spelled as it is or as it is shown.
func isName(typed, name string) bool { return typed == name || typed == broker.Plain(name) }

// asksFor reports whether a moment may lead to an act: its own key was pressed, or its question was there and was answered. An
// act through a click or the palette counts as its key, but nothing that is asked about first.
func (m *moment) asksFor(act string) bool {
	who, act, _ := strings.Cut(act, ": ")
	if who == "others" {
		return m.orders(act)
	}
	verb, _, _ := strings.Cut(act, " ")
	pressed := func(keys string) bool { // as a key of its own, among keys that came as one, or by its entry or its place on the screen
		_, palette := m.dialog.(*finder)
		return m.dialog == nil && strings.ContainsAny(m.key, keys) || m.dialog == nil && m.key == "click" || palette && m.key == "enter"
	}
	answered := func(title string) bool {
		return m.ready && strings.HasPrefix(m.title, title) && (m.key == "enter" || strings.Contains(m.key, "y"))
	}
	_, foretells := m.dialog.(*whatIf)
	applies := foretells && m.key == "enter"
	switch verb {
	case "resize":
		return pressed("+=-") || applies
	case "pause", "resume":
		return pressed(" s")
	case "reconnect", "retry", "ensure":
		return pressed("r")
	case "autoscale":
		return pressed("")
	case "prefetch":
		return answered("Prefetch") && act == "prefetch "+m.typed || applies
	case "crash":
		return answered("Crash")
	case "allow":
		return answered("Foreign task") && isName(m.typed, m.queue)
	case "trace":
		return answered("Watch other consumers") && isName(m.typed, m.queue)
	case "drain":
		return m.leaves() || m.goes()
	case "switch":
		return m.goes()
	case "enqueue":
		_, form := m.dialog.(*form)
		return form && (m.key == "ctrl+s" || m.key == "enter") || answered("Resend") || pressed("t")
	case "lab":
		return m.place == placeLab && pressed("s")
	case "create":
		_, form := m.dialog.(*queueForm)
		return form && (m.key == "ctrl+s" || m.key == "enter")
	case "look":
		return answered("Look") || pressed("L") || m.dialog == nil && m.key == "enter"
	case "replay":
		_, form := m.dialog.(*replayForm)
		return form && (m.key == "ctrl+s" || m.key == "enter")
	case "discard":
		d, asked := m.dialog.(*discarding)
		return asked && answered("Discard") && isName(m.typed, d.queue)
	case "close":
		d, asked := m.dialog.(*connectionEnd)
		return asked && answered("Close") && (!m.named && d.line.Ours || m.named && isName(m.typed, d.host()))
	case "delete":
		d, asked := m.dialog.(*queueEnd)
		return asked && d.remove && answered("Delete") && (!m.named || isName(m.typed, d.name))
	}
	switch d := m.dialog.(type) { // a purge of the watched queue, or of another one
	case *purging:
		return act == "purge" && answered("Purge") && isName(m.typed, m.queue)
	case *queueEnd:
		return act == "purge "+d.name && answered("Purge") && isName(m.typed, d.name)
	}
	return false
}

// orders is asksFor for an order to a process elsewhere, "ID ACT N": given on screen 5, or from the sheet of the process.
func (m *moment) orders(order string) bool {
	words := strings.Fields(order)
	if len(words) != 3 || m.place != placeFleet {
		return false
	}
	_, details := m.dialog.(*sheet)
	_, palette := m.dialog.(*finder)
	pressed := func(keys string) bool {
		return (m.dialog == nil || details) && strings.ContainsAny(m.key, keys) || m.dialog == nil && m.key == "click" || palette && m.key == "enter"
	}
	answered := m.ready && (m.key == "enter" || strings.Contains(m.key, "y"))
	switch fleet.Act(words[1]) {
	case fleet.Pause, fleet.Resume:
		return pressed(" ")
	case fleet.Scale:
		return pressed("+=-") && !details
	case fleet.Prefetch:
		return answered && strings.HasPrefix(m.title, "Prefetch of ") && words[2] == m.typed
	case fleet.Drain:
		name, asked := strings.CutPrefix(m.title, "Drain ")
		return answered && asked && isName(m.typed, name)
	}
	return false
}

// leaves reports whether a moment may end the console.
func (m *moment) leaves() bool {
	return m.key == "ctrl+c" || m.title == "Quit" && (m.key == "enter" || strings.Contains(m.key, "y")) || m.asksToLeave()
}

func (m *moment) asksToLeave() bool {
	_, palette := m.dialog.(*finder)
	return m.dialog == nil && (strings.Contains(m.key, "q") || m.key == "click") || palette && m.key == "enter"
}

// goes reports whether a moment may lead to another queue.
func (m *moment) goes() bool {
	_, palette := m.dialog.(*finder)
	_, details := m.dialog.(*sheet)
	return m.place == placeQueues && (m.dialog == nil || details) && (strings.ContainsAny(m.key, "wW") || m.key == "click") || palette && m.key == "enter" ||
		strings.HasSuffix(m.title, "this queue") && (m.key == "enter" || strings.Contains(m.key, "y"))
}

// looksOnly reports whether a call changes nothing at the broker or in the pool.
func looksOnly(call string) bool {
	who, what, _ := strings.Cut(call, ": ")
	verb, _, _ := strings.Cut(what, " ")
	switch verb {
	case "inspect", "queues", "fleet", "cost":
		return true
	}
	return who == "broker" && verb == "reconnect"
}
