package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// newAdminApp is an App that may look beyond its own queue.
func newAdminApp(t testing.TB, w, h int, admin *fakeAdmin) *App {
	t.Helper()
	a := newTestApp(t, w, h, busyBroker(), busyPool(4))
	if admin != nil {
		a.o.Admin = admin
	}
	return a
}

// lookOn takes a look at a moment and runs what the places order then.
func lookOn(a *App, now time.Time) {
	settle(a, a.take(a.sampler.look(now)))
	a.draw()
}

func queuesOf(a *App) *queuesPlace { return a.places[placeQueues].(*queuesPlace) }

// answerOf runs one Cmd that was put off, and takes in what it brings.
func answerOf(a *App, cmd tea.Cmd) tea.Cmd {
	_, next := a.Update(cmd())
	return next
}

func TestQueuesGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		name := fmt.Sprintf("queues-%dx%d", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			f := busyVHost()
			a := newAdminApp(t, size[0], size[1], f)
			press(a, "4")
			for i := range 12 {
				at := start.Add(time.Duration(5*i-60) * time.Second)
				for j := range f.queues {
					if r := &f.queues[j]; r.Ready.Known() {
						queuesOf(a).trails.record([]broker.QueueRow{{Name: r.Name, Ready: known(r.Ready.Value*int64(i+2)/14, at)}})
					}
				}
			}
			a.draw()
			checkFrame(t, a)
			golden(t, name, a.View())
		})
	}
}

func TestQueueDialogsGolden(t *testing.T) {
	for name, keys := range map[string][]string{
		"details": {"enter"}, "purge": {"P"}, "purge-empty": {"j", "j", "j", "j", "P"}, "delete-watched": {"j", "j", "j", "j", "j", "D"},
		"delete-empty": {"G", "k", "k", "k", "c", "esc", "D"}, "create": {"c"}, "filter": {"/", "b", "i", "l"}, "work": {"W"}, "watch": {"w"},
	} {
		t.Run(name, func(t *testing.T) {
			f := busyVHost()
			f.queues[4].Consumers.Value = 0
			a := newAdminApp(t, 100, 30, f)
			a.o.Switch = otherQueue(f)
			press(a, "4")
			press(a, keys...)
			lookOn(a, start.Add(typingPause))
			checkFrame(t, a)
			golden(t, "queues-"+name, a.View())
		})
	}
}

// A large broker is asked for one page, whatever is pressed.
func TestQueuesArePaged(t *testing.T) {
	f := manyQueues(1951)
	a := newAdminApp(t, 100, 30, f)
	press(a, "4")
	at := func(page, first string) {
		t.Helper()
		if !strings.Contains(a.View(), "page "+page+" of 40 · 1 951 queues") || queuesOf(a).current().Name != first {
			t.Fatalf("not page %s at %s:\n%s", page, first, a.View())
		}
	}
	at("1", "queue.00000")
	press(a, "n", "n")
	at("3", "queue.00100")
	press(a, "b")
	at("2", "queue.00050")
	press(a, "pgup")
	at("1", "queue.00049")
	press(a, "pgup")
	if queuesOf(a).page.Page != 1 {
		t.Fatal("a page key that has room on its page turned it")
	}
	press(a, "G", "pgdown")
	at("2", "queue.00050")
	for range 50 {
		press(a, "n")
	}
	at("40", "queue.01950")
	press(a, "o")
	at("1", "queue.01950") // by ready, the deepest first
	press(a, "O")
	at("1", "queue.00000")
	for range 50 {
		press(a, "n")
	}
	f.queues = f.queues[:120] // the page goes away
	lookOn(a, start.Add(rereadPause))
	if !strings.Contains(a.View(), "page 3 of 3 · 120 queues") {
		t.Fatal(a.View())
	}
	press(a, "b")
	if !strings.Contains(a.View(), "page 2 of 3 · 120 queues") {
		t.Fatal(a.View())
	}
	for _, asked := range f.asked {
		if !strings.HasPrefix(asked, "queues ") {
			t.Errorf("asked %q", asked)
		}
	}
}

func TestQueuesAreSortedByTheBroker(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 160, 45, f)
	press(a, "4")
	want := []string{"ready true", "unacked true", "in true", "out true", "consumers true", "bytes true", "name false", "ready true"}
	for _, order := range want {
		press(a, "o")
		if got := f.asked[len(f.asked)-1]; got != `queues 1 "" `+order {
			t.Errorf("asked %q, want %s", got, order)
		}
	}
	if got := queuesOf(a).current().Name; got != "image.resize" {
		t.Errorf("the deepest queue is not the first, but %s", got)
	}
}

// While a filter is typed nothing is asked for; then only the newest text is, and what was under way is given up.
func TestFilterAsksOnceForWhatIsTyped(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	press(a, "4", "/")
	lookOn(a, start.Add(rereadPause-time.Millisecond))
	f.asked = nil
	at := start.Add(rereadPause)
	under := a.take(a.sampler.look(at)) // a reading is under way when the first key comes
	for _, k := range []string{"t", "a", "s", "k"} {
		if _, cmd := a.Update(keyOf(k)); cmd != nil {
			t.Fatalf("%s asks at once", k)
		}
		lookOn(a, at.Add(typingPause/2))
	}
	settle(a, under)
	if len(queuesOf(a).table.rows) != 8 || len(f.asked) != 1 || !strings.HasPrefix(f.asked[0], `queues 1 ""`) {
		t.Errorf("asked %q, %d rows", f.asked, len(queuesOf(a).table.rows))
	}
	f.asked = nil
	lookOn(a, at.Add(2*typingPause))
	if !slices.Equal(f.asked, []string{`queues 1 "task" name false`}) {
		t.Errorf("asked %q", f.asked)
	}
	if a.draw(); !strings.Contains(a.View(), "2 of 8 in vhost") {
		t.Error(a.View())
	}
	press(a, "enter")
	if len(f.asked) != 1 {
		t.Errorf("enter asks again: %q", f.asked)
	}
	if a.dialog != nil || !strings.Contains(a.View(), "/ task") {
		t.Error("enter does not keep the filter")
	}
	press(a, "esc")
	if len(queuesOf(a).table.rows) != 8 || strings.Contains(a.View(), "/ task") {
		t.Error("esc does not drop it")
	}
}

// The broker is asked only while the screen is shown, one request at a time, and not before the pause is over.
func TestQueuesAreReadWhileTheyAreShown(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	lookOn(a, start.Add(time.Minute))
	if len(f.asked) > 0 {
		t.Fatalf("asked %q from the board", f.asked)
	}
	_, flying := a.Update(keyOf("4"))
	lookOn(a, start.Add(time.Minute+10*time.Second))
	if len(f.asked) > 0 {
		t.Fatalf("asked %q while a request was under way", f.asked)
	}
	answerOf(a, flying)
	next := start.Add(time.Minute + 10*time.Second + rereadLongest) // it took long
	lookOn(a, next.Add(-time.Millisecond))
	if len(f.asked) != 1 {
		t.Fatalf("asked %q before the pause was over", f.asked)
	}
	lookOn(a, next)
	if len(f.asked) != 2 {
		t.Fatalf("asked %q after it", f.asked)
	}
	press(a, "1")
	lookOn(a, start.Add(3*time.Minute))
	if len(f.asked) != 2 {
		t.Errorf("asked %q from the board", f.asked)
	}
}

func TestKeysThatAPlaceTakesAreListedOnce(t *testing.T) {
	a := newAdminApp(t, 160, 45, busyVHost())
	for id := range placeCount {
		seen := map[string]bool{}
		for _, b := range a.keymaps[id] {
			if seen[b.keys[0]] {
				t.Errorf("%s lists %s twice", a.places[id].name(), b.show)
			}
			seen[b.keys[0]] = true
		}
	}
}

func TestQueuesMouse(t *testing.T) {
	a := newAdminApp(t, 100, 30, busyVHost())
	press(a, "4")
	click := func(y int, button tea.MouseButton) {
		a.Update(tea.MouseMsg{X: 10, Y: y, Button: button, Action: tea.MouseActionPress})
	}
	rowOf := func(text string) int {
		return slices.IndexFunc(strings.Split(a.View(), "\n"), func(s string) bool { return strings.Contains(s, text) })
	}
	click(rowOf("image.resize"), tea.MouseButtonLeft)
	if got := queuesOf(a).selected; got != "image.resize" {
		t.Errorf("a click on image.resize selects %s", got)
	}
	click(10, tea.MouseButtonWheelDown)
	if got := queuesOf(a).selected; got != "task_queue.dead" {
		t.Errorf("the wheel selects %s", got)
	}
	press(a, "/", "e")
	press(a, "enter")
	click(rowOf("email.outgoing"), tea.MouseButtonLeft)
	if got := queuesOf(a).selected; got != "email.outgoing" {
		t.Errorf("below the filter a click selects %s", got)
	}
}
