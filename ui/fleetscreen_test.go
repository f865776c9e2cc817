package ui

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
	"pgregory.net/rapid"
)

func fleetOf(a *App) *fleetPlace { return a.places[placeFleet].(*fleetPlace) }

// silentFleet opens the screen and waits until the consumer that acknowledges nothing counts as stuck.
func silentFleet(a *App) {
	press(a, "5")
	for s := 0; s <= int(silentFor/time.Second)+5; s += 5 {
		lookOn(a, start.Add(time.Duration(s)*time.Second))
	}
}

func TestFleetGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		name := fmt.Sprintf("fleet-%dx%d", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			f := busyVHost()
			f.fleet.Rows[6].Active, f.fleet.Rows[6].Activity = false, "waiting"
			a := newAdminApp(t, size[0], size[1], f)
			silentFleet(a)
			checkFrame(t, a)
			golden(t, name, a.View())
		})
	}
}

var localTime = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)

func TestFleetDialogsGolden(t *testing.T) {
	for name, keys := range map[string][]string{
		"consumer": {"j", "enter"}, "connection": {"enter"}, "stuck": {"j", "j", "j", "j", "j", "j", "enter"}, "close-ours": {"j", "j", "X"}, "close-other": {"G", "X"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAdminApp(t, 100, 34, busyVHost())
			silentFleet(a)
			press(a, keys...)
			checkFrame(t, a)
			golden(t, "fleet-"+name, localTime.ReplaceAllString(a.View(), "2026-11-23 11:00:00")) // wherever the test runs
		})
	}
}

func TestFleetEmptyStates(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*App, *fakeAdmin)
		want []string
		not  string
	}{
		{"no data yet", func(a *App, _ *fakeAdmin) { fleetOf(a).flying = true }, []string{"Reading who consumes …"}, "Nobody"},
		{"nothing there", func(_ *App, f *fakeAdmin) { f.fleet.Rows = nil }, []string{"Nobody consumes from this queue; + starts a worker."}, "Idle"},
		{"idle", func(_ *App, f *fakeAdmin) { f.fleet.Rows = f.fleet.Rows[5:6] }, []string{"idle: every consumer waits for a task", "○ idle"}, "working"},
		{"no such queue", func(a *App, f *fakeAdmin) { f.fleet.Rows = nil; a.o.Broker.(*fakeBroker).queue.Missing = true }, []string{"There is no such queue."}, "Nobody"},
		{"no statistics", func(_ *App, f *fakeAdmin) {
			for i := range f.fleet.Rows {
				r := &f.fleet.Rows[i]
				r.Unacked, r.Acks, r.Delivered = broker.Figure[int64]{}, broker.Figure[float64]{}, broker.Figure[float64]{}
			}
		}, []string{"No figures of the channels", "– not told", "● working"}, "0/s"},
		{"denied", func(_ *App, f *fakeAdmin) {
			f.err = &broker.Fault{Kind: broker.NoRight, What: "the management API refused user guest", Do: "give the user the monitoring tag"}
		}, []string{"refused user guest; give the user the monitoring tag. Only the workers of this console are known.", "w03 carousel.w3"}, "python"},
		{"denied, and no worker", func(a *App, f *fakeAdmin) {
			f.err = errors.New("no answer")
			a.o.Pool.(*fakePool).workers = nil
		}, []string{"The queue has 8 consumers; who they are is not known."}, "Nobody"},
		{"none given", func(a *App, _ *fakeAdmin) { a.o.Admin = nil }, []string{"no management API to ask", "w03 carousel.w3"}, "python"},
	} {
		for _, size := range [][2]int{{160, 45}, {80, 24}} {
			f := busyVHost()
			a := newAdminApp(t, size[0], size[1], f)
			c.set(a, f)
			look(a, start)
			press(a, "5")
			lookOn(a, start)
			checkFrame(t, a)
			text := strings.Join(strings.Fields(strings.ReplaceAll(a.View(), "│", "")), " ")
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s, %v: no %q on\n%s", c.name, size, want, a.View())
				}
			}
			if strings.Contains(text, c.not) {
				t.Errorf("%s, %v: %q on\n%s", c.name, size, c.not, a.View())
			}
		}
	}
}

// A stale answer is said to be one, and nobody is called stuck because of it.
func TestFleetGoesStale(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	press(a, "5")
	f.err = errors.New("no answer from the management API")
	for s := 5; s <= 90; s += 5 {
		lookOn(a, start.Add(time.Duration(s)*time.Second))
	}
	if !strings.Contains(a.View(), "Stale: the fleet last read 90 s ago: no answer") || strings.Contains(a.View(), "stuck ") {
		t.Error(a.View())
	}
}

func TestFleetIsReadOnly(t *testing.T) {
	a := newAdminApp(t, 100, 30, busyVHost())
	a.o.ReadOnly = true
	press(a, "5", "X")
	if a.dialog != nil || a.toast.text != "X cannot act now: the console is read-only, nothing is closed" {
		t.Errorf("dialog %v, toast %q", a.dialog, a.toast.text)
	}
}

// With another queue the consumers of the one before are gone, and an answer about them is dropped.
func TestFleetOfAnotherQueue(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	b := busyBroker()
	b.queue.Queue = "email.outgoing"
	a.o.Switch = func(context.Context, string, bool) (Session, error) { return Session{Broker: b, Admin: f}, nil }
	press(a, "5", "1")
	fleetOf(a).soon()
	_, flying := a.Update(keyOf("5"))
	settle(a, a.switchTo("email.outgoing", false))
	if len(fleetOf(a).table.rows) > 0 {
		t.Fatal("the consumers of the queue before are shown")
	}
	answerOf(a, flying)
	if len(fleetOf(a).table.rows) > 0 {
		t.Fatal("an answer about the queue before is shown")
	}
	f.fleet.Rows = f.fleet.Rows[4:5]
	press(a, "5")
	if !strings.Contains(a.View(), "1 consumer on 1 connection") {
		t.Error(a.View())
	}
	press(a, "4")
	if !strings.Contains(a.View(), "▸ email.outgoing watched") {
		t.Error(a.View())
	}
}

func TestFleetMouse(t *testing.T) {
	a := newAdminApp(t, 100, 30, busyVHost())
	press(a, "5")
	y := slices.IndexFunc(strings.Split(a.View(), "\n"), func(s string) bool { return strings.Contains(s, "ctag1.python") })
	a.Update(tea.MouseMsg{X: 10, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	if got := fleetOf(a).selected.tag; got != "ctag1.python" {
		t.Errorf("a click selects %q", got)
	}
	a.Update(tea.MouseMsg{X: 10, Y: y, Button: tea.MouseButtonWheelUp, Action: tea.MouseActionPress})
	if got := fleetOf(a).selected.tag; got != "carousel.w3" {
		t.Errorf("the wheel selects %q", got)
	}
}

// hostileAdmin has text that could do harm wherever a broker or a client can put it.
func hostileAdmin(t *rapid.T) *fakeAdmin {
	text := func(what string) string { return hostile.Draw(t, what) }
	f := busyVHost()
	for i := range f.queues {
		q := &f.queues[i]
		if rapid.Bool().Draw(t, "hostile queue") {
			q.Name, q.Type, q.State, q.Policy, q.Node = text("name"), text("type"), text("state"), text("policy"), text("node")
			q.Leader, q.Replicas.Members, q.Replicas.Online, q.Arguments = text("leader"), []string{text("member")}, []string{text("online")}, map[string]any{text("key"): text("value")}
			q.Ready.Value = rapid.Int64().Draw(t, "ready")
			q.In.Value = rapid.Float64().Draw(t, "in")
		}
	}
	for i := range f.fleet.Rows {
		r := &f.fleet.Rows[i]
		if rapid.Bool().Draw(t, "hostile consumer") {
			r.Tag, r.User, r.Peer, r.Client, r.State, r.Activity = text("tag"), text("user"), text("peer"), text("client"), text("state"), text("activity")
			r.Connection, r.Node, r.Prefetch, r.Priority = text("connection"), text("node"), rapid.Int().Draw(t, "prefetch"), rapid.Int64().Draw(t, "priority")
			r.Unacked.Value = rapid.Int64().Draw(t, "unacked")
		}
	}
	return f
}

// Whatever is pressed on these screens, at any size, with any text: every frame is whole, and no escape gets through.
func TestAdminScreensKeepTheFrame(t *testing.T) {
	t.Parallel()
	names := []string{
		"4", "5", "j", "k", "g", "G", "pgdown", "pgup", "n", "b", "o", "O", "/", "x", "enter", "enter", "esc", "esc", "w", "W", "c", "P", "D", "X",
		"tab", " ", "ctrl+s", "backspace", "up", "down", "日本", "y",
	}
	rapid.Check(t, func(t *rapid.T) {
		b, p := busyBroker(), busyPool(3)
		f := hostileAdmin(t)
		o := Options{Config: DefaultConfig(), Broker: b, Pool: p, Journal: p, Admin: f, Switch: otherQueue(f)}
		o.Config.ASCII = rapid.Bool().Draw(t, "ascii")
		a := newApp(testContext, o, testTheme)
		resize := func() {
			a.Update(tea.WindowSizeMsg{Width: rapid.IntRange(1, 180).Draw(t, "w"), Height: rapid.IntRange(1, 60).Draw(t, "h")})
		}
		resize()
		look(a, start)
		press(a, rapid.SampledFrom([]string{"4", "5"}).Draw(t, "screen"))
		for i := range rapid.IntRange(1, 20).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				resize()
			case 1:
				lookOn(a, start.Add(time.Duration(i)*10*time.Second))
			case 2:
				settlePasted(a, hostile.Draw(t, "paste"))
			default:
				press(a, rapid.SampledFrom(names).Draw(t, "key"))
			}
			checkFrame(t, a)
			if strings.ContainsAny(a.View(), "\x1b\r\t\a") {
				t.Fatalf("an escape or a control character got through: %q", a.View())
			}
		}
	})
}
