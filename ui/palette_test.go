package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
)

// namesAdmin knows the names of queues and nothing else.
type namesAdmin struct {
	Admin
	names []string
	asked []string
	err   error
}

func (f *namesAdmin) Queues(_ context.Context, q broker.QueueQuery) (page broker.QueuePage, err error) {
	f.asked = append(f.asked, q.Name)
	for _, name := range f.names {
		if strings.Contains(strings.ToLower(name), strings.ToLower(q.Name)) {
			page.Filtered++
			if len(page.Rows) < q.Size {
				page.Rows = append(page.Rows, broker.QueueRow{Name: name})
			}
		}
	}
	return page, f.err
}

// Whatever a key does anywhere can be found, and so can every place and theme.
func TestPaletteHasEveryAction(t *testing.T) {
	a := newTestApp(t, 160, 45, busyBroker(), busyPool(2))
	for here := range placeCount {
		a.show(here)
		var labels []string
		for _, e := range a.entries() {
			labels = append(labels, e.label())
		}
		all := strings.Join(labels, "\n")
		for id := range placeCount {
			if id != here && !slices.Contains(labels, "go to "+a.places[id].name()) {
				t.Errorf("from %s there is no way to %s", a.here().name(), a.places[id].name())
			}
			for _, g := range a.groups[id] {
				for i := range g.bindings {
					b := &g.bindings[i]
					if slices.Equal(b.keys, moves) || slices.Contains([]string{"esc", ":", "1"}, b.keys[0]) {
						continue
					}
					for _, help := range strings.Split(b.help, ", or ") {
						if !strings.Contains(all, help) {
							t.Errorf("from %s: no entry says %q", a.here().name(), help)
						}
					}
				}
			}
		}
		for _, name := range themes {
			if !strings.Contains(all, "theme: "+name) {
				t.Errorf("no theme %s", name)
			}
		}
		sorted := slices.Clone(labels)
		slices.Sort(sorted)
		if len(slices.Compact(sorted)) != len(labels) {
			t.Errorf("from %s: two entries have one name", a.here().name())
		}
	}
}

func TestPaletteActs(t *testing.T) {
	p := busyPool(8)
	a := newTestApp(t, 120, 40, busyBroker(), p)
	press(a, ":")
	typeText(a, "worker more")
	press(a, "enter")
	if !slices.Equal(p.asked, []string{"resize 9"}) || a.dialog != nil {
		t.Fatalf("asked %q", p.asked)
	}
	press(a, ":")
	if first := a.finder.found[0].text; first != "workers: start a worker more" {
		t.Errorf("what was chosen before does not stand first, but %q", first)
	}
	typeText(a, "go to tas")
	press(a, "enter")
	if a.place != placeTasks {
		t.Errorf("the place is %v", a.place)
	}
	press(a, ":")
	typeText(a, "crash the sel")
	press(a, "enter")
	if a.place != placeBoard || a.dialog != nil || !strings.HasPrefix(a.toast.text, "Here x does it") {
		t.Errorf("an action of another place: at %v, toast %q", a.place, a.toast.text)
	}
}

func TestPaletteGivesTheReason(t *testing.T) {
	a := newTestApp(t, 120, 40, busyBroker(), nil)
	press(a, ":")
	typeText(a, "worker more")
	if !strings.Contains(a.View(), "not now: no pool here") {
		t.Error("the reason is not beside it")
	}
	press(a, "enter")
	if a.dialog == nil || !strings.Contains(a.View(), "It cannot be done now: no pool here, carousel only watches.") {
		t.Error("it acts, or closes without a word")
	}
	press(a, "backspace")
	if strings.Contains(a.View(), "It cannot") {
		t.Error("the reason stays while something else is typed")
	}
	typeText(a, "zzzz")
	press(a, "enter")
	if a.dialog == nil || !strings.Contains(a.View(), "nothing is called so") {
		t.Error("nothing is found, and it does not say so")
	}
}

func withNames(a *App, names ...string) (*namesAdmin, *[]string) {
	admin, watched := &namesAdmin{names: names}, new([]string)
	a.o.Admin = admin
	a.toQueue = func(queue string) tea.Cmd { *watched = append(*watched, queue); return nil }
	return admin, watched
}

func TestPaletteFindsQueues(t *testing.T) {
	a := newTestApp(t, 120, 40, busyBroker(), busyPool(2))
	admin, watched := withNames(a, "invoices", "mail\x1b[2J", "task_queue")
	press(a, ":")
	typeText(a, "mail")
	if !strings.Contains(a.View(), "[mail]␛[2J") {
		t.Errorf("it is not found, or not plain:\n%s", a.View())
	}
	press(a, "enter")
	if !slices.Equal(*watched, []string{"mail\x1b[2J"}) || !slices.Equal(admin.asked, []string{""}) {
		t.Errorf("watched %q, asked for %q", *watched, admin.asked)
	}
	press(a, ":")
	typeText(a, "task_queue")
	press(a, "enter")
	if len(*watched) != 1 || !strings.Contains(a.View(), "it is watched already") {
		t.Error("the watched queue is watched anew")
	}
}

// On a vhost with more queues than one answer holds, the typed text is asked for.
func TestPaletteAmongManyQueues(t *testing.T) {
	var names []string
	for i := range 3000 {
		names = append(names, fmt.Sprintf("queue-%04d", i))
	}
	a := newTestApp(t, 120, 40, busyBroker(), busyPool(2))
	admin, watched := withNames(a, names...)
	press(a, ":")
	if !strings.Contains(a.View(), "500 of 3 000 queues; type more of the name") {
		t.Errorf("it does not say that there are more:\n%s", a.View())
	}
	typeText(a, "2718")
	lookOn(a, start.Add(typingPause))
	if !slices.Equal(admin.asked, []string{"", "2718"}) {
		t.Errorf("asked for %q", admin.asked)
	}
	press(a, "enter")
	if !slices.Equal(*watched, []string{"queue-2718"}) {
		t.Errorf("watched %q, asked for %q", *watched, admin.asked)
	}
}

func TestPaletteTakesNoLateNames(t *testing.T) {
	a := newTestApp(t, 120, 40, busyBroker(), busyPool(2))
	admin, _ := withNames(a, "invoices")
	_, late := a.Update(keyOf(":"))
	press(a, "esc")
	press(a, ":")
	n := len(a.finder.entries)
	a.finder.queues.names, a.finder.queues.generation = nil, a.finder.queues.generation+1
	settle(a, late)
	if len(a.finder.queues.names) != 0 || len(a.finder.entries) != n {
		t.Error("names for an earlier opening are taken")
	}
	press(a, "esc")
	admin.err = errors.New("the management API does not answer")
	press(a, ":")
	if !strings.Contains(a.View(), "The queues cannot be listed: the management API does not answer") {
		t.Error("what failed is not said")
	}
	typeText(a, "inv")
	if len(admin.asked) != 3 {
		t.Errorf("it asks again and again: %q", admin.asked)
	}
}

func TestPaletteChangesTheTheme(t *testing.T) {
	p := busyPool(2)
	a := newApp(t.Context(), Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: p, Journal: p}, newTheme("dark", termenv.TrueColor))
	a.Update(tea.WindowSizeMsg{Width: 100, Height: 30})
	look(a, start)
	press(a, ":")
	typeText(a, "theme light")
	press(a, "enter")
	if want := newTheme("light", termenv.TrueColor); a.t.accent != want.accent || !strings.Contains(a.View(), string(want.accent)) {
		t.Error("the screen keeps its theme")
	}
}

func TestPaletteGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		a := newTestApp(t, size[0], size[1], busyBroker(), busyPool(8))
		withNames(a, "task_queue", "task_queue.dead", "thumbnails")
		press(a, ":")
		typeText(a, "ta")
		checkFrame(t, a)
		golden(t, fmt.Sprintf("palette-%dx%d", size[0], size[1]), a.View())
	}
}
