package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

// lensApp is a console that looks through a firehose; nil: one that could. Without a pool it only watches.
func lensApp(t testing.TB, w, h int, p *fakePool, f *fakeLens) *App {
	t.Helper()
	a := newTestApp(t, w, h, busyBroker(), p)
	a.o.Trace = func(context.Context, string) (Lens, error) { return f, nil }
	if f != nil {
		turnOn(a)
	}
	return a
}

// turnOn presses the key and types what is asked for.
func turnOn(a *App) {
	press(a, "T")
	typeText(a, "task_queue")
	press(a, "enter")
}

func TestLensGolden(t *testing.T) {
	for _, c := range []struct {
		name string
		pool *fakePool
		lens func(f *fakeLens)
	}{
		{"beside workers here", busyPool(3), nil},
		{"watching only", nil, nil},
		{"no other consumer", busyPool(2), func(f *fakeLens) { f.consumers, f.news = nil, nil }},
		{"nobody at all", nil, func(f *fakeLens) {
			*f = fakeLens{status: broker.TraceStatus{Nodes: f.status.Nodes, Until: f.status.Until}}
		}},
		{"in trouble", nil, func(f *fakeLens) {
			f.status.Nodes = append(f.status.Nodes, broker.TraceNode{Name: "rabbit@two", State: broker.TraceOff, Why: "the node was restarted"})
			f.status.Dropped, f.status.Unnamed, f.consumers[1].Gone = 1234, 3, true
		}},
		{"deaf", nil, func(f *fakeLens) { f.status.Deaf = errGone }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var text strings.Builder
			for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
				f := busyLens()
				if c.lens != nil {
					c.lens(f)
				}
				a := lensApp(t, size[0], size[1], c.pool, f)
				a.toast = toast{}
				lookOn(a, start.Add(100*time.Millisecond))
				checkFrame(t, a)
				text.WriteString(heading("%dx%d", size[0], size[1]) + a.View() + "\n")
			}
			golden(t, "lens-"+strings.ReplaceAll(c.name, " ", "-"), text.String())
		})
	}
}

// The key is barred wherever tracing could not be switched on, or off again; and the reason is plain.
func TestLensIsBarred(t *testing.T) {
	for why, set := range map[string]func(a *App){
		"the console is read-only, tracing is not switched on":      func(a *App) { a.o.ReadOnly = true },
		"the sandbox has no firehose":                               func(a *App) { a.o.Sandbox = true },
		"there is no way to switch tracing off again after a crash": func(a *App) { a.o.Trace = nil },
		"the console is leaving":                                    func(a *App) { a.leaving = &leaving{} },
		"tracing is being switched on":                              func(a *App) { a.lens.opening = true },
		"the console is on its way to another queue":                func(a *App) { a.switching = &switching{} },
	} {
		a := lensApp(t, 100, 30, busyPool(2), nil)
		set(a)
		if press(a, "T"); a.dialog != nil || !strings.Contains(a.toast.text, why) {
			t.Errorf("%q: toast %q", why, a.toast.text)
		}
	}
}

// It goes on only for the queue's name, and off by the same key, which asks nothing.
func TestLensGoesOnAndOff(t *testing.T) {
	f, asked := busyLens(), []string{}
	a := lensApp(t, 100, 30, busyPool(2), nil)
	a.o.Trace = func(_ context.Context, queue string) (Lens, error) {
		asked = append(asked, queue)
		return f, nil
	}
	press(a, "T", "enter")
	typeText(a, "other")
	if press(a, "enter"); a.dialog == nil || len(asked) > 0 {
		t.Fatalf("asked %q", asked)
	}
	press(a, "esc")
	turnOn(a)
	if fmt.Sprint(asked) != "[task_queue]" || !strings.Contains(a.View(), "[tracing 9:30]") || a.toast.text != "tracing is on; T switches it off" {
		t.Fatalf("asked %q, toast %q\n%s", asked, a.toast.text, a.View())
	}
	if press(a, "T"); f.closed != 1 || a.lens.on() || a.toast.text != "tracing is off: it was closed; T looks again" {
		t.Errorf("closed %d, on %v, toast %q", f.closed, a.lens.on(), a.toast.text)
	}
	if strings.Contains(a.View(), "[tracing") {
		t.Error(a.View())
	}
	a.o.Trace = func(context.Context, string) (Lens, error) { return nil, errors.New("no such right") }
	if turnOn(a); a.lens.on() || a.lens.opening || a.toast.text != "no such right" {
		t.Errorf("toast %q", a.toast.text)
	}
}

// What ends by itself, what cannot be switched off, and what is not ours to switch off, is said.
func TestLensEndIsTold(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   func(f *fakeLens)
		toast string
	}{
		{"time", func(f *fakeLens) { f.status.Ended = "its ten minutes are over" }, "tracing is off: its ten minutes are over; T looks again"},
		{"by somebody", func(f *fakeLens) { f.status.Ended = "somebody switched it off there, or the node was restarted" },
			"tracing is off: somebody switched it off there, or the node was restarted; T looks again"},
		{"left on", func(f *fakeLens) { f.status.Ended, f.status.Left = "it was closed", []string{"rabbit@one"} },
			"tracing may still be on at rabbit@one, which did not answer: rabbitmqctl trace_off -p / there switches it off, and carousel asks about it at its next start"},
		{"found", func(f *fakeLens) { f.status.Ended, f.status.Nodes[0].State = "it was closed", broker.TraceFound },
			"the look through the firehose is over; tracing stays on, as it was found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := busyLens()
			a := lensApp(t, 100, 30, busyPool(2), f)
			f.mu.Lock()
			c.set(f)
			f.mu.Unlock()
			lookOn(a, start.Add(time.Second))
			if a.lens.on() || a.toast.text != c.toast {
				t.Errorf("on %v, toast %q; want %q", a.lens.on(), a.toast.text, c.toast)
			}
			if lookOn(a, start.Add(2*time.Second)); a.lens.on() {
				t.Error("it is on again")
			}
		})
	}
}

// Whichever way the console goes, tracing is switched off: when it leaves, before it is suspended, and with the queue.
func TestLensEndsWithTheConsole(t *testing.T) {
	f := busyLens()
	a := lensApp(t, 100, 30, busyPool(2), f)
	if settle(a, a.leave()); f.closed != 1 {
		t.Errorf("leaving has closed it %d times", f.closed)
	}

	f = busyLens()
	halted := 0
	a = lensApp(t, 100, 30, nil, f)
	a.o.Halt = func() bool {
		if halted++; f.closed != 1 {
			t.Error("stopped while tracing is on")
		}
		return false
	}
	_, cmd := a.Update(keyOf("ctrl+z"))
	if a.suspended == nil || a.suspended.stopping {
		t.Fatal("it does not wait")
	}
	settle(a, cmd)
	if f.closed != 1 || a.lens.on() {
		t.Errorf("suspending has closed it %d times", f.closed)
	}
	a.clock, a.scene.now = start, start
	if a.halt() == nil || !a.suspended.stopping {
		t.Error("it is not suspended once tracing is off")
	}

	f = busyLens()
	a = lensApp(t, 100, 30, nil, f)
	a.forget("other", "/")
	if a.lens.on() {
		t.Error("the firehose of the queue that was left is looked through")
	}
}

// An answer that comes when the console has gone elsewhere, or is about to, is closed again.
func TestLensThatComesTooLate(t *testing.T) {
	for name, depart := range map[string]func(a *App){
		"elsewhere": func(a *App) { a.forget("other", "/") },
		"leaving":   func(a *App) { a.leaving = &leaving{} },
	} {
		t.Run(name, func(t *testing.T) {
			f := busyLens()
			a := lensApp(t, 100, 30, busyPool(1), nil)
			a.o.Trace = func(context.Context, string) (Lens, error) { return f, nil }
			press(a, "T")
			typeText(a, "task_queue")
			_, cmd := a.Update(keyOf("enter"))
			depart(a)
			if settle(a, cmd); f.closed != 1 || a.lens.on() || a.lens.opening {
				t.Errorf("closed %d, on %v", f.closed, a.lens.on())
			}
		})
	}
}

// Tracing that was left on is asked about once, and switched off when that is wanted.
func TestTracingLeftOnIsAskedAbout(t *testing.T) {
	for _, c := range []struct {
		name  string
		nodes []string
		err   error
		key   string
		ended int
		toast string
	}{
		{"yes", []string{"rabbit@one"}, nil, "enter", 1, "tracing is off"},
		{"no", []string{"rabbit@one"}, nil, "esc", 0, ""},
		{"off already", nil, nil, "", 0, ""},
		{"no answer", nil, errGone, "", 0, "whether a console that was killed has left tracing on could not be seen: " + errGone.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			ended := 0
			a := lensApp(t, 100, 30, busyPool(1), nil)
			a.o.Left = &LeftTracing{
				Since: start, Still: func(context.Context) ([]string, error) { return c.nodes, c.err },
				End: func(context.Context) error { ended++; return nil },
			}
			settle(a, a.lookForLeft())
			if asks := a.dialog != nil; asks != (c.key != "") {
				t.Fatalf("it asks: %v", asks)
			}
			if c.key != "" {
				press(a, c.key)
			}
			if ended != c.ended || a.toast.text != c.toast {
				t.Errorf("ended %d, toast %q", ended, a.toast.text)
			}
		})
	}
}

// A frame costs no more for a table that is full, and what is remembered does not grow with the deliveries.
func TestLensIsBounded(t *testing.T) {
	f := busyLens()
	for n := len(f.consumers) + 1; n <= 500; n++ {
		f.consumers = append(f.consumers, broker.TracedConsumer{Number: n, Connection: fmt.Sprintf("10.0.0.9:%d -> b", n), Channel: 1, Since: start})
	}
	a := lensApp(t, 200, 60, nil, f)
	for i := range 20_000 {
		f.news = append(f.news, broker.Dispatch{Consumer: i%500 + 1, At: start.Add(time.Duration(i) * time.Millisecond)})
	}
	a.lens.look(start.Add(20*time.Second), nil)
	if len(a.lens.ring) != ringSize || len(a.lens.lanes) != 500 {
		t.Errorf("ring of %d, %d lanes", len(a.lens.ring), len(a.lens.lanes))
	}
	a.toast = toast{}
	a.draw()
	if n := testing.AllocsPerRun(5, a.draw); n > frameBudget {
		t.Errorf("a frame takes %v allocations", n)
	}
	for i := range f.consumers {
		f.consumers[i].Gone = true
	}
	a.lens.look(start.Add(time.Hour), nil)
	if len(a.lens.lanes) > 0 || len(a.lens.labels) > 0 {
		t.Errorf("%d lanes and %d labels of those that have left", len(a.lens.lanes), len(a.lens.labels))
	}
}
