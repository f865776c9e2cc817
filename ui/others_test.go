package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	tea "github.com/charmbracelet/bubbletea"

	"carousel/worker"
	"carousel/worker/fleet"
)

// fakeOthers are processes elsewhere as the test says.
type fakeOthers struct {
	hosts   []fleet.Host
	workers []worker.WorkerStatus
	journal *worker.Journal
	deaf    error
	err     error
	asked   []string
}

func (f *fakeOthers) Hosts(_ time.Time, buf []fleet.Host) []fleet.Host {
	return append(buf[:0], f.hosts...)
}

func (f *fakeOthers) Workers(_ time.Time, buf []worker.WorkerStatus) []worker.WorkerStatus {
	return append(buf, f.workers...)
}

func (f *fakeOthers) Journal() *worker.Journal { return f.journal }
func (f *fakeOthers) Deaf() error              { return f.deaf }

func (f *fakeOthers) Order(_ context.Context, id string, do fleet.Act, n int) error {
	f.asked = append(f.asked, fmt.Sprint(id, " ", do, " ", n))
	return f.err
}

// twoHosts are a host that is heard and obeys, and one that is late and does not.
func twoHosts() *fakeOthers {
	f := &fakeOthers{journal: worker.NewJournal(1000)}
	f.hosts = []fleet.Host{
		{ID: "a", Name: "web-1", PID: 4711, Version: "1.0", Started: start.Add(-time.Hour), Heard: start.Add(-time.Second), Steering: true, Max: 8,
			Pool: worker.Status{State: worker.PoolRunning, Size: 2, Target: 2, Prefetch: 1, Handler: "exec", Auto: worker.Autoscaling{
				On: true, Min: 2, Max: 6, Why: "tasks that come keep 1.2 busy"}}, TellsAuto: true, Told: 30, Thinned: 90},
		{ID: "b", Name: "ip-10-2-33-4", PID: 7, State: fleet.HostLate, Heard: start.Add(-6 * time.Second), Skew: -3 * time.Second,
			Pool: worker.Status{State: worker.PoolPaused, Size: 1, Target: 3, Prefetch: 4, Handler: "http"}},
	}
	for i, name := range []string{"web-1/w01", "web-1/w02", "ip-10-2-33-4/w01"} {
		host, _, _ := strings.Cut(name, "/")
		w := worker.WorkerStatus{
			ID: fleet.FirstID + i, Name: name, Host: host, State: worker.StateIdle, Since: start.Add(-20 * time.Second), Done: uint64(10 * (i + 1)),
			RunP50: time.Second, RunP99: 2 * time.Second, WaitP50: -1, WaitP99: -1,
		}
		at := start.Add(-time.Duration(2+i) * time.Second)
		task := worker.TaskRef{ID: fmt.Sprintf("0192f3a1-0000-7000-8000-00000000%04d", i), Type: "resize", Attempt: 1}
		f.journal.Record(&worker.Event{At: at.Add(-time.Second), Kind: worker.TaskStarted, Worker: w.ID, Task: task, Wait: time.Second})
		f.journal.Record(&worker.Event{At: at, Kind: worker.TaskDone, Worker: w.ID, Task: task, Wait: time.Second, Run: time.Second})
		f.workers = append(f.workers, w)
	}
	w := &f.workers[1]
	w.State, w.HasTask, w.Started = worker.StateRunning, true, start.Add(-time.Second)
	w.Task = worker.TaskRef{ID: "0192f3a1-0000-7000-8000-0000000000ff", Type: "resize", Attempt: 2, Redelivered: true}
	return f
}

// withOthers is an App that has heard of processes elsewhere for five seconds.
func withOthers(t testing.TB, w, h int, p *fakePool, f *fakeOthers) *App {
	t.Helper()
	a := newTestApp(t, w, h, busyBroker(), p)
	a.o.Others = f
	a.sampler.others = f
	for i := range 5 {
		look(a, start.Add(time.Duration(i-4)*time.Second/4))
	}
	return a
}

func TestOthersGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		a := withOthers(t, size[0], size[1], busyPool(3), twoHosts())
		name := fmt.Sprintf("%dx%d", size[0], size[1])
		golden(t, "others-board-"+name, a.View())
		press(a, "5", "tab")
		golden(t, "others-fleet-"+name, a.View())
		press(a, "enter")
		golden(t, "others-process-"+name, a.View())
	}
	a := withOthers(t, 100, 30, nil, twoHosts())
	golden(t, "others-watching", a.View())
}

// Orders go to the selected process, after its name was typed where that ends it; and where it obeys nobody, none goes.
func TestOrdersToOthers(t *testing.T) {
	f := twoHosts()
	a := withOthers(t, 120, 40, busyPool(1), f)
	press(a, "5", "tab", " ", "+", "-", "p")
	typeText(a, "\b")
	press(a, "ctrl+u", "3", "enter", "D")
	typeText(a, "web-2")
	press(a, "enter")
	if a.dialog == nil {
		t.Fatal("another name is as good")
	}
	press(a, "ctrl+u")
	typeText(a, "web-1")
	press(a, "enter")
	if want := []string{"a pause 0", "a scale 3", "a scale 1", "a prefetch 3", "a drain 0"}; !slices.Equal(f.asked, want) {
		t.Errorf("ordered %q; want %q", f.asked, want)
	}
	f.err = errors.New("web-1 did not answer; it may have obeyed")
	press(a, " ")
	if !strings.Contains(a.View(), "did not answer; it may have obeyed") {
		t.Errorf("the failure is not told:\n%s", a.View())
	}
	f.asked = nil
	press(a, "j", " ", "+", "p", "D", "k")
	a.o.ReadOnly = true
	press(a, " ", "+", "p", "D")
	if len(f.asked) > 0 || a.dialog != nil {
		t.Errorf("ordered %q, dialog %v", f.asked, a.dialog)
	}
	a.o.ReadOnly = false
	press(a, "tab", " ") // our own pool's again
	if p := a.o.Pool.(*fakePool); len(f.asked) > 0 || !slices.Contains(p.asked, "pause") {
		t.Errorf("ordered %q, the pool %q", f.asked, p.asked)
	}
}

// What was not heard is unknown, and never idle: while a host is silent, and where it told of a part.
func TestUnheardIsUnknown(t *testing.T) {
	f := twoHosts()
	a := withOthers(t, 160, 45, busyPool(1), f)
	lane := func(name string) string { return laneOf(t, a, name) }
	if got := lane("ip-10-2-33"); !strings.HasSuffix(strings.TrimRight(got, "│ "), "╌") {
		t.Errorf("a late host's lane ends %q", got)
	}
	f.hosts[0].Gap = fleet.Gap{From: start, To: start.Add(2 * time.Second)}
	f.hosts[0].Heard = start.Add(4 * time.Second)
	f.workers[1].State, f.workers[1].HasTask = worker.StateIdle, false
	look(a, start.Add(4*time.Second))
	if got := lane("web-1/w01"); !strings.Contains(got, "╌") || strings.HasSuffix(strings.TrimRight(got, "│"), "╌") {
		t.Errorf("a lane with a gap: %q", got)
	}
	f.deaf = errors.New("the broker refuses")
	look(a, start.Add(9*time.Second))
	if got := lane("web-1/w01"); !strings.HasSuffix(strings.TrimRight(got, "│ "), "╌") {
		t.Errorf("nothing is heard, and the lane ends %q", got)
	}
	press(a, "5")
	if !strings.Contains(a.View(), "not heard: the broker refuses") {
		t.Errorf("it is not told:\n%s", a.View())
	}
}

// Workers elsewhere are looked at, and left alone; the ring is of the workers here.
func TestOthersAreLeftAlone(t *testing.T) {
	f := twoHosts()
	p := busyPool(2)
	a := withOthers(t, 160, 45, p, f)
	press(a, "G", "x", "s")
	if a.selected != fleet.FirstID+2 || a.dialog != nil || len(p.asked) > 0 {
		t.Errorf("selected %d, dialog %v, the pool was asked %q", a.selected, a.dialog, p.asked)
	}
	press(a, "enter")
	if !strings.Contains(a.View(), "ip-10-2-33-4, process 7, late") {
		t.Errorf("its process is not told:\n%s", a.View())
	}
	for back := range a.scene.past.ring {
		if isFar(a.scene.past.dispatched(back).worker) {
			t.Errorf("the ring has a dispatch elsewhere")
		}
	}
	press(a, "esc")
	f.hosts, f.workers = nil, nil
	look(a, start.Add(20*time.Second))
	press(a, "5", "tab")
	if strings.Contains(a.View(), "Elsewhere") || a.fleet().onHosts {
		t.Errorf("they are gone, and the screen shows\n%s", a.View())
	}
}

// A recording has the workers elsewhere, too.
func TestRecordedRowsComeApart(t *testing.T) {
	f, p := twoHosts(), busyPool(2)
	ours, far := apart(slices.Concat(f.workers[:1], p.workers, f.workers[1:]))
	if len(ours) != 2 || len(far) != 3 || ours[0].ID != 1 || far[2].ID != fleet.FirstID+2 {
		t.Errorf("ours %v, far %v", ours, far)
	}
}

// Whatever is told, and whatever the size: the frame is whole.
func TestOthersInAnyFrame(t *testing.T) {
	text := rapid.OneOf(rapid.StringN(0, 40, 200), rapid.SampledFrom([]string{"web-1", "\x1b[31m", "日本/語", "/", "a/b/c", strings.Repeat("x", 300)}))
	rapid.Check(t, func(rt *rapid.T) {
		f := &fakeOthers{journal: worker.NewJournal(100)}
		for i := range rapid.IntRange(0, 8).Draw(rt, "hosts") {
			h := fleet.Host{ID: fmt.Sprint(i), Name: text.Draw(rt, "name"), State: fleet.HostState(rapid.IntRange(0, 3).Draw(rt, "state")), Heard: start,
				Skew: time.Duration(rapid.Int64().Draw(rt, "skew")), Told: rapid.Uint64().Draw(rt, "told"), Thinned: rapid.Uint64().Draw(rt, "thinned")}
			h.Pool.Size, h.Pool.Target, h.Pool.Held = rapid.Int().Draw(rt, "size"), rapid.Int().Draw(rt, "target"), text.Draw(rt, "held")
			f.hosts = append(f.hosts, h)
			for j := range rapid.IntRange(0, 30).Draw(rt, "workers") {
				f.workers = append(f.workers, worker.WorkerStatus{ID: fleet.FirstID + 100*i + j, Name: h.Name + "/" + text.Draw(rt, "worker"), Host: h.Name,
					State: worker.State(rapid.IntRange(0, 6).Draw(rt, "is")), Since: start, RunP50: -1, RunP99: -1, WaitP50: -1, WaitP99: -1})
			}
		}
		o := Options{Config: DefaultConfig(), Broker: busyBroker(), Others: f}
		a := newApp(testContext, o, testTheme)
		a.Update(tea.WindowSizeMsg{Width: rapid.IntRange(1, 200).Draw(rt, "w"), Height: rapid.IntRange(1, 60).Draw(rt, "h")})
		look(a, start)
		checkFrame(rt, a)
		for _, key := range []string{"5", "tab", "j", "enter", "esc", "1", "m"} {
			press(a, key)
			checkFrame(rt, a)
		}
	})
}
