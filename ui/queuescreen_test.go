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

	tea "github.com/charmbracelet/bubbletea"
)

// newAdminApp is an App that may look beyond its own queue.
func newAdminApp(t testing.TB, w, h int, admin *fakeAdmin) *App {
	t.Helper()
	p := busyPool(4)
	for i := range p.workers {
		p.workers[i].Tag = fmt.Sprintf("carousel.w%d", i+1)
	}
	a := newTestApp(t, w, h, busyBroker(), p)
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

// What was asked for stays on its way while more is typed; then only the newest text is asked for, and the old answer dropped.
func TestFilterAsksOneThingAtATime(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	press(a, "4", "/")
	f.asked = nil
	_, first := a.Update(keyOf("t"))
	for _, k := range []string{"a", "s", "k"} {
		if _, cmd := a.Update(keyOf(k)); cmd != nil {
			t.Fatal("a second request while one is under way")
		}
	}
	second := answerOf(a, first)
	if len(queuesOf(a).table.rows) != 8 {
		t.Error("an answer that is no longer wanted was shown")
	}
	if next := answerOf(a, second); next != nil || !slices.Equal(f.asked, []string{`queues 1 "t" name false`, `queues 1 "task" name false`}) {
		t.Errorf("asked %q", f.asked)
	}
	if a.draw(); !strings.Contains(a.View(), "2 of 8 in vhost") {
		t.Error(a.View())
	}
	press(a, "enter")
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
	lookOn(a, start.Add(2*time.Minute))
	if len(f.asked) > 0 {
		t.Fatalf("asked %q while a request was under way", f.asked)
	}
	answerOf(a, flying)
	lookOn(a, start.Add(2*time.Minute+rereadPause-time.Millisecond))
	if len(f.asked) != 1 {
		t.Fatalf("asked %q before the pause was over", f.asked)
	}
	lookOn(a, start.Add(2*time.Minute+rereadPause))
	if len(f.asked) != 2 {
		t.Fatalf("asked %q after it", f.asked)
	}
	press(a, "1")
	lookOn(a, start.Add(3*time.Minute))
	if len(f.asked) != 2 {
		t.Errorf("asked %q from the board", f.asked)
	}
}

func TestQueuesActions(t *testing.T) {
	watched := []string{"j", "j", "j", "j", "j"} // to task_queue
	typed := func(keys []string, text string) []string {
		for _, r := range text {
			keys = append(keys, string(r))
		}
		return append(keys, "enter")
	}
	for _, c := range []struct {
		name  string
		keys  []string
		asked []string // lists apart
		toast string
	}{
		{"purge counts", []string{"P"}, []string{"inspect billing.invoices"}, ""},
		{"enter alone does not purge", []string{"P", "enter"}, []string{"inspect billing.invoices"}, ""},
		{"the watched queue's name is another's", typed([]string{"P"}, "task_queue"), []string{"inspect billing.invoices"}, ""},
		{"purge", typed([]string{"P"}, "billing.invoices"), []string{"inspect billing.invoices", "purge billing.invoices"}, "12 tasks removed from billing.invoices"},
		{"purge of an empty queue counts again", []string{"j", "j", "j", "j", "P", "enter"}, []string{"inspect reports.nightly", "inspect reports.nightly"}, ""},
		{"delete", typed([]string{"D"}, "billing.invoices"), []string{"inspect billing.invoices", "delete billing.invoices"}, "queue billing.invoices is deleted, with 12 tasks"},
		{"delete of one with consumers needs the name", []string{"j", "j", "j", "j", "D", "enter"}, []string{"inspect reports.nightly"}, ""},
		{"delete of one with nothing", []string{"G", "D", "enter"}, []string{"inspect unknown.newcomer", "inspect unknown.newcomer", "delete unknown.newcomer"}, "queue unknown.newcomer is deleted, with 0 tasks"},
		{"delete from the details", append(append(slices.Clone(watched), "enter"), typed([]string{"D"}, "task_queue")...), []string{"inspect task_queue", "delete task_queue"}, "queue task_queue is deleted, with 1 284 tasks"},
		{"watch asks where workers end by it", []string{"w"}, nil, ""},
		{"watch", []string{"w", "enter"}, []string{"switch billing.invoices false"}, "no way to billing.invoices"},
		{"watch the watched, which ends its workers", append(slices.Clone(watched), "w", "enter"), []string{"switch task_queue false"}, "no way to task_queue"},
		{"work asks", []string{"W"}, nil, ""},
		{"work", []string{"W", "enter"}, []string{"switch billing.invoices true"}, "no way to billing.invoices"},
		{"work the worked", append(slices.Clone(watched), "W"), nil, "W cannot act now: the workers are on that queue"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := busyVHost()
			a := newAdminApp(t, 100, 30, f)
			a.o.Switch = otherQueue(f)
			press(a, "4")
			press(a, c.keys...)
			asked := slices.DeleteFunc(f.asked, func(s string) bool { return strings.HasPrefix(s, "queues") })
			if !slices.Equal(asked, c.asked) && len(asked)+len(c.asked) > 0 {
				t.Errorf("asked %q, want %q", asked, c.asked)
			}
			if a.toast.text != c.toast {
				t.Errorf("toast %q, want %q", a.toast.text, c.toast)
			}
			checkFrame(t, a)
		})
	}
}

// otherQueue is the way to another queue, which is noted and leads nowhere.
func otherQueue(f *fakeAdmin) func(context.Context, string, bool) (Session, error) {
	return func(_ context.Context, queue string, work bool) (Session, error) {
		f.note("switch %s %v", queue, work)
		return Session{}, errors.New("no way to " + queue)
	}
}

// A console that only watches goes elsewhere without a question, and may begin to work on what it watches.
func TestWatchersSwitchAtOnce(t *testing.T) {
	f := busyVHost()
	a := newTestApp(t, 100, 30, busyBroker(), nil)
	a.o.Admin, a.o.Switch = f, otherQueue(f)
	press(a, "4", "w")
	if !slices.Contains(f.asked, "switch billing.invoices false") {
		t.Errorf("asked %q", f.asked)
	}
	press(a, "j", "j", "j", "j", "j")
	if press(a, "w"); a.toast.text != "w cannot act now: that is the watched queue" {
		t.Errorf("toast %q", a.toast.text)
	}
	if press(a, "W", "enter"); !slices.Contains(f.asked, "switch task_queue true") {
		t.Errorf("asked %q", f.asked)
	}
}

// What came after a queue was seen empty is not deleted with it.
func TestDeleteOfAQueueThatFillsMeanwhile(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	press(a, "4", "G", "D")
	f.queues[7].Ready = known(int64(3), start)
	press(a, "enter")
	if len(f.queues) != 8 || !strings.Contains(a.toast.text, "3 tasks and 0 consumers came meanwhile") {
		t.Errorf("asked %q, toast %q", f.asked, a.toast.text)
	}
}

// An open question counts anew, and asks for the name as soon as there is something to lose.
func TestQuestionCountsAnew(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	press(a, "4", "G", "D")
	if !strings.Contains(a.View(), "no task and no consumer") {
		t.Fatal(a.View())
	}
	f.queues[7].Ready = known(int64(3), start)
	lookOn(a, start.Add(recountPause))
	if !strings.Contains(a.View(), "3 ready tasks") || !strings.Contains(a.View(), "Type the queue's name") {
		t.Fatal(a.View())
	}
	f.err = errors.New("no answer in 5 s")
	lookOn(a, start.Add(2*recountPause))
	typeText(a, "unknown.newcomer")
	press(a, "enter")
	if slices.Contains(f.asked, "delete unknown.newcomer") || !strings.Contains(a.View(), "No answer in 5 s.") {
		t.Errorf("asked %q\n%s", f.asked, a.View())
	}
}

func TestQueuesEmptyStates(t *testing.T) {
	fault := &broker.Fault{Kind: broker.Unreachable, What: "no answer from the management API", Why: "connection refused"}
	for _, c := range []struct {
		name string
		set  func(*App, *fakeAdmin)
		want []string
		not  string
	}{
		{"no data yet", func(a *App, _ *fakeAdmin) { queuesOf(a).flying = true }, []string{"Reading the queues …"}, "Idle"},
		{"nothing there", func(_ *App, f *fakeAdmin) { f.queues = nil }, []string{"This vhost has no queue; c creates one."}, "Idle"},
		{"idle", func(_ *App, f *fakeAdmin) { f.queues = f.queues[4:5] }, []string{"Idle: every queue is empty", "reports.nightly"}, "Stale"},
		{"nothing matches", func(a *App, _ *fakeAdmin) { queuesOf(a).query.Name = "zz" }, []string{"No queue has that in its name; esc shows all 8."}, "Idle"},
		{"no statistics", func(_ *App, f *fakeAdmin) {
			for i := range f.queues {
				q := &f.queues[i]
				q.In, q.Out = broker.Figure[float64]{}, broker.Figure[float64]{}
				q.Consumers, q.MessageBytes = broker.Figure[int64]{}, broker.Figure[int64]{}
			}
		}, []string{"No rates, consumers and bytes: the broker has made none yet", "billing.invoices"}, "0/s"},
		{"never used", func(_ *App, f *fakeAdmin) {
			f.queues[0].In, f.queues[0].Out, f.queues = broker.Figure[float64]{}, broker.Figure[float64]{}, f.queues[:1]
		},
			[]string{"billing.invoices"}, "No rates"},
		{"no management API", func(_ *App, f *fakeAdmin) { f.err = fault }, []string{
			"No answer from the management API: connection refused. Only the watched queue is known.", "▸ task_queue watched", "1 284",
		}, "billing"},
		{"none given", func(a *App, _ *fakeAdmin) { a.o.Admin = nil }, []string{"no management API to ask", "▸ task_queue watched"}, "billing"},
	} {
		for _, size := range [][2]int{{160, 45}, {80, 24}} {
			f := busyVHost()
			a := newAdminApp(t, size[0], size[1], f)
			c.set(a, f)
			press(a, "4")
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

// When the broker stops to answer, the old rows stay, with how old they are and why.
func TestQueuesGoStale(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	press(a, "4")
	f.err = errors.New("no answer from the management API")
	lookOn(a, start.Add(40*time.Second))
	if !strings.Contains(a.View(), "Stale: the list last read 40 s ago: no answer from the management API.") || !strings.Contains(a.View(), "billing.invoices") {
		t.Error(a.View())
	}
}

func TestQueuesAreReadOnly(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	a.o.ReadOnly = true
	a.o.Switch = otherQueue(f)
	press(a, "4")
	for _, k := range []string{"P", "D", "c", "W"} {
		a.toast = toast{}
		if press(a, k); a.dialog != nil || !strings.Contains(a.toast.text, "read-only") {
			t.Errorf("%s: dialog %v, toast %q", k, a.dialog, a.toast.text)
		}
	}
	for _, asked := range f.asked {
		if !strings.HasPrefix(asked, "queues") {
			t.Errorf("asked %q", asked)
		}
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

// The keys of the details act on what they show, and on nothing that took its place in the list.
func TestDetailsOfAQueueThatGoes(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	press(a, "4", "enter")
	f.queues = f.queues[1:]
	lookOn(a, start.Add(rereadPause))
	if !strings.Contains(a.View(), "not in the list any more") {
		t.Fatal(a.View())
	}
	press(a, "D")
	if _, asks := a.dialog.(*queueEnd); asks || slices.ContainsFunc(f.asked, func(s string) bool { return strings.HasPrefix(s, "inspect") }) {
		t.Errorf("D acts on another queue: %q", f.asked)
	}
}
