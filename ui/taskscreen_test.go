package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/brokertest"
	"carousel/ui/uitest"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"pgregory.net/rapid"
)

// fakeKept keeps the tasks that it was told to.
type fakeKept map[string]broker.Task

func (f fakeKept) Task(id string) (broker.Task, bool) {
	t, ok := f[id]
	return t, ok
}

func (f fakeKept) Budget() int { return 16_000_000 }

func (f fakeKept) Said(string) []worker.Said { return nil }

// wholeTask is a task of the scene as it was when a worker got it.
func wholeTask(i int) broker.Task {
	ref, work := task(i), 750*time.Millisecond
	return broker.Task{
		ID: ref.ID, Type: ref.Type, Body: []byte(fmt.Sprintf(`{"file":"cat%d.png","sizes":[64,640],"title":"größer"}`, i)), ContentType: "application/json",
		Priority: 5, TTL: time.Minute, Created: ref.Made, Work: &work, Attempt: 1, Made: true, CorrelationID: "order-2041",
		Headers: map[string]any{"tenant": "acme", "trace": []any{int64(1), "two"}, "x-retries": int32(0)},
	}
}

// tasksApp is the screen of tasks with a minute of history, all of it kept.
func tasksApp(t testing.TB, w, h int) *App {
	t.Helper()
	p := busyPool(8)
	for id := 1; id <= 4; id++ { // and what runs now
		p.add(worker.Event{At: start.Add(-time.Duration(id) * 300 * time.Millisecond), Kind: worker.TaskStarted, Worker: id, Task: task(1000 + id),
			Wait: 2 * time.Second})
	}
	a := newTestApp(t, w, h, busyBroker(), p)
	kept := fakeKept{}
	for i := range 2000 {
		kept[task(i).ID] = wholeTask(i)
	}
	a.o.Kept = kept
	press(a, "2")
	return a
}

// screenOf is the screen of tasks of an App.
func screenOf(a *App) *tasksPlace { return a.places[placeTasks].(*tasksPlace) }

func TestTasksGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		for name, keys := range map[string][]string{
			"list": nil, "view": {"G", "enter"}, "hex": {"enter", "b"}, "resend": {"R"}, "export": {"X"}, "help": {"?"},
			"sorted": {"j", "j", "o", "o", "O"},
		} {
			if size[0] != 80 && (name == "resend" || name == "help" || name == "export" || name == "hex") {
				continue // the same at any size
			}
			t.Run(fmt.Sprintf("%s %dx%d", name, size[0], size[1]), func(t *testing.T) {
				a := tasksApp(t, size[0], size[1])
				press(a, keys...)
				checkFrame(t, a)
				golden(t, fmt.Sprintf("tasks-%s-%dx%d", name, size[0], size[1]), a.View())
			})
		}
	}
	for name, line := range map[string]string{"filter": "state:f", "filter-wrong": "ran>1s wrker:w01"} {
		a := tasksApp(t, 80, 24)
		press(a, "/")
		typeText(a, line)
		checkFrame(t, a)
		golden(t, "tasks-"+name+"-80x24", a.View())
	}
}

func TestTasksInASCII(t *testing.T) {
	a := tasksApp(t, 100, 30)
	a.o.Config.ASCII = true
	for _, key := range []string{"j", "enter", "b", "esc", "/", "esc", "X", "esc", "o"} {
		press(a, key)
		if checkFrame(t, a); !printableASCII(strings.ReplaceAll(a.View(), "\n", "")) {
			t.Errorf("after %s something beyond ASCII is left:\n%s", key, a.View())
		}
	}
}

func TestTasksEmptyStates(t *testing.T) {
	idle := func(b *fakeBroker, p *fakePool) { b.queue.Ready.Value, p.status.InHand, p.events = 0, 0, nil }
	for want, set := range map[string]func(*fakeBroker, *fakePool){
		"idle: the queue is empty; e enqueues tasks":            idle,
		"no data yet: no task has been worked":                  func(_ *fakeBroker, p *fakePool) { p.status.InHand, p.events = 0, nil },
		"no data yet: the first tasks are running":              func(_ *fakeBroker, p *fakePool) { p.events = nil },
		"there is no such queue":                                func(b *fakeBroker, p *fakePool) { idle(b, p); b.queue.Missing = true },
		"the link to the broker is down; tasks come when it is": func(b *fakeBroker, p *fakePool) { idle(b, p); b.links[1].Status = broker.LinkConnecting },
	} {
		b, p := busyBroker(), busyPool(2)
		set(b, p)
		a := newTestApp(t, 100, 30, b, p)
		if press(a, "2"); !strings.Contains(a.View(), want) {
			t.Errorf("%q is not on the screen:\n%s", want, a.View())
		}
	}
	a := newTestApp(t, 100, 30, busyBroker(), nil)
	if press(a, "2"); !strings.Contains(a.View(), "no pool here: tasks that other programs work are not seen") {
		t.Error("without a pool that is not said")
	}
	a = tasksApp(t, 100, 30)
	press(a, "/")
	typeText(a, "nowhere")
	if !strings.Contains(a.View(), "none of the 460 tasks is meant by the filter; esc clears it") {
		t.Errorf("a filter that picks nothing:\n%s", a.View())
	}
}

// What is typed acts at once but for a term with a mistake, Enter keeps it, Esc clears it.
func TestFilterActsWhileItIsTyped(t *testing.T) {
	a := tasksApp(t, 100, 30)
	all := len(screenOf(a).rows)
	press(a, "/")
	typeText(a, "state:failed")
	failed := len(screenOf(a).rows)
	if failed == 0 || failed == all || !strings.Contains(a.View(), fmt.Sprintf("showing %d of %d", failed, all)) {
		t.Fatalf("%d of %d are shown:\n%s", failed, all, a.View())
	}
	typeText(a, " ran>")
	if len(screenOf(a).rows) != failed || !strings.Contains(a.View(), "× ran>: ran> needs a time with its unit") {
		t.Errorf("a mistake changes the list, or is not told:\n%s", a.View())
	}
	if press(a, "enter"); a.dialog == nil {
		t.Error("a mistake can be kept")
	}
	typeText(a, "1ms")
	if press(a, "enter"); a.dialog != nil || len(screenOf(a).rows) != failed {
		t.Error("Enter does not keep the filter")
	}
	look(a, start.Add(time.Second))
	if len(screenOf(a).rows) != failed || !strings.Contains(a.View(), "/ state:failed ran>1ms") {
		t.Errorf("the filter is gone with the next look:\n%s", a.View())
	}
	if press(a, "/", "esc"); len(screenOf(a).rows) != all {
		t.Error("Esc does not clear the filter")
	}
}

// The selection stays on its task while others come in, and at the top the newest is followed.
func TestSelectionStaysOnItsTask(t *testing.T) {
	a, p := tasksApp(t, 100, 30), (*fakePool)(nil)
	p = a.o.Pool.(*fakePool)
	come := func(i int) {
		p.add(worker.Event{At: start.Add(time.Second), Kind: worker.TaskStarted, Worker: 8, Task: task(i), Wait: -1})
		look(a, start.Add(time.Second))
	}
	come(5000)
	if s := screenOf(a); s.subject.ref.ID != task(5000).ID {
		t.Fatalf("at the top, %s is selected", s.subject.ref.ID)
	}
	press(a, "j", "j")
	selected := screenOf(a).subject.ref.ID
	come(5001)
	come(5002)
	if s := screenOf(a); s.subject.ref.ID != selected || s.table.at < 2 {
		t.Errorf("the selection went from %s to %s", selected, s.subject.ref.ID)
	}
	press(a, "o", "o", "O")
	if got := screenOf(a).subject.ref.ID; got != selected {
		t.Errorf("sorting moved the selection to %s", got)
	}
	press(a, "g")
	first := screenOf(a).rows[0].ref.ID
	if got := screenOf(a).subject.ref.ID; got != first {
		t.Errorf("g selects %s, the first is %s", got, first)
	}
}

func TestTasksMouse(t *testing.T) {
	a := tasksApp(t, 100, 30)
	s := screenOf(a)
	at := func(button tea.MouseButton, y int) {
		a.Update(tea.MouseMsg{X: 10, Y: y, Button: button, Action: tea.MouseActionPress})
	}
	row := func(i int) string { return s.rows[i].ref.ID }
	if at(tea.MouseButtonLeft, 2+2+3); s.subject.ref.ID != row(3) { // header, tabs, border, heads
		t.Errorf("a click on the fourth row selects row %d", s.table.at)
	}
	if at(tea.MouseButtonWheelDown, 10); s.subject.ref.ID != row(3+wheelStep) {
		t.Errorf("the wheel selects row %d", s.table.at)
	}
	press(a, "/")
	typeText(a, "redelivered")
	press(a, "enter")
	if at(tea.MouseButtonLeft, 2+3); s.table.at != 0 {
		t.Errorf("below a filter, a click on the first row selects row %d", s.table.at)
	}
}

// What was looked up once stays to be used; what is not kept is said, and bars what would need it.
func TestBodyThatIsNoLongerKept(t *testing.T) {
	a := tasksApp(t, 100, 30)
	long := task(7000)
	long.Preview, long.Size = strings.Repeat("x", 120), 5000
	short := task(7001)
	short.Size = len(short.Preview)
	for _, ref := range []worker.TaskRef{long, short} {
		a.o.Pool.(*fakePool).add(worker.Event{At: start, Kind: worker.TaskDone, Worker: 8, Task: ref, Run: time.Second})
	}
	look(a, start)
	press(a, "/")
	typeText(a, long.ID)
	press(a, "enter", "enter")
	if !strings.Contains(a.View(), "The body is no longer kept: the newest 16.0 MB of tasks are.") || !strings.Contains(a.View(), "Body 5.0 kB, as text: its first 120 bytes") {
		t.Errorf("that is not said:\n%s", a.View())
	}
	for _, key := range []string{"R", "E", "s", "Y"} {
		if press(a, key); a.dialog != nil || !strings.Contains(a.toast.text, "no longer kept") {
			t.Errorf("%s: dialog %v, toast %q", key, a.dialog, a.toast.text)
		}
	}
	press(a, "esc", "esc", "/")
	typeText(a, task(7001).ID)
	press(a, "enter", "enter", "s") // its body is in the journal, whole
	if a.dialog == nil || !strings.Contains(a.View(), "Save body") {
		t.Errorf("a short body cannot be saved: %q\n%s", a.toast.text, a.View())
	}
}

// Whatever comes, at any size: exactly h lines of exactly w cells, and nothing but our own sequences.
func TestTasksKeepTheirShape(t *testing.T) {
	t.Parallel()
	texts := brokertest.Hostile()
	keys := []string{"j", "k", "G", "g", "pgdown", "enter", "esc", "b", "w", "h", "l", "o", "O", "/", "x", "-", "\"", ":", " ", "R", "E", "s", "y", "Y", "X", "tab", "backspace"}
	rapid.Check(t, func(t *rapid.T) {
		h := &mischief{texts, rapid.IntRange(0, 100).Draw(t, "from")}
		p := busyPool(0)
		kept := fakeKept{}
		for i := range rapid.IntRange(0, 40).Draw(t, "tasks") {
			ref := worker.TaskRef{ID: h.next(), Type: h.next(), Preview: h.next(), Size: i * 1000, Attempt: i % 4, Redelivered: i%2 == 0, Made: start}
			kind := worker.TaskStarted + worker.EventKind(rapid.IntRange(0, 5).Draw(t, "kind"))
			p.add(worker.Event{At: start, Kind: kind, Worker: i % 9, Task: ref, Err: h.next(), Run: time.Duration(i) * time.Second, Wait: -1, Next: time.Minute})
			kept[ref.ID] = broker.Task{
				ID: ref.ID, Body: []byte(strings.Repeat(h.next(), 3)), ContentType: h.next(), CorrelationID: h.next(), AppID: h.next(),
				Failed: &broker.Failure{Origin: h.next()}, Headers: map[string]any{h.next(): h.next(), h.next(): []byte(h.next()), "n": []any{h.next()}},
			}
		}
		a := newApp(testContext, Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: p, Journal: p, Kept: kept}, testTheme)
		a.Update(tea.WindowSizeMsg{Width: rapid.IntRange(1, 170).Draw(t, "w"), Height: rapid.IntRange(1, 50).Draw(t, "h")})
		look(a, start)
		a.show(placeTasks)
		for range 8 {
			a.Update(keyOf(rapid.SampledFrom(keys).Draw(t, "key")))
			checkFrame(t, a)
			if stray := uitest.Stray(a.View()); stray != "" {
				t.Fatal(stray)
			}
		}
	})
}

// BenchmarkTasks is what a look costs the screen of tasks at its fullest: filtered, and sorted.
func BenchmarkTasks(b *testing.B) {
	a := tasksApp(b, 200, 60)
	for i := range maxTasks {
		a.scene.worked.take([]worker.Event{{At: start, Kind: worker.TaskDone, Worker: 1, Task: task(i), Run: time.Duration(i*7919%1000) * time.Millisecond}}, 0, nil)
	}
	s := screenOf(a)
	for name, set := range map[string]func(){
		"all":      func() { s.apply(a, "") },
		"filtered": func() { s.apply(a, "ran>300ms cat") },
		"sorted":   func() { s.apply(a, ""); s.table.by = 8 },
	} {
		b.Run(name, func(b *testing.B) {
			set()
			b.ReportAllocs()
			for b.Loop() {
				s.refresh(a)
			}
		})
		s.table.by = 0
	}
	b.Run("filter changes", func(b *testing.B) {
		for b.Loop() {
			s.apply(a, "ran>300ms cat")
		}
	})
	b.Run("view", func(b *testing.B) {
		for b.Loop() {
			s.view(a, 200, 55)
		}
	})
}
