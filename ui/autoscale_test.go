package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/worker"
)

// scalingPool is a pool of so many workers that sets their number itself.
func scalingPool(n int) *fakePool {
	p := busyPool(n)
	p.status.Auto = worker.Autoscaling{On: true, Min: 2, Max: 16,
		Why: "tasks that come keep 6.3 busy; with 1284 ready, at 812 ms each, to be gone in 30 s; 41 would be needed, 16 is the most allowed"}
	return p
}

// The board says that the pool sets its number of workers, and why it is this one; so does the explanation of the verdict.
func TestAutoscaleGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		a := newTestApp(t, size[0], size[1], busyBroker(), scalingPool(8))
		checkFrame(t, a)
		golden(t, fmt.Sprintf("autoscale-%dx%d", size[0], size[1]), a.View())
		press(a, "v")
		checkFrame(t, a)
		golden(t, fmt.Sprintf("autoscale-why-%dx%d", size[0], size[1]), a.View())
	}
}

// What a person does to the number is said to stand for a time, on the board and as the key is pressed.
func TestAutoscaleByHand(t *testing.T) {
	p := scalingPool(4)
	p.status.Auto.Until = start.Add(9*time.Minute + 59*time.Second)
	a := newTestApp(t, 160, 45, busyBroker(), p)
	if view := a.View(); !strings.Contains(view, "auto 2–16, by hand for 10 min") || !strings.Contains(view, "a person has set the number; : autoscale") {
		t.Errorf("the board does not say so:\n%s", view)
	}
	press(a, "+")
	if want := "5 workers wanted; autoscaling waits for 10 min, : autoscale goes on at once"; a.toast.text != want {
		t.Errorf("toast %q", a.toast.text)
	}
}

// What autoscaling has done stands among the events, each change by itself.
func TestAutoscaleAmongTheEvents(t *testing.T) {
	p := scalingPool(4)
	a := newTestApp(t, 160, 45, busyBroker(), p)
	for _, text := range []string{"workers: 4, were 2; autoscaling: tasks that come keep 3.1 busy", "workers: 2, were 4; autoscaling: no more than 1 were needed in 1 min"} {
		p.events = append(p.events, worker.Event{Seq: uint64(len(p.events) + 1), At: start, Kind: worker.PoolChanged, Wait: -1, Err: text})
	}
	look(a, start.Add(time.Second))
	press(a, "!")
	for _, want := range []string{"Workers: 4, were 2; autoscaling: tasks", "Workers: 2, were 4; autoscaling: no more"} {
		if !strings.Contains(a.View(), want) {
			t.Errorf("no %q on\n%s", want, a.View())
		}
	}
}

// The palette switches autoscaling on and off, and on again where a person's number stands.
func TestAutoscaleByThePalette(t *testing.T) {
	p := busyPool(2)
	a := newTestApp(t, 100, 30, busyBroker(), p)
	toggle := func() string {
		press(a, ":", "a", "u", "t", "o", "s", "c", "a", "l", "e", "enter")
		return a.toast.text
	}
	if said := toggle(); said != "autoscaling is on: from 2 to 16 workers" {
		t.Errorf("%q", said)
	}
	p.status.Auto.Until = time.Now().Add(time.Hour)
	if said := toggle(); !strings.Contains(said, "autoscaling is on") {
		t.Errorf("%q", said)
	}
	if said := toggle(); said != "autoscaling is off; the number of workers stays as it is" {
		t.Errorf("%q", said)
	}
	p.err = fmt.Errorf("the pool cannot scale by itself")
	if said := toggle(); said != "the pool cannot scale by itself" {
		t.Errorf("%q", said)
	}
}

// An overloaded pool that sets its number itself is not told to have workers started by hand, but what autoscaling does about it, and
// what keeps it from more.
func TestOverloadedWithAutoscaling(t *testing.T) {
	for name, c := range map[string]struct {
		auto   worker.Autoscaling
		target int
		line   string
		todo   string
	}{
		"off":     {worker.Autoscaling{}, 8, "10 workers would hold it.", "Start at least 2 workers more (+)"},
		"at most": {worker.Autoscaling{On: true, Min: 1, Max: 8}, 8, "10 workers would hold it; autoscaling stops at 8.", "Raise workers.autoscale.max, or start at least"},
		"growing": {worker.Autoscaling{On: true, Min: 1, Max: 16}, 11, "10 workers would hold it; autoscaling starts 3 more.", "Wait: autoscaling starts"},
		"waiting": {worker.Autoscaling{On: true, Min: 1, Max: 16}, 8, "10 workers would hold it; autoscaling is at 8 of at most 16.", "Wait: autoscaling starts"},
		"by hand": {worker.Autoscaling{On: true, Min: 1, Max: 16, Until: start.Add(time.Minute)}, 8,
			"10 workers would hold it; autoscaling waits, a person has set the number (: autoscale).", "Let autoscaling go on (: autoscale), or start"},
	} {
		s := judgedScene(func(s *scene) { s.trend, s.trending, s.pool.Auto, s.pool.Target = 12, true, c.auto, c.target })
		v, at := s.judged()
		if v.short != "overloaded" || !strings.HasSuffix(v.text, c.line) {
			t.Errorf("%s: %q", name, v.text)
			continue
		}
		if todo := rules[at].why(s).todo; !strings.HasPrefix(todo, c.todo) {
			t.Errorf("%s: to do: %q", name, todo)
		}
	}
}
