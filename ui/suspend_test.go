package ui

import (
	"slices"
	"testing"
	"time"

	"carousel/broker"
	"carousel/ui/spool"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// suspendedApp has n workers at work and can be stopped.
func suspendedApp(t *testing.T, n int) (*App, *fakePool) {
	t.Helper()
	pool := busyPool(n)
	a := newTestApp(t, 100, 30, busyBroker(), pool)
	a.o.Halt = func() bool { return true }
	_, cmd := a.Update(tea.KeyMsg{Type: tea.KeyCtrlZ})
	if cmd != nil || a.suspended == nil {
		t.Fatal("Ctrl+Z does not begin, or stops the process with tasks in hand")
	}
	return a, pool
}

// rest lets the pool's workers be as after their tasks.
func (f *fakePool) rest() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.status.InHand = 0
	for i := range f.workers {
		f.workers[i].State, f.workers[i].HasTask = worker.StatePaused, false
	}
}

func TestSuspendWaitsForTheTasksInHand(t *testing.T) {
	a, pool := suspendedApp(t, 3)
	look(a, start.Add(10*time.Second))
	if v := a.judged(); v.text != "Suspending: 3 tasks in hand, 20 s to finish, then they go back to the queue (Ctrl+Z: now)." {
		t.Errorf("verdict %q", v.text)
	}
	if a.suspended.stopping {
		t.Error("stopped with tasks in hand")
	}
	if why := a.barPool(); why != "the console is being suspended" {
		t.Errorf("the pool can be steered: %q", why)
	}
	pool.rest()
	look(a, start.Add(11*time.Second))
	if !a.suspended.stopping {
		t.Error("not stopped though nothing is in hand")
	}
	a.Update(resumedMsg{})
	if a.suspended != nil || !slices.Equal(pool.asked, []string{"pause", "resume"}) {
		t.Errorf("asked %q", pool.asked)
	}
}

func TestSuspendSendsBackWhatTakesTooLong(t *testing.T) {
	for name, late := range map[string]func(a *App) time.Time{
		"drain timeout": func(*App) time.Time { return start.Add(31 * time.Second) },
		"Ctrl+Z again":  func(a *App) time.Time { press(a, "ctrl+z"); return start },
	} {
		t.Run(name, func(t *testing.T) {
			a, pool := suspendedApp(t, 2)
			now := late(a)
			look(a, now)
			if !slices.Equal(pool.asked, []string{"pause", "crash w1", "crash w2"}) {
				t.Fatalf("asked %q", pool.asked)
			}
			look(a, now.Add(time.Second))
			if a.suspended.stopping {
				t.Error("the handlers got no time to return")
			}
			look(a, now.Add(3*time.Second))
			if !a.suspended.stopping || len(pool.asked) != 3 {
				t.Errorf("not stopped, or asked again: %q", pool.asked)
			}
		})
	}
}

// What the console itself is about has its time to end as well, and the line says what is waited for.
func TestSuspendWaitsForABatch(t *testing.T) {
	for name, c := range map[string]struct {
		then func(a *App, b *batch) time.Time
	}{
		"it ends":       {func(_ *App, b *batch) time.Time { b.ended = true; return start.Add(5 * time.Second) }},
		"drain timeout": {func(*App, *batch) time.Time { return start.Add(31 * time.Second) }},
		"Ctrl+Z again":  {func(a *App, _ *batch) time.Time { press(a, "ctrl+z"); return start }},
	} {
		a := newTestApp(t, 100, 30, busyBroker(), nil)
		a.o.Halt = func() bool { return true }
		b := &batch{total: 20, read: func() broker.Tally { return broker.Tally{} }}
		a.keepBatch(b)
		a.Update(keyOf("ctrl+z"))
		look(a, start.Add(time.Second))
		if want := "Suspending: a batch (0 of 20) has 29 s to end, then stands still (Ctrl+Z: now)."; a.suspended.stopping || a.judged().text != want {
			t.Errorf("%s: says %q, want %q", name, a.judged().text, want)
		}
		look(a, c.then(a, b))
		if !a.suspended.stopping {
			t.Errorf("%s: not stopped", name)
		}
	}
}

func TestSuspendSaysWhyNot(t *testing.T) {
	a := newTestApp(t, 100, 30, busyBroker(), busyPool(1))
	if press(a, "ctrl+z"); a.toast.text != "Ctrl+Z cannot act now: this process cannot be stopped and continued" {
		t.Errorf("says %q", a.toast.text)
	}
	a.o.Halt = func() bool { return true }
	a.Update(keyOf("ctrl+c"))
	if press(a, "ctrl+z"); a.toast.text != "Ctrl+Z cannot act now: the console is leaving" {
		t.Errorf("says %q", a.toast.text)
	}
}

// A pool that its user has paused stays paused, and leaving goes over being suspended.
func TestSuspendLeavesThePauseAlone(t *testing.T) {
	pool := busyPool(1)
	a := newTestApp(t, 100, 30, busyBroker(), pool)
	a.o.Halt = func() bool { return true }
	press(a, " ")
	pool.rest()
	look(a, start.Add(time.Second))
	press(a, "ctrl+z")
	look(a, start.Add(2*time.Second))
	a.Update(resumedMsg{})
	if slices.Contains(pool.asked, "resume") {
		t.Errorf("asked %q", pool.asked)
	}
	press(a, "ctrl+z", "ctrl+c")
	if a.suspended != nil || a.leaving == nil {
		t.Error("Ctrl+C does not leave a console that is being suspended")
	}
}

// While the terminal has not shown the last frame, no new one is made for it.
func TestFrameWaitsForTheScreen(t *testing.T) {
	a := newTestApp(t, 100, 30, busyBroker(), busyPool(1))
	out := &gate{open: make(chan struct{})}
	a.display = &display{spool: spool.New(out, spool.Options{})}
	before := a.View()
	_, _ = a.display.spool.Write([]byte("frame"))
	press(a, "?")
	if a.View() != before || !a.late {
		t.Error("a frame was made that nobody can see")
	}
	close(out.open)
	<-a.display.spool.Quiet()
	look(a, start.Add(time.Second))
	if a.View() == before || a.late {
		t.Error("the frame is kept though the screen is ready")
	}
}

// gate is a terminal that takes nothing before it is open.
type gate struct{ open chan struct{} }

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	return len(p), nil
}
