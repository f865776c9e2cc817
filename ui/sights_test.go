package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
)

// sight is something that can be on the screen: a place, or a dialog over one, and the way there.
type sight struct {
	shows string                      // the place and the kind of the dialog, as seenOf says it
	keys  string                      // that lead there, separated by spaces; %text is typed
	set   func(w *world, p *fakePool) // how things stand before; nil: busy
}

// sights are all that there is to be seen. TestEverySightIsKnown holds them against the source.
var sights = []sight{
	{"board", "", nil},
	{"tasks", "2", nil},
	{"dead letters", "3 L", nil},
	{"queues", "4", nil},
	{"fleet", "5", nil},
	{"lab", "6", nil},
	{"board form", "e %resize{seq}", nil},
	{"board question Enqueue", "e %x ctrl+s", inProd},
	{"dead letters question Replay", "3 L R ctrl+s", inProd},
	{"board question Leave for staging", ": %contextstaging enter", inProd},
	{"board templateList", "e ctrl+t", nil},
	{"board question Save template", "e ctrl+t s", nil},
	{"board question Delete template", "e ctrl+t D", nil},
	{"board batch", "e %x ctrl+s", nil},
	{"board batchList", "e %x ctrl+s esc esc B", nil},
	{"board purging Purge", "P", nil},
	{"board question Prefetch", "p", nil},
	{"board question Crash w01", "x", nil},
	{"board question Quit", "q", nil},
	{"board question Foreign task", "", func(_ *world, p *fakePool) {
		p.status.State, p.status.Foreign, p.status.Held = worker.PoolHeld, true, "a task without an id"
	}},
	{"board question Save the screen", "S", nil},
	{"board question Watch other consumers", "T", onRealBroker},
	{"board question Tracing was left on", "", leftTraced},
	{"board question Replace a file", "S ctrl+u %taken.svg enter", nil},
	{"board sheet Worker", "enter", nil},
	{"board sheet Connections", "L", nil},
	{"board sheet Task", "tab j enter", nil},
	{"board why", "v", nil},
	{"board whatIf", "w", nil},
	{"board help", "?", nil},
	{"board eventsLog", "!", nil},
	{"board finder", ": %en", nil},
	{"board question Forget", ": %forget enter", nil},
	{"tasks filterLine", "2 / %cat", nil},
	{"tasks question Resend", "2 j R", nil},
	{"tasks question Save body", "2 j s", nil},
	{"tasks question Export", "2 X", nil},
	{"dead letters lookQuestion Look", "3 L L", nil},
	{"dead letters deadReader", "3 L enter enter", nil},
	{"dead letters replayForm", "3 L R", nil},
	{"dead letters discarding Discard", "3 L X", nil},
	{"dead letters filterLine", "3 L / %cat", nil},
	{"dead letters question Dead-letter queue", "3 Q", nil},
	{"queues sheet Queue", "4 enter", nil},
	{"queues filterLine", "4 / %e", nil},
	{"queues queueForm", "4 c %new", nil},
	{"queues queueEnd Purge", "4 P", nil},
	{"queues queueEnd Delete", "4 D", nil},
	{"queues question Watch this queue", "4 w", nil},
	{"queues question Work on this queue", "4 W", nil},
	{"fleet sheet Connection", "5 g enter", nil},
	{"fleet sheet Consumer", "5 g j enter", nil},
	{"fleet connectionEnd Close the connection", "5 G X", nil},
	{"fleet sheet Process", "5 tab enter", amongOthers},
	{"fleet question Prefetch of web-1", "5 tab p", amongOthers},
	{"fleet question Drain web-1", "5 tab D", amongOthers},
	{"lab sheet Strategy", "6 enter", nil},
	{"lab labForm", "6 c", nil},
	{"lab question Save figures", "6 X", nil},
}

// amongOthers has processes elsewhere work on the queue.
func amongOthers(w *world, _ *fakePool) {
	w.o.Others = twoHosts()
	w.sampler.others = w.o.Others
}

// onRealBroker has the console stand on a broker that is not the sandbox.
func onRealBroker(w *world, _ *fakePool) { w.o.Sandbox = false }

// leftTraced has a console before this one be killed while it traced.
func leftTraced(w *world, _ *fakePool) {
	w.o.Left = &LeftTracing{
		Since: start.Add(-time.Hour),
		Still: func(context.Context) ([]string, error) { return []string{"rabbit@one"}, nil },
		End:   func(context.Context) error { return nil },
	}
	settle(w.App, w.lookForLeft())
}

// inProd has the console stand in a protected context, with another one beside it.
func inProd(w *world, _ *fakePool) {
	w.o.Context = Context{Name: "prod", Colour: "alarm", Protected: true}
	w.head.context = w.o.Context
	w.o.Contexts = []ContextEntry{{Name: "prod"}, {Name: "staging", Description: "for trying"}}
	w.o.SwitchContext = func(context.Context, string) (Session, error) { return Session{}, errors.New("no way there") }
}

// seenOf names what is on the screen.
func seenOf(a *App) string {
	seen := a.here().name()
	if a.dialog == nil {
		return seen
	}
	seen += " " + reflect.TypeOf(a.dialog).Elem().Name()
	if q := questionOf(a.dialog); q != nil {
		return seen + " " + q.title
	}
	if s, ok := a.dialog.(*sheet); ok {
		return seen + " " + s.title
	}
	return seen
}

// goTo leads the world to a sight, from where it begins.
func (s *sight) goTo(w *world) {
	if s.set != nil {
		s.set(w, w.pools[0])
	}
	w.Update(sampleMsg(w.sampler.look(start.Add(time.Second))))
	for _, key := range strings.Fields(s.keys) {
		if text, types := strings.CutPrefix(key, "%"); types {
			typeText(w.App, text)
		} else {
			press(w.App, key)
		}
	}
}

// sightWorld is a world with all that the sights need, filled with texts that could do harm where it is to be. It makes a new
// folder the current one of the test.
func sightWorld(t *testing.T, h *mischief, profile termenv.Profile) *world {
	b, p := busyBroker(), busyPool(3)
	o := Options{Config: DefaultConfig(), Broker: b, Pool: p, Journal: p, Version: "1.0", DrainTimeout: 30 * time.Second, Sandbox: true}
	dead, admin := deadLetters(9), busyVHost()
	if h != nil {
		for i := range p.events {
			p.events[i].Task.Preview, p.events[i].Err = h.next(), h.next()
		}
		dead, admin = hostileDead(h, 9), hostileVHost(h)
	}
	o.Kept = hostileKept(cmp.Or(h, &mischief{texts: brokertest.Hostile()}), p)
	o.Templates, o.History = "templates.toml", "history"
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{o.Templates: "[[template]]\nname = \"cats\"\nbody = \"resize cat\"\n", "taken.svg": ""} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w := newWorld(newApp(testContext, o, newTheme("dark", profile)), dead, admin)
	w.Update(tea.WindowSizeMsg{Width: 160, Height: 45})
	look(w.App, start)
	return w
}

// sizes are those that people have, those where something folds, and those that nobody should have.
var sizes = [][2]int{{160, 45}, {100, 30}, {80, 24}, {300, 30}, {61, 17}, {40, 60}, {200, 5}, {30, 10}, {20, 5}, {20, 6}, {19, 9}, {12, 3}, {2, 2}, {1, 1}}

// Whatever is on the screen, with whatever text in it: at every size it has as many lines and cells as the screen, and nothing in
// it but our own sequences; drawn twice it is the same.
func TestEverySightAtEverySize(t *testing.T) {
	h := &mischief{texts: brokertest.Hostile()}
	for at := range sights {
		s := &sights[at]
		t.Run(s.shows, func(t *testing.T) {
			w := sightWorld(t, h, []termenv.Profile{termenv.Ascii, termenv.ANSI, termenv.ANSI256, termenv.TrueColor}[at%4])
			s.goTo(w)
			if got := seenOf(w.App); got != s.shows {
				t.Fatalf("the way leads to %q:\n%s", got, w.View())
			}
			for _, size := range sizes {
				w.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				checkHostile(t, w.App, fmt.Sprint(size))
				before := w.View()
				if w.draw(); w.View() != before {
					t.Fatalf("%v: drawn twice it differs", size)
				}
			}
		})
	}
}

// Every dialog at the sizes that people have: what of it stands over the screen.
func TestSightsGolden(t *testing.T) {
	sizes := [...][2]int{{160, 45}, {100, 30}, {80, 24}, {20, 5}}
	var texts [len(sizes)]strings.Builder
	for i := range sights {
		s := &sights[i]
		t.Run(s.shows, func(t *testing.T) {
			w := sightWorld(t, nil, termenv.Ascii)
			if s.goTo(w); w.App.dialog == nil || strings.HasSuffix(s.shows, "Replace a file") { // whose path is another one each time
				return
			}
			for i, size := range sizes {
				w.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				texts[i].WriteString(heading("%s", s.shows) + strings.Join(w.App.dialog.view(w.App, w.w, w.App.h), "\n") + "\n")
			}
		})
	}
	for i, size := range sizes {
		golden(t, fmt.Sprintf("sights-%dx%d", size[0], size[1]), localTime.ReplaceAllString(texts[i].String(), "2026-11-23 11:00:00"))
	}
}
