package ui

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
)

// scenery is what a console stands on.
type scenery struct {
	t     testing.TB
	o     Options
	b     *fakeBroker
	p     *fakePool
	dead  *fakeDead
	admin *fakeAdmin
}

// state is a way in which things may stand: what is so before the console opens, and what comes after.
type state struct {
	name   string
	before func(s *scenery)
	after  func(a *App, s *scenery)
}

var errGone = &broker.Fault{Kind: broker.Unreachable, What: "no answer from rabbit.example", Why: "connection refused"}

// states are those that the screens tell apart, the one of every day first.
var states = []state{
	{"busy", nil, nil},
	{"idle", func(s *scenery) { s.rest(); s.p.history(4) }, nil},
	{"empty", func(s *scenery) {
		s.rest()
		s.dead.letters, s.admin.queues, s.admin.fleet.Rows = nil, nil, nil
	}, nil},
	{"no data yet", func(s *scenery) {
		s.b.queue = broker.Snapshot{Queue: "task_queue", VHost: "/"}
		s.p.events, s.p.status.InHand, s.dead.letters = nil, 0, nil
		s.allWorkers(worker.StateConnecting)
		s.admin.err, s.dead.costErr = errGone, errGone
	}, nil},
	{"missing", func(s *scenery) {
		s.rest()
		s.b.queue = broker.Snapshot{Queue: "task_queue", VHost: "/", Missing: true, AMQP: broker.Source{At: start}, Totals: broker.Source{At: start}}
		s.admin.fleet.Rows = nil
		s.allWorkers(worker.StateConnecting)
		s.dead.costErr = &broker.Fault{Kind: broker.QueueMissing, What: "there is no queue"}
	}, nil},
	{"stale", nil, func(a *App, s *scenery) {
		s.admin.err = errGone
		s.b.queue.API.Err = errGone
		for at := 5; at <= 40; at += 5 {
			for i := range s.p.workers {
				s.p.workers[i].Started = start.Add(time.Duration(at)*time.Second - time.Duration(i+1)*300*time.Millisecond)
			}
			lookOn(a, start.Add(time.Duration(at)*time.Second))
		}
	}},
	{"link down", nil, func(a *App, s *scenery) {
		s.links(broker.LinkConnecting)
		s.admin.err, s.dead.costErr = errGone, errGone
		lookOn(a, start.Add(5*time.Second))
	}},
	{"refused", func(s *scenery) {
		s.links(broker.LinkRefused)
		s.admin.err, s.dead.costErr = errGone, errGone
		s.b.queue = broker.Snapshot{Queue: "task_queue", VHost: "/"}
	}, nil},
	{"alarm", func(s *scenery) {
		s.b.queue.Alarms = known([]string{"rabbit@one: memory"}, start)
		s.b.links[0].Blocked, s.b.links[0].BlockedAt = "low on memory", start.Add(-12*time.Second)
	}, nil},
	{"held", func(s *scenery) {
		s.p.status.State, s.p.status.Held, s.p.status.InHand = worker.PoolHeld, "the handler cannot be started: no such file", 0
		s.allWorkers(worker.StateHeld)
	}, nil},
	{"paused", func(s *scenery) {
		s.p.status.State, s.p.status.Paused, s.p.status.InHand = worker.PoolPaused, true, 0
		s.allWorkers(worker.StatePaused)
	}, nil},
	{"watching", func(s *scenery) { s.o.Pool, s.o.Journal = nil, nil }, nil},
	{"read-only", func(s *scenery) { s.o.Pool, s.o.Journal, s.o.ReadOnly = nil, nil, true }, nil},
	{"recording", func(s *scenery) {
		s.o = Options{Config: s.o.Config, Tape: recorded(s.t), TapeStart: 2 * time.Second, TapeSpeed: 1, Version: s.o.Version}
	}, nil},
	{"switching", nil, func(a *App, s *scenery) {
		a.o.Switch = otherQueue(s.admin)
		a.switchTo("billing.invoices", true)
		a.switching.opened, a.switching.deadline = true, start.Add(25*time.Second)
		look(a, start)
	}},
	{"leaving", nil, func(a *App, _ *scenery) { a.Update(stopMsg{}) }},
	{"suspending", nil, func(a *App, _ *scenery) {
		a.o.Halt = func() bool { return true }
		a.suspend("")
		look(a, start)
	}},
}

// rest is a queue without tasks, and workers that wait for some and have had none.
func (s *scenery) rest() {
	s.b.queue.Ready, s.b.queue.Unacked, s.b.queue.Dead = known(int64(0), start), known(int64(0), start), known(int64(0), start)
	s.b.queue.In, s.b.queue.Out, s.b.queue.Oldest = known(0.0, start), known(0.0, start), broker.Figure[time.Time]{}
	s.b.queue.Retrying, s.b.queue.RetryNext = known(int64(0), start), time.Time{}
	s.p.events, s.p.status.InHand = nil, 0
	s.allWorkers(worker.StateIdle)
	s.admin.queues, s.admin.fleet.Rows = s.admin.queues[4:5], s.admin.fleet.Rows[5:6]
	s.dead.letters = nil
}

// allWorkers puts the workers into a state without a task.
func (s *scenery) allWorkers(state worker.State) {
	for i := range s.p.workers {
		s.p.workers[i].State, s.p.workers[i].HasTask = state, false
	}
}

func (s *scenery) links(status broker.LinkStatus) {
	for i := range s.b.links {
		l := &s.b.links[i]
		l.Status, l.Err, l.Since, l.NextTry = status, errors.New("connection refused"), start, start.Add(7*time.Second)
	}
}

// open opens a console in a state, on one of its places.
func (st *state) open(t testing.TB, w, h int, at placeID, theme *theme) *App {
	s := &scenery{t: t, b: busyBroker(), p: busyPool(4), dead: deadLetters(9), admin: busyVHost()}
	s.o = Options{Config: DefaultConfig(), Broker: s.b, Pool: s.p, Journal: s.p, Dead: s.dead, Admin: s.admin, Version: "1.0", DrainTimeout: 30 * time.Second}
	if st.before != nil {
		st.before(s)
	}
	a := newApp(t.Context(), s.o, theme)
	a.Update(tea.WindowSizeMsg{Width: w, Height: h})
	a.Update(a.look(a.sampler, start))
	press(a, string('1'+rune(at)))
	if at == placeDead {
		press(a, "L")
	}
	if st.after != nil {
		st.after(a, s)
	}
	if a.player != nil {
		a.player.close()
	}
	a.toast = toast{}
	a.draw()
	return a
}

// heading begins a part of a golden file.
func heading(format string, args ...any) string {
	return "=== " + fmt.Sprintf(format, args...) + " ===\n"
}

// ownPart is what of a frame belongs to the place.
func ownPart(a *App) string {
	lines := strings.Split(a.View(), "\n")
	return strings.Join(lines[a.layout.top:a.layout.bottom], "\n") + "\n"
}

// Each screen in each state and size. A state that a screen does not tell from an earlier one is named with it.
func TestStatesGolden(t *testing.T) {
	for at := range placeCount {
		for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
			var order []string // bodies
			names := map[string][]string{}
			name := ""
			for i := range states {
				a := states[i].open(t, size[0], size[1], at, testTheme)
				checkFrame(t, a)
				b := ownPart(a)
				if names[b] == nil {
					order = append(order, b)
				}
				names[b] = append(names[b], states[i].name)
				name = strings.ReplaceAll(a.here().name(), " ", "-")
			}
			var text strings.Builder
			for _, b := range order {
				text.WriteString(heading("%s", strings.Join(names[b], ", ")) + b)
			}
			golden(t, fmt.Sprintf("states-%s-%dx%d", name, size[0], size[1]), localTime.ReplaceAllString(text.String(), "2026-11-23 11:00:00"))
		}
	}
}

// What surrounds the screens in each state and size: the header, the verdict and the keys.
func TestStatesAroundTheScreensGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		var text strings.Builder
		for i := range states {
			a := states[i].open(t, size[0], size[1], placeBoard, testTheme)
			lines := strings.Split(a.View(), "\n")
			text.WriteString(heading("%s", states[i].name) + strings.Join(slices.Concat(lines[:1], lines[a.layout.bottom:]), "\n") + "\n")
		}
		golden(t, fmt.Sprintf("states-around-%dx%d", size[0], size[1]), text.String())
	}
}

// The smallest screen says the same on every place: what matters most.
func TestStatesOnTheSmallestScreenGolden(t *testing.T) {
	var text strings.Builder
	for i := range states {
		a := states[i].open(t, 20, 5, placeBoard, testTheme)
		checkFrame(t, a)
		text.WriteString(heading("%s", states[i].name) + a.View() + "\n")
		for at := range placeCount {
			if other := states[i].open(t, 20, 5, at, testTheme); other.View() != a.View() {
				t.Errorf("%s: on %s it says\n%s", states[i].name, other.here().name(), other.View())
			}
		}
	}
	golden(t, "states-20x5", text.String())
}

var sequence = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// Each screen once in ASCII, and once in the colours of each theme, whose sequences are written as <1;38;5;12>.
func TestColoursOfTheScreensGolden(t *testing.T) {
	var ascii strings.Builder
	for at := range placeCount {
		a := states[0].open(t, 100, 30, at, testTheme)
		a.o.Config.ASCII = true
		a.draw()
		ascii.WriteString(heading("%s", a.here().name()) + ownPart(a))
	}
	golden(t, "ascii-100x30", ascii.String())
	for _, name := range []string{"dark", "light", "contrast"} {
		var text strings.Builder
		for at := range placeCount {
			a := states[0].open(t, 80, 24, at, newTheme(name, termenv.ANSI256))
			text.WriteString(heading("%s", a.here().name()) + sequence.ReplaceAllString(a.View(), "<$1>") + "\n")
		}
		golden(t, "colours-"+name, text.String())
	}
}
