package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/brokertest"
	"carousel/ui/uitest"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
)

// mischief hands out the texts that could do harm, one after the other and from the start again, each cut at the length to
// which the journal cuts an error, which is the longest that comes here.
type mischief struct {
	texts []brokertest.HostileText
	at    int
}

func (h *mischief) next() string {
	text := h.texts[h.at%len(h.texts)].Text
	h.at++
	return text[:min(len(text), 500)]
}

func (h *mischief) fault() error {
	return &broker.Fault{Kind: broker.Failed, What: "cannot " + h.next(), Why: h.next(), Do: h.next()}
}

// hostileStates are the states in which the board shows what a broker, an administrator or a handler says.
var hostileStates = map[string]func(*mischief, *fakeBroker, *fakePool){
	"at work": func(*mischief, *fakeBroker, *fakePool) {},
	"refused": func(h *mischief, b *fakeBroker, _ *fakePool) {
		for i := range b.links {
			b.links[i].Status, b.links[i].Err = broker.LinkRefused, h.fault()
		}
	},
	"down": func(h *mischief, b *fakeBroker, _ *fakePool) {
		for i := range b.links {
			b.links[i].Status, b.links[i].Err, b.links[i].NextTry = broker.LinkConnecting, h.fault(), start.Add(time.Second)
		}
	},
	"missing": func(_ *mischief, b *fakeBroker, _ *fakePool) { b.queue.Missing = true },
	"blocked": func(h *mischief, b *fakeBroker, _ *fakePool) {
		b.links[0].Blocked, b.links[0].BlockedAt = h.next(), start
	},
	"alarm": func(h *mischief, b *fakeBroker, _ *fakePool) {
		b.queue.Alarms = known([]string{h.next(), h.next()}, start)
	},
	"no api": func(h *mischief, b *fakeBroker, _ *fakePool) {
		b.queue.API.Err, b.queue.Totals.Err = h.fault(), h.fault()
	},
	"failing": func(h *mischief, b *fakeBroker, p *fakePool) { b.err, p.err = h.fault(), errors.New(h.next()) },
	"foreign": func(h *mischief, _ *fakeBroker, p *fakePool) {
		p.status.State, p.status.Held, p.status.Foreign = worker.PoolHeld, h.next(), true
	},
	"held": func(h *mischief, _ *fakeBroker, p *fakePool) {
		p.status.State, p.status.Held = worker.PoolHeld, h.next()
		for i := range p.workers {
			p.workers[i].State, p.workers[i].Err = worker.StateHeld, h.next()
		}
	},
}

// hostileBoard has such a text in every place where a producer, an administrator, a broker, a handler or a config can put
// one.
func hostileBoard(h *mischief, state string, colours termenv.Profile) *App {
	b, p := busyBroker(), busyPool(3)
	for i := range b.links {
		l := &b.links[i]
		l.Address, l.User, l.VHost, l.Product, l.Version = h.next()+":5672", h.next(), h.next(), h.next(), h.next()
	}
	b.queue.Queue, b.queue.VHost, b.info.Name = h.next(), h.next(), h.next()
	for _, f := range []*broker.Figure[string]{&b.queue.Type, &b.queue.State, &b.queue.Node, &b.queue.Cluster, &b.queue.Version} {
		*f = known(h.next(), start)
	}
	b.queue.Members = known([]broker.ConsumerInfo{
		{Tag: h.next(), Channel: h.next(), Connection: h.next(), Peer: h.next(), User: h.next(), Node: h.next()},
	}, start)
	b.queue.Arguments = known(map[string]any{h.next(): h.next()}, start)
	ref := func() worker.TaskRef {
		return worker.TaskRef{ID: h.next(), Type: h.next(), Preview: h.next(), Size: 1, Attempt: 2, Redelivered: true, Made: start}
	}
	for i := range p.workers {
		p.workers[i].Tag, p.workers[i].Task, p.workers[i].Name = h.next(), ref(), h.next()
	}
	p.add(worker.Event{At: start, Kind: worker.WorkerLost, Worker: 1, Err: h.next()})
	p.add(worker.Event{At: start, Kind: worker.PoolChanged, Err: h.next()})
	for i := range 20 {
		kind := worker.TaskDone + worker.EventKind(i)%5
		p.add(worker.Event{At: start, Kind: kind, Worker: 2, Task: ref(), Err: h.next(), Run: time.Second})
	}
	hostileStates[state](h, b, p)
	a := newApp(testContext, Options{
		Config: DefaultConfig(), Broker: b, Pool: p, Journal: p, Kept: hostileKept(h, p), Version: h.next(), Notices: []string{h.next(), h.next(), h.next()},
		DrainTimeout: time.Second,
	}, newTheme("dark", colours))
	newWorld(a, hostileDead(h, 12), hostileVHost(h))
	a.Update(tea.WindowSizeMsg{Width: 160, Height: 45})
	look(a, start)
	return a
}

// walk is every pane and every dialog; "paste" puts the text into the field that has the cursor.
var walk = []string{
	"?", "pgdown", "pgdown", "esc", "e", "paste", "tab", "paste", "tab", "tab", "tab", "tab", "paste", "tab", "tab", "tab", "paste", "ctrl+s",
	"esc", "P", "paste", "enter", "esc", "p", "paste", "enter", "esc", "x", "enter", "enter", "esc", "tab", "z", "j", "enter", "esc", "j",
	"enter", "esc", "z", "tab", "z", "z", "tab", "z", "z", "v", "pgdown", "esc", "B",
	"j", "enter", "esc", "esc", "r", "paste", "enter", "esc", "+", " ", "s", "q", "esc",
	"2", "j", "enter", "b", "pgdown", "esc", "/", "paste", "enter", "esc", "R", "esc", "X", "paste", "esc", "o", "O", "?", "esc",
	"3", "L", "enter", "enter", "enter", "b", "pgdown", "esc", "/", "paste", "enter", "esc", "R", "tab", "tab", "paste", "tab", "paste", "ctrl+s",
	"esc", "X", "paste", "enter", "esc", "Q", "paste", "enter", "esc",
	"4", "enter", "pgdown", "esc", "j", "enter", "esc", "P", "paste", "enter", "esc", "D", "paste", "enter", "esc", "/", "paste", "enter", "esc",
	"c", "paste", "tab", "tab", "tab", "paste", "ctrl+s", "esc", "W", "esc",
	"5", "enter", "esc", "j", "j", "enter", "esc", "X", "paste", "enter", "esc", ":", "paste", "esc", "!", "pgdown", "esc", "1",
}

// Whatever is put wherever, in whatever state: the frame keeps its shape, and nothing but our own sequences is in it.
func TestHostileTextOnEveryScreen(t *testing.T) {
	t.Parallel()
	texts := brokertest.Hostile()
	for from, state := range []string{"at work", "failing", "foreign"} { // in the others the same keys lead to the same
		h := &mischief{texts, from * len(texts) / 3}
		a := hostileBoard(h, state, termenv.Ascii)
		for at, key := range walk {
			if key == "paste" {
				settlePasted(a, h.next())
			} else {
				press(a, key)
			}
			look(a, start.Add(time.Duration(at)*7*time.Second)) // so that every notice has its time
			checkHostile(t, a, state+", "+strings.Join(walk[:at+1], " "))
		}
	}
}

// The same at every size, in colour, and in ASCII.
func TestHostileTextAtEverySize(t *testing.T) {
	t.Parallel()
	h := &mischief{texts: brokertest.Hostile()}
	for state := range hostileStates {
		for range 2 {
			a := hostileBoard(h, state, termenv.TrueColor)
			for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}, {61, 17}, {40, 10}, {20, 5}, {12, 3}, {1, 1}} {
				a.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				checkHostile(t, a, fmt.Sprint(state, size))
			}
			a.o.Config.ASCII = true
			a.Update(tea.WindowSizeMsg{Width: 100, Height: 30})
			if checkFrame(t, a); strings.ContainsFunc(a.View(), func(r rune) bool { return r > '~' }) {
				t.Errorf("%s: something beyond ASCII is left", state)
			}
			h.at++ // or the same texts would come to the same places
		}
	}
}

func checkHostile(t *testing.T, a *App, when string) {
	t.Helper()
	checkFrame(t, a)
	if stray := uitest.Stray(a.View()); stray != "" {
		t.Fatalf("%s: %s", when, stray)
	}
}
