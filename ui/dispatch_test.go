package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"
)

// retriedPool is a pool of three; a task that the first one failed was tried again by the third, and the second has one in hand.
func retriedPool() *fakePool {
	p := busyPool(3)
	p.events = nil
	for i := range p.workers {
		p.workers[i].HasTask = i == 1
		p.workers[i].Task, p.workers[i].Started = task(90), start.Add(-900*time.Millisecond)
	}
	add := func(kind worker.EventKind, id int, t worker.TaskRef, from, run time.Duration, why string) {
		p.add(worker.Event{At: start.Add(from), Kind: worker.TaskStarted, Worker: id, Task: t, Wait: 500 * time.Millisecond})
		p.add(worker.Event{
			At: start.Add(from + run), Kind: kind, Worker: id, Task: t, Wait: 500 * time.Millisecond, Run: run, Err: why,
		})
	}
	add(worker.TaskDone, 2, task(71), -9*time.Second, 2*time.Second, "")
	again := task(70)
	add(worker.TaskRetried, 1, again, -8*time.Second, 1500*time.Millisecond, "simulated failure")
	again.Attempt = 2
	add(worker.TaskDone, 3, again, -5*time.Second, 2*time.Second, "")
	add(worker.TaskDone, 1, task(72), -4*time.Second, 2*time.Second, "")
	add(worker.TaskDone, 1, task(73), -2*time.Second, 1100*time.Millisecond, "")
	return p
}

// onLanes is an App with the Dispatch pane focused.
func onLanes(t testing.TB, w, h int, p *fakePool) *App {
	a := newTestApp(t, w, h, busyBroker(), p)
	press(a, "tab", "tab", "tab")
	return a
}

func TestDispatchGolden(t *testing.T) {
	for name, keys := range map[string][]string{
		"task": {"h", "h", "h"}, "frozen": {" "}, "scrolled": {"{"}, "running": {"j", "h"}, "details": {"j", "h", "enter"},
	} {
		for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
			a := onLanes(t, size[0], size[1], retriedPool())
			look(a, start.Add(time.Second))
			press(a, keys...)
			look(a, start.Add(2*time.Second))
			checkFrame(t, a)
			golden(t, fmt.Sprintf("dispatch-%s-%dx%d", name, size[0], size[1]), a.View())
		}
	}
}

func TestHeatGolden(t *testing.T) {
	p := busyPool(1000)
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		a := onLanes(t, size[0], size[1], p)
		press(a, "j")
		checkFrame(t, a)
		golden(t, fmt.Sprintf("dispatch-heat-%dx%d", size[0], size[1]), a.View())
	}
	a := onLanes(t, 80, 24, p)
	a.o.Config.ASCII = true
	look(a, start)
	if !printableASCII(strings.ReplaceAll(a.View(), "\n", "")) {
		t.Error("something beyond ASCII is left")
	}
	golden(t, "dispatch-heat-ascii", a.View())
}

// laneOf is the row of a worker in the Dispatch pane.
func laneOf(t testing.TB, a *App, name string) string {
	t.Helper()
	r := a.layout.panes[paneDispatch]
	for _, line := range strings.Split(a.View(), "\n")[r.Min.Y:r.Max.Y] {
		if _, lane, found := strings.Cut(string([]rune(line)[r.Min.X:r.Max.X]), name); found {
			return lane
		}
	}
	t.Fatalf("no lane of %s:\n%s", name, a.View())
	return ""
}

func TestSelectTasksOfALane(t *testing.T) {
	a := onLanes(t, 160, 45, retriedPool())
	for _, c := range []struct{ key, want string }{
		{"h", shortID(task(73).ID) + " done · 1.1 s · wait 500 ms · try 1"},
		{"left", shortID(task(72).ID) + " done · 2 s"},
		{"h", shortID(task(70).ID) + " failed, runs again · 1.5 s · wait 500 ms · try 1 · tries: w01 ▒, w03 ✓"},
		{"h", shortID(task(70).ID) + " failed, runs again"}, // there is none before
		{"l", shortID(task(72).ID) + " done"},
		{"right", shortID(task(73).ID) + " done"},
	} {
		if press(a, c.key); !strings.Contains(a.View(), c.want) {
			t.Fatalf("after %s, %q is not on the board:\n%s", c.key, c.want, a.View())
		}
	}
	if press(a, "l"); a.dispatch.picked != nil || !a.dispatch.present() {
		t.Error("beyond the newest task one is still selected")
	}
	if press(a, "tab"); a.focus != paneWorkers {
		t.Errorf("tab leads to the %v pane", a.focus)
	}
}

func TestTriesOfATaskAreLit(t *testing.T) {
	a := onLanes(t, 160, 45, retriedPool())
	if lane := laneOf(t, a, "w03"); !strings.Contains(lane, "2███") || strings.Contains(lane, "◂") {
		t.Errorf("the second try: %s", lane)
	}
	press(a, "h", "h", "h")
	if lane := laneOf(t, a, "w01"); !strings.Contains(lane, "▸1▒▒") || !strings.Contains(lane, "▒◂") {
		t.Errorf("the selected first try: %s", lane)
	}
	if lane := laneOf(t, a, "w03"); !strings.Contains(lane, "2███") || !strings.Contains(lane, "█◂") {
		t.Errorf("its second try: %s", lane)
	}
	if lane := laneOf(t, a, "w02"); strings.Contains(lane, "◂") {
		t.Errorf("another task: %s", lane)
	}
}

func TestDetailsOfABlock(t *testing.T) {
	a := onLanes(t, 160, 45, retriedPool())
	press(a, "h", "h", "h", "enter")
	if v := a.View(); !strings.Contains(v, task(70).ID) || !strings.Contains(v, "w03 ran it for 2 s") || !strings.Contains(v, "simulated failure") {
		t.Errorf("the story of a task is not told:\n%s", v)
	}
	press(a, "esc", "esc", "j", "h", "enter")
	if v := a.View(); !strings.Contains(v, task(90).ID) || !strings.Contains(v, "w02 has had it for 0.9 s") {
		t.Errorf("the task in hand is not told of:\n%s", v)
	}
	// A try that the log has forgotten is told by what the lane knows.
	press(a, "esc", "esc", "k", "h")
	a.scene.past.log, a.scene.past.logged = nil, 0
	if press(a, "enter"); !strings.Contains(a.View(), task(73).ID) || !strings.Contains(a.View(), "✓ w01 ran it for 1.1 s") {
		t.Errorf("a forgotten try is not told of:\n%s", a.View())
	}
}

// A task in hand that is selected stays selected when it ends.
func TestSelectionSurvivesTheEnd(t *testing.T) {
	p := retriedPool()
	a := onLanes(t, 160, 45, p)
	if press(a, "j", "h"); !strings.Contains(a.View(), " runs · 0.9 s") {
		t.Fatalf("the task in hand is not told of:\n%s", a.View())
	}
	p.workers[1].HasTask = false
	p.add(worker.Event{At: start.Add(time.Second), Kind: worker.TaskDone, Worker: 2, Task: task(90), Run: 1900 * time.Millisecond})
	look(a, start.Add(2*time.Second))
	if !strings.Contains(a.View(), shortID(task(90).ID)+" done · 1.9 s") {
		t.Errorf("its end is not told:\n%s", a.View())
	}
}

// While the picture is frozen nothing in it moves, whatever goes on.
func TestFreeze(t *testing.T) {
	p := retriedPool()
	a := onLanes(t, 160, 45, p)
	press(a, " ")
	pane := func() string { return strings.Join(a.dispatch.view(112, 14, true)[1:], "\n") }
	before := pane()
	for i := range 30 {
		at := start.Add(time.Duration(i) * time.Second)
		p.workers[i%3].HasTask = !p.workers[i%3].HasTask
		p.add(worker.Event{At: at, Kind: worker.TaskStarted, Worker: i%3 + 1, Task: task(i), Wait: time.Hour})
		p.add(worker.Event{At: at.Add(time.Second / 2), Kind: worker.TaskFailed, Worker: i%3 + 1, Task: task(i), Run: time.Second / 2})
		look(a, at)
		if got := pane(); got != before {
			t.Fatalf("after %d s the picture has changed:\n%s\nbefore:\n%s", i, got, before)
		}
	}
	if !strings.Contains(a.View(), "frozen · 30 new since") {
		t.Errorf("it does not say so:\n%s", a.View())
	}
	if press(a, " "); strings.Contains(a.View(), "frozen") || pane() == before {
		t.Errorf("it does not thaw:\n%s", a.View())
	}
	if len(p.asked) > 0 {
		t.Errorf("the pool was asked to %v", p.asked)
	}
	if press(a, "tab", " "); len(p.asked) != 1 || p.asked[0] != "pause" {
		t.Errorf("on the next pane, space asked for %v", p.asked)
	}
}

func TestScrollBack(t *testing.T) {
	p := busyPool(3)
	a := onLanes(t, 160, 45, p)
	a.dispatch.zoomed, a.dispatch.zoom = true, 3
	press(a, "{")
	if a.dispatch.present() || !strings.Contains(a.View(), " back · 0 new since") || strings.Contains(a.View(), "now ──╯") {
		t.Fatalf("the board does not show the past:\n%s", a.View())
	}
	edge := a.dispatch.until
	p.add(worker.Event{At: start.Add(time.Second), Kind: worker.TaskStarted, Worker: 1, Task: task(1)})
	look(a, start.Add(time.Second))
	if a.dispatch.until != edge || !strings.Contains(a.View(), " back · 1 new since") {
		t.Errorf("the past moves on:\n%s", a.View())
	}
	if want := edge.Format("15:04:05") + " ─"; !strings.Contains(a.View(), want) {
		t.Errorf("the axis does not tell the time %s:\n%s", want, a.View())
	}
	for range 100 {
		press(a, "shift+left")
	}
	if got := a.scene.now.Sub(a.dispatch.until); got != time.Duration(slotCount-a.dispatch.cells)*time.Second {
		t.Errorf("one can scroll back by %v", got)
	}
	if lane := laneOf(t, a, "w01"); !strings.HasPrefix(lane, " ╌╌╌") {
		t.Errorf("what nobody saw is drawn as %s", lane)
	}
	if press(a, "esc"); !a.dispatch.present() {
		t.Error("esc does not lead back to now")
	}
	press(a, "{", "}", "}")
	if !a.dispatch.present() {
		t.Error("forth does not lead back to now")
	}
}

func TestSelectionScrolls(t *testing.T) {
	a := onLanes(t, 100, 30, busyPool(3))
	a.dispatch.zoomed, a.dispatch.zoom = true, 0
	for range 25 {
		press(a, "h")
		if !strings.Contains(laneOf(t, a, "w01"), "▸") {
			t.Fatalf("the selected task is out of sight:\n%s", a.View())
		}
	}
	for range 30 {
		press(a, "l")
	}
	if !a.dispatch.present() {
		t.Error("beyond the newest task is not the present")
	}
}

func TestClickSelectsABlock(t *testing.T) {
	a := newTestApp(t, 160, 45, busyBroker(), retriedPool())
	r := a.layout.panes[paneDispatch]
	lane := laneOf(t, a, "w03")
	x := r.Min.X + boxIndent + len("w03") + len([]rune(lane[:strings.Index(lane, "2")])) + 2
	click := func(x, y int) {
		a.Update(tea.MouseMsg{X: x, Y: y, Action: tea.MouseActionPress, Button: tea.MouseButtonLeft})
	}
	click(x, r.Min.Y+3)
	if a.focus != paneDispatch || a.selected != 3 || !strings.Contains(a.View(), shortID(task(70).ID)+" done · 2 s · wait 500 ms · try 2") {
		t.Errorf("a click on the second try selects %+v:\n%s", a.dispatch.block, a.View())
	}
	click(r.Max.X-3, r.Min.Y+3)
	if a.dispatch.picked != nil {
		t.Errorf("a click beside the tasks selects %+v", a.dispatch.picked)
	}
	for y := range a.h { // nothing breaks, wherever one clicks
		for x := 0; x < a.w; x += 3 {
			click(x, y)
		}
	}
	checkFrame(t, a)
}

func TestHeatmapLeadsToLanes(t *testing.T) {
	a := onLanes(t, 100, 30, busyPool(200))
	if !a.dispatch.wasHeat {
		t.Fatal("200 workers are no heatmap")
	}
	n := a.dispatch.perRow
	if press(a, "j", "j"); a.selected != 2*n+1 {
		t.Errorf("two rows down is worker %d, with %d a row", a.selected, n)
	}
	if press(a, "h"); !strings.Contains(a.View(), "the rows are groups") {
		t.Errorf("h is not barred:\n%s", a.View())
	}
	press(a, "enter")
	if a.dispatch.wasHeat || a.dispatch.offset != 2*n {
		t.Errorf("enter leads to worker %d", a.dispatch.offset)
	}
	if press(a, "esc"); !a.dispatch.wasHeat {
		t.Error("esc does not lead back")
	}
	press(a, "G", "j")
	if at := a.selected - 1; at != 199/n*n {
		t.Errorf("the last row is worker %d", a.selected)
	}
	press(a, "m")
	if a.dispatch.wasHeat {
		t.Error("m does not lead to the lanes")
	}
	a = onLanes(t, 100, 30, busyPool(3))
	if press(a, "m"); !a.dispatch.wasHeat || a.dispatch.perRow != 1 {
		t.Error("m does not lead to the heatmap")
	}
}

// What was not observed is neither busy nor idle, in the lanes, in the heatmap and in the shares.
func TestNotObservedIsNotIdle(t *testing.T) {
	a := onLanes(t, 160, 45, busyPool(3))
	for i := range a.scene.shown {
		a.scene.shown[i].HasTask = false
	}
	a.scene.past.seen = start.Add(-time.Minute)
	a.scene.past.apply(start, nil, 7)
	for id := range a.scene.past.lanes {
		a.scene.past.lanes[id] = newLane(start.Add(-time.Minute))
		a.scene.past.lanes[id].unseen(start.Add(-time.Minute), start)
	}
	a.draw()
	if lane := laneOf(t, a, "w01"); strings.Count(lane, "╌") < 90 {
		t.Errorf("the lane of an unobserved minute: %s", lane)
	}
	press(a, "m")
	if row := laneOf(t, a, "1 "); strings.Count(row, "╌") < 90 || !strings.Contains(row, unknown+" │") {
		t.Errorf("the heat of an unobserved minute: %s", row)
	}
	if got := a.scene.past.lanes[1].busy(start, time.Time{}); got >= 0 {
		t.Errorf("the busy share of an unobserved minute is %v", got)
	}
	if got := a.scene.past.lanes[1].busy(start, start.Add(-time.Minute)); got != 1 {
		t.Errorf("with a task in hand all the time it is %v", got)
	}
}

func TestGroupSize(t *testing.T) {
	for _, c := range [][3]int{{1, 5, 1}, {0, 5, 1}, {6, 5, 2}, {60, 5, 12}, {200, 8, 25}, {1000, 14, 75}, {1000, 4, 250}, {10000, 10, 1000}, {7, 0, 7}} {
		got := groupSize(c[0], c[1])
		if got != c[2] || got*max(1, c[1]) < c[0] {
			t.Errorf("%d workers in %d rows: %d a row, want %d", c[0], c[1], got, c[2])
		}
	}
}

// Hand-computed: two workers, one of which has been busy half of the time.
func TestHeatOfAGroup(t *testing.T) {
	a := onLanes(t, 160, 45, busyPool(2))
	s := a.scene
	for i := range s.shown {
		s.shown[i].HasTask = false
		s.past.lanes[i+1] = newLane(start.Add(-time.Hour))
	}
	s.past.lanes[1].done(start.Add(-8*time.Second), start.Add(-4*time.Second))
	s.past.lanes[2].done(start.Add(-8*time.Second), start.Add(-6*time.Second))
	s.past.lanes[2].try(worker.TaskFailed, start.Add(-2*time.Second), start.Add(-time.Second), worker.TaskRef{})
	d := &a.dispatch
	d.zoom, d.cells = 3, 10
	share := d.gather(0, 2)
	got := ""
	for i := range d.heat {
		_, r := d.warmth(&d.heat[i])
		got += string(r)
	}
	if want := " ██▒▒  × "; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if share < 0.34 || share > 0.36 {
		t.Errorf("7 of 20 seconds are %v", share)
	}
}

func TestNextTurn(t *testing.T) {
	idle := func(id, seconds int) worker.WorkerStatus {
		return worker.WorkerStatus{ID: id, State: worker.StateIdle, Since: start.Add(-time.Duration(seconds) * time.Second), Done: 1}
	}
	busy := worker.WorkerStatus{ID: 4, State: worker.StateRunning}
	fresh := worker.WorkerStatus{ID: 5, State: worker.StateIdle, Since: start}
	for _, c := range []struct {
		name      string
		workers   []worker.WorkerStatus
		prefetch  int
		consumers int64
		want      string
	}{
		{"the longest ready", []worker.WorkerStatus{idle(1, 3), idle(2, 9), idle(3, 5), busy}, 1, 4, "▸2 is next"},
		{"all are busy", []worker.WorkerStatus{busy}, 1, 1, "▸first free"},
		{"one that had none so far", []worker.WorkerStatus{idle(1, 3), fresh, idle(2, 9)}, 1, 3, "▸5 is next"},
		{"several that had none so far", []worker.WorkerStatus{idle(1, 3), fresh, fresh}, 1, 3, "▸a new one"},
		{"several tasks a worker", []worker.WorkerStatus{idle(1, 3)}, 10, 1, "▸– is next"},
		{"others consume too", []worker.WorkerStatus{idle(1, 3)}, 1, 2, "▸– is next"},
		{"none takes tasks", []worker.WorkerStatus{{ID: 1, State: worker.StatePaused}}, 1, 0, "▸– is next"},
		{"none is there", []worker.WorkerStatus{{ID: 1, State: worker.StateGone}}, 1, 0, ""},
	} {
		s := newScene(true, false)
		s.shown, s.pool.Prefetch, s.queue.Consumers = c.workers, c.prefetch, known(c.consumers, start)
		for i := range c.workers {
			if c.workers[i].State == worker.StateRunning {
				s.pool.InHand++
			}
		}
		d := dispatchPane{drawing: drawing{scene: s}}
		if got := strings.TrimSpace(d.nextTurn()); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Any events in any order, any keys, at any size, with colours or without: every frame has its size, and nothing breaks.
func TestDispatchKeepsItsShape(t *testing.T) {
	keys := []string{
		"h", "l", "left", "right", "j", "k", "g", "G", " ", "{", "}", "shift+left", "[", "]", "m", "enter", "esc", "z", "pgdown", "tab", "click",
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, 3, 8, 40, 300}).Draw(t, "workers")
		p := busyPool(min(n, 8))
		for id := len(p.workers) + 1; id <= n; id++ {
			p.workers = append(p.workers, worker.WorkerStatus{ID: id, Name: fmt.Sprintf("w%d", id), State: worker.StateIdle, Since: start})
		}
		config := DefaultConfig()
		config.ASCII = rapid.Bool().Draw(t, "ascii")
		a := newApp(testContext, Options{Config: config, Broker: busyBroker(), Pool: p, Journal: p},
			newTheme("dark", rapid.SampledFrom([]termenv.Profile{termenv.Ascii, termenv.ANSI, termenv.TrueColor}).Draw(t, "colours")))
		a.focus = paneDispatch
		now := start
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "resize") {
				a.Update(tea.WindowSizeMsg{Width: rapid.IntRange(1, 200).Draw(t, "w"), Height: rapid.IntRange(1, 60).Draw(t, "h")})
			}
			for range rapid.IntRange(0, 30).Draw(t, "events") {
				p.add(worker.Event{
					At:   start.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(time.Hour)).Draw(t, "at"))),
					Kind: worker.EventKind(rapid.IntRange(1, int(worker.PoolChanged)).Draw(t, "kind")), Worker: rapid.IntRange(0, 5).Draw(t, "worker"),
					Run: time.Duration(rapid.Int64Range(-1, int64(time.Minute)).Draw(t, "run")), Wait: time.Duration(rapid.Int64Range(-1, int64(time.Hour)).Draw(t, "wait")),
					Task: worker.TaskRef{ID: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "id"), Attempt: rapid.IntRange(-1, 300).Draw(t, "try"), Redelivered: rapid.Bool().Draw(t, "again")},
				})
			}
			for i := range p.workers {
				p.workers[i].HasTask = rapid.Bool().Draw(t, "in hand")
				if i > 3 {
					break
				}
			}
			now = now.Add(time.Duration(rapid.Int64Range(-int64(time.Minute), int64(10*time.Minute)).Draw(t, "later")))
			n := a.sampler.look(now)
			n.missed = rapid.SampledFrom([]uint64{0, 0, 5}).Draw(t, "missed")
			a.Update(sampleMsg(n))
			for _, k := range rapid.SliceOfN(rapid.SampledFrom(keys), 0, 8).Draw(t, "keys") {
				if k == "click" {
					at := tea.MouseMsg{X: rapid.IntRange(0, 200).Draw(t, "x"), Y: rapid.IntRange(0, 60).Draw(t, "y"), Action: tea.MouseActionPress}
					at.Button = rapid.SampledFrom([]tea.MouseButton{tea.MouseButtonLeft, tea.MouseButtonWheelUp, tea.MouseButtonWheelLeft}).Draw(t, "button")
					a.Update(at)
				} else {
					press(a, k)
				}
				if a.crash != nil {
					t.Fatalf("%s\n%s", a.crash.What, a.crash.Stack)
				}
				if a.w > 0 {
					checkFrame(t, a)
				}
			}
		}
	})
}

// BenchmarkFreeze copies what a thousand workers have done.
func BenchmarkFreeze(b *testing.B) {
	a := newTestApp(b, 160, 45, busyBroker(), busyPool(1000))
	b.ReportAllocs()
	for b.Loop() {
		a.dispatch.freeze()
	}
}
