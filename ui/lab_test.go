package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker/sandbox"
	"carousel/worker/lab"

	tea "github.com/charmbracelet/bubbletea"
)

// fakeFloor has no queues to give, and notes that it was asked.
type fakeFloor struct{ admin *fakeAdmin }

var errNoQueues = errors.New("the queues of the run cannot be made")

func (f fakeFloor) Open(_ context.Context, n int) (lab.Queues, error) {
	f.admin.mu.Lock()
	defer f.admin.mu.Unlock()
	f.admin.note("lab %d", n)
	return nil, errNoQueues
}

// slowFloor has its queues ready some time after the trial was given up.
type slowFloor struct{}

func (slowFloor) Open(ctx context.Context, _ int) (lab.Queues, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// newLabApp is a console on the lab's screen, with a floor to measure on.
func newLabApp(t *testing.T, w, h int, floor lab.Floor) *App {
	t.Helper()
	a := newTestApp(t, w, h, busyBroker(), busyPool(2))
	a.o.Floor = floor
	press(a, "6")
	return a
}

// pretend puts rows in place that were measured on a broker where a delivery and a handler cost something.
func pretend(a *App, rows int) {
	s := a.lab()
	pretended := slices.Clone(s.rows)
	for i := range pretended[:rows] {
		r := &pretended[i]
		run := lab.ModelWith(s.study.Experiment(r.Strategy), lab.Costs{Trip: 400 * time.Microsecond, Over: 600 * time.Microsecond})
		figures := run.Figures()
		r.State, r.Run, r.Measured = lab.Finished, &run, &figures
		r.Why = lab.Explain(*r)
	}
	s.take(pretended)
	if rows == len(pretended) {
		s.advice = s.study.Advise(pretended)
	}
	a.draw()
}

func TestLabGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		shows := func(a *App, what string) {
			t.Helper()
			checkFrame(t, a)
			golden(t, fmt.Sprintf("lab-%s-%dx%d", what, size[0], size[1]), a.View())
		}
		a := newLabApp(t, size[0], size[1], slowFloor{})
		shows(a, "predicted")
		pretend(a, 2)
		s := a.lab()
		s.trial = &labTrial{study: s.study, cancel: func() {}}
		r := &s.rows[2]
		half := r.Model
		half.Stints = slices.Clone(half.Stints[:100])
		half.Stints[99].End = 0
		r.State, r.Run, r.Done = lab.Running, &half, 93
		press(a, "j", "j")
		a.draw()
		shows(a, "measuring")
		s.trial = nil
		pretend(a, len(s.rows))
		press(a, "G", "k", "k")
		shows(a, "measured")
		press(a, "enter")
		shows(a, "explained")
		press(a, "esc", "z")
		shows(a, "lanes")
	}
}

// A crew of which one dies, and a backlog that no cell can tell apart.
func TestLabLanesOfManyTasks(t *testing.T) {
	a := newLabApp(t, 100, 30, nil)
	s := a.lab()
	settle(a, s.drawStudy(a, lab.Design{Workload: "exponential", Tasks: 4000, Crew: "3,1@2s", Strategies: "prefetch-10,static", Seed: 2}, nil))
	press(a, "z")
	a.draw()
	checkFrame(t, a)
	golden(t, "lab-death-100x30", a.View())
	if press(a, "j"); s.picked().Predicted.Stranded == 0 || s.picked().Predicted.Again > 0 && !strings.Contains(a.View(), "static") {
		t.Errorf("static has the figures %+v", s.picked().Predicted)
	}
	press(a, "enter")
	if want := "tasks redelivered, " + count(int64(s.picked().Predicted.Stranded)) + " left in the queue of a dead worker"; !strings.Contains(a.View(), want) {
		t.Errorf("%q is not said:\n%s", want, a.View())
	}
}

// On a broker: every strategy is measured, one after the other, the figures stand beside what was predicted, and nothing of it is
// left there.
func TestLabOnTheSandbox(t *testing.T) {
	b, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	c, session := sessionOn(t, b, "task_queue")
	session.Start()
	a := newLabApp(t, 120, 40, lab.OnBroker(c))
	s := a.lab()
	settle(a, s.drawStudy(a, lab.Design{Workload: "constant", Tasks: 30, Mean: 2 * time.Millisecond, Crew: "3", Strategies: "prefetch-1,static", Seed: 1}, nil))
	press(a, "s")
	for i := range s.rows {
		r := &s.rows[i]
		if r.State != lab.Finished || r.Measured == nil || r.Measured.Tasks != 30 || r.Measured.Makespan < r.Measured.Bound || len(r.Why) == 0 {
			t.Fatalf("%s: %v, %+v, %v", r.Strategy.Name, r.State, r.Measured, r.Err)
		}
	}
	a.draw()
	slowest := slices.MaxFunc(s.rows, func(a, b lab.Row) int { return cmp.Compare(a.Measured.Makespan, b.Measured.Makespan) })
	if s.selected != slowest.Strategy.Name {
		t.Errorf("%s is selected, not the slowest", s.selected)
	}
	if !strings.Contains(a.View(), span(s.rows[1].Measured.Makespan)) || s.trial != nil {
		t.Errorf("what was measured is not shown:\n%s", a.View())
	}
	page, err := c.Queues(t.Context(), queuesOf(a).query)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range page.Rows {
		if strings.Contains(q.Name, "lab") {
			t.Errorf("queue %s is left", q.Name)
		}
	}
}

// While a trial goes on the selection is on what is being measured, until somebody selects something else.
func TestLabFollowsWhatIsMeasured(t *testing.T) {
	a := newLabApp(t, 120, 40, slowFloor{})
	s := a.lab()
	s.trial, s.follows = &labTrial{study: s.study, cancel: func() {}}, true
	running := func(n int) {
		rows := slices.Clone(s.rows)
		for i := range rows {
			rows[i].State = lab.Waiting
		}
		rows[n].State = lab.Running
		s.take(rows)
	}
	if running(3); s.selected != "unlimited" {
		t.Errorf("%s is selected, unlimited is measured", s.selected)
	}
	if press(a, "k"); s.selected != "prefetch-100" {
		t.Errorf("%s is selected by hand", s.selected)
	}
	if running(5); s.selected != "prefetch-100" {
		t.Errorf("%s is selected though prefetch-100 was chosen", s.selected)
	}
}

// A trial that fails says why, once, and leaves the predictions.
func TestLabWithoutQueues(t *testing.T) {
	admin := busyVHost()
	a := newLabApp(t, 120, 40, fakeFloor{admin})
	press(a, "s")
	s := a.lab()
	if !strings.Contains(a.View(), "The lab: "+errNoQueues.Error()) || !strings.Contains(a.View(), "failed") || s.rows[0].Predicted.Makespan == 0 {
		t.Errorf("it is not said why nothing was measured:\n%s", a.View())
	}
	if press(a, "enter"); !strings.Contains(a.View(), sentence(errNoQueues.Error())) {
		t.Errorf("the row does not say it:\n%s", a.View())
	}
	if len(admin.asked) != len(s.rows) {
		t.Errorf("asked %q", admin.asked)
	}
}

// While the lab measures the console does not go elsewhere, and quitting says what ends; it ends by x and with the console.
func TestLabStops(t *testing.T) {
	for _, key := range []string{"x", "ctrl+c"} {
		a := newLabApp(t, 120, 40, slowFloor{})
		s := a.lab()
		_, measure := a.Update(keyOf("s"))
		ended := make(chan tea.Msg, 1)
		go func() { ended <- measure() }()
		if why := a.barGoing(); !strings.Contains(why, "the lab is measuring") {
			t.Errorf("to another queue meanwhile: %q", why)
		}
		if lines := strings.Join(a.interrupted(), "\n"); !strings.Contains(lines, "The lab is measuring: 0 of 7 runs done. It ends here") {
			t.Errorf("quitting says %q", lines)
		}
		if what := a.engaged(); what != "the lab (0 of 7 runs done)" {
			t.Errorf("being suspended waits for %q", what)
		}
		if why := s.barStart(a); !strings.Contains(why, "it is measuring") {
			t.Errorf("a second trial: %q", why)
		}
		trial := s.trial
		a.Update(keyOf(key))
		select {
		case msg := <-ended:
			a.Update(msg)
		case <-time.After(20 * time.Second):
			t.Fatalf("%s does not end the trial", key)
		}
		if !trial.cut || s.trial != nil || !strings.Contains(a.View(), "The lab has stopped, and its queues are deleted") && key == "x" {
			t.Errorf("after %s: %+v\n%s", key, trial, a.View())
		}
	}
}

// Where it could do harm the lab only predicts, and says so.
func TestLabIsBarred(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*App)
		want   string
	}{
		{"read-only", func(a *App) { a.o.ReadOnly = true }, "read-only"},
		{"protected", func(a *App) { a.o.Context = Context{Name: "prod", Protected: true} }, "prod is protected"},
		{"no broker", func(a *App) { a.o.Floor = nil }, "no broker to measure on"},
		{"leaving", func(a *App) { a.leaving = &leaving{} }, "the console is leaving"},
	} {
		admin := busyVHost()
		a := newLabApp(t, 120, 40, fakeFloor{admin})
		c.change(a)
		if press(a, "s"); len(admin.asked) > 0 || !strings.Contains(a.View(), c.want) && a.leaving == nil {
			t.Errorf("%s: asked %q\n%s", c.name, admin.asked, a.View())
		}
		if why := a.lab().barStart(a); !strings.Contains(why, c.want) {
			t.Errorf("%s: %q", c.name, why)
		}
	}
}
