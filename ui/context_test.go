package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/ui/tape"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
)

// contexted is a console in the context prod that can go to others, on brokers of their own.
type contexted struct {
	*App
	old, fresh   *fakePool
	admin        *fakeAdmin // of the other broker
	next         Session
	err          error
	asked, ended []string
}

func inContextProd(t *testing.T, x Context) *contexted {
	t.Helper()
	c := &contexted{old: busyPool(3), fresh: busyPool(2), admin: busyVHost()}
	b := busyBroker()
	b.queue.Queue, b.queue.VHost = "letters", "staging"
	c.fresh.events = nil
	c.next = Session{
		Broker: b, Pool: c.fresh, Journal: c.fresh, Dead: deadLetters(0), Admin: c.admin, Context: Context{Name: "staging", Colour: "calm"},
		Start: func() { c.asked = append(c.asked, "start") }, Close: func() { c.ended = append(c.ended, "staging") },
	}
	c.App = newApp(t.Context(), Options{
		Config: DefaultConfig(), Broker: busyBroker(), Pool: c.old, Journal: c.old, Dead: deadLetters(3), Admin: busyVHost(), Version: "1.0",
		DrainTimeout: 30 * time.Second, Close: func() { c.ended = append(c.ended, "prod") }, Context: x,
		Contexts:      []ContextEntry{{Name: "prod", Description: "the real one"}, {Name: "staging"}},
		SwitchContext: c.open,
	}, testTheme)
	c.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	look(c.App, start)
	return c
}

func (c *contexted) open(_ context.Context, name string) (Session, error) {
	c.asked = append(c.asked, name)
	return c.next, c.err
}

var prod = Context{Name: "prod", Colour: "alarm", Protected: true}

// header is the first line of the screen.
func (c *contexted) header() string {
	first, _, _ := strings.Cut(c.View(), "\n")
	return first
}

func TestContextInTheHeader(t *testing.T) {
	for name, t0 := range map[string]*theme{
		"dark": newTheme("dark", termenv.TrueColor), "light": newTheme("light", termenv.TrueColor), "plain": newTheme("dark", termenv.Ascii),
	} {
		for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
			var lines []string
			for _, x := range []Context{prod, {Name: "staging", Colour: "#5fb8a4"}, {Name: "look"}, {Name: strings.Repeat("w", 32), Colour: "warn", Protected: true}} {
				p := busyPool(2)
				a := newApp(t.Context(), Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: p, Journal: p, Context: x, ReadOnly: x.Name == "look", Version: "1.0"}, t0)
				a.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				look(a, start)
				checkFrame(t, a)
				first, _, _ := strings.Cut(a.View(), "\n")
				if !strings.Contains(first, "["+x.Name+"]") || x.Protected != strings.Contains(first, "[protected]") {
					t.Errorf("%v: %s", size, first)
				}
				lines = append(lines, first)
			}
			golden(t, fmt.Sprintf("context-%s-%dx%d", name, size[0], size[1]), strings.Join(lines, "\n"))
		}
	}
}

// What is lost or sent in a protected context wants its name before the queue's; the queue's alone will not do.
func TestProtectedContextAsksForItsName(t *testing.T) {
	for keys, name := range map[string]string{
		"P": "prod/task_queue", "e %x ctrl+s": "prod/task_queue", "4 D": "prod/", "5 G X": "prod/", "3 L X": "prod/task_queue.dead",
		"3 L R ctrl+s": "prod/task_queue.dead",
	} {
		t.Run(keys, func(t *testing.T) {
			c := inContextProd(t, prod)
			for _, key := range strings.Fields(keys) {
				if text, types := strings.CutPrefix(key, "%"); types {
					typeText(c.App, text)
				} else {
					press(c.App, key)
				}
			}
			q := questionOf(c.dialog)
			if q == nil || q.field == nil || q.wrong == nil || !strings.Contains(c.View(), name) || !strings.Contains(c.View(), "(prod)") {
				t.Fatalf("%T asks\n%s", c.dialog, c.View())
			}
			for _, wrong := range []string{"", "task_queue", "task_queue.dead", "prod", "prod/"} {
				if q.wrong(wrong) == "" {
					t.Errorf("%q will do", wrong)
				}
			}
		})
	}
}

// A batch that was described in a protected context is sent once the name is typed, and not before.
func TestProtectedEnqueue(t *testing.T) {
	c := inContextProd(t, prod)
	b := c.o.Broker.(*fakeBroker)
	press(c.App, "e")
	typeText(c.App, "x")
	press(c.App, "ctrl+s", "enter", "esc")
	if slices.ContainsFunc(b.asked, func(s string) bool { return strings.HasPrefix(s, "enqueue") }) {
		t.Fatalf("asked %q", b.asked)
	}
	press(c.App, "ctrl+s")
	typeText(c.App, "prod/task_queue")
	press(c.App, "enter")
	if c.batch == nil || !c.batch.ended {
		t.Errorf("nothing was sent: %T, %q", c.dialog, b.asked)
	}
}

// Until the other broker's session is there, the screen shows the context that the console is in; then everything is the new
// one's: its name, its rules, its places.
func TestSwitchContext(t *testing.T) {
	c := inContextProd(t, prod)
	press(c.App, "4", "1")
	c.next.ReadOnly, c.next.Notices = true, []string{"Read-only."}
	c.next.Pool, c.next.Journal, c.next.Start = nil, nil, nil
	press(c.App, ":")
	typeText(c.App, "context staging")
	press(c.App, "enter")
	if q := questionOf(c.dialog); q == nil || q.title != "Leave for staging" {
		t.Fatalf("%T, says %q", c.dialog, c.toast.text)
	}
	c.old.drained = make(chan struct{})
	_, open := c.Update(keyOf("enter"))
	if v := c.judged(); v.text != "Connecting to context staging …" || !strings.Contains(c.header(), "[prod]") {
		t.Errorf("says %q under %q", v.text, c.header())
	}
	if why := c.barPublish(); why != "the console is on its way to another broker" {
		t.Errorf("bars: %q", why)
	}
	_, drain := c.Update(open())
	if !strings.Contains(c.header(), "[prod]") {
		t.Errorf("while tasks finish: %q", c.header())
	}
	close(c.old.drained)
	settle(c.App, drain)
	if h := c.header(); !strings.Contains(h, "[staging]") || !strings.Contains(h, "[read-only]") || strings.Contains(h, "protected") || !strings.Contains(h, "letters") {
		t.Errorf("the header says %q", h)
	}
	if got := *c.sampler.stage; got != (tape.Stage{Context: "staging", Colour: "calm", ReadOnly: true}) {
		t.Errorf("a recording would say %+v", got)
	}
	if c.barPublish() == "" || c.o.Admin != Admin(c.admin) || c.o.Context.Protected || !slices.Equal(c.ended, []string{"prod"}) {
		t.Errorf("the old rules hold; closed %q", c.ended)
	}
	if want := "Now in staging, watching letters; it is not worked here."; !strings.HasPrefix(c.toast.text, want) {
		t.Errorf("says %q", c.toast.text)
	}
	press(c.App, "4")
	if frame := c.View(); strings.Contains(strings.ReplaceAll(frame, c.toast.text, ""), "prod]") {
		t.Errorf("the old context is seen:\n%s", frame)
	}
	checkFrame(t, c.App)
}

// What was asked of the old broker is not shown as the new one's, when its answer comes late.
func TestOldAnswersStayOutOfAnotherContext(t *testing.T) {
	c := inContextProd(t, prod)
	c.dead().empty() // as with another queue; places of a new broker count anew
	late := []tea.Msg{
		lookMsg{asked: c.dead().asked, found: broker.Letters{Queue: "task_queue.dead", Depth: 3}, rows: make([]deadRow, 3)},
		deadCostMsg{asked: c.dead().asked, cost: broker.LookCost{Depth: 3}},
	}
	settle(c.App, c.switchContext(ContextEntry{Name: "staging"}))
	for _, msg := range late {
		c.Update(msg)
	}
	if d := c.dead(); d.found != nil || len(d.rows) > 0 || d.cost.Depth == 3 {
		t.Errorf("%+v, %d rows, %+v", d.found, len(d.rows), d.cost)
	}
}

// A study stays, and what was measured says where, as long as the console is elsewhere and nothing was measured anew.
func TestSwitchContextKeepsTheStudy(t *testing.T) {
	c := inContextProd(t, prod)
	press(c.App, "6")
	says := func(text string, want bool) {
		t.Helper()
		press(c.App, "6")
		if strings.Contains(c.View(), text) != want {
			t.Errorf("%q is said: %v\n%s", text, !want, c.View())
		}
	}
	goTo := func(name string) {
		c.next.Context = Context{Name: name}
		settle(c.App, c.switchContext(ContextEntry{Name: name}))
	}
	goTo("staging")
	says("240 tasks of image", true)
	says("measured at", false)
	pretend(c.App, 7)
	goTo("prod")
	says("measured at staging, not here", true)
	goTo("staging")
	says("measured at", false)
	goTo("prod")
	settle(c.App, c.lab().drawStudy(c.App, c.lab().design, nil))
	says("measured at", false)
}

func TestSwitchContextToWork(t *testing.T) {
	c := inContextProd(t, prod)
	settle(c.App, c.switchContext(ContextEntry{Name: "staging"}))
	if !slices.Equal(c.asked, []string{"staging", "start"}) || !slices.Equal(c.old.asked, []string{"drain"}) || c.o.Pool != Pool(c.fresh) {
		t.Errorf("asked %q, the old pool %q", c.asked, c.old.asked)
	}
	if want := "Now in staging, on letters, with 2 workers. What was in hand of task_queue was finished."; c.toast.text != want {
		t.Errorf("says %q", c.toast.text)
	}
}

// A broker that cannot be reached leaves the console where it is, with its workers at work.
func TestSwitchContextFails(t *testing.T) {
	c := inContextProd(t, prod)
	c.err = errors.New("cannot go to context staging: connection refused")
	settle(c.App, c.switchContext(ContextEntry{Name: "staging"}))
	if c.toast.text != c.err.Error() || c.o.Context != prod || c.switching != nil || len(c.old.asked)+len(c.ended) > 0 || !strings.Contains(c.header(), "[prod]") {
		t.Errorf("says %q, asked %q", c.toast.text, c.old.asked)
	}
}

func TestSwitchContextIsBarred(t *testing.T) {
	for want, change := range map[string]func(c *contexted){
		"not to another context now: the console is leaving": func(c *contexted) { c.leave() },
		"not to another context now: a batch is on its way":  func(c *contexted) { c.keepBatch(&batch{}) },
		"the console is on its way to context staging":       func(c *contexted) { c.switchContext(ContextEntry{Name: "staging"}); c.asked = nil },
	} {
		c := inContextProd(t, Context{})
		change(c)
		settle(c.App, c.switchContext(ContextEntry{Name: "prod"}))
		if c.toast.text != want || len(c.asked) > 0 {
			t.Errorf("says %q, want %q; asked %q", c.toast.text, want, c.asked)
		}
	}
}
