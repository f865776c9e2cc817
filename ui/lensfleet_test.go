package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker/fleet"
)

// Workers of a process that the fleet tells of have a lane already; they come back while nothing is heard of it.
func TestLensLeavesOutWhoTheFleetTellsOf(t *testing.T) {
	f := busyLens()
	f.consumers[1].Client = "carousel work media-7 4711"
	f.consumers[2].Client = "carousel work media-7 4712"
	a := lensApp(t, 160, 45, nil, f)
	for _, c := range []struct {
		hosts []fleet.Host
		told  []int
	}{
		{nil, nil},
		{[]fleet.Host{{Machine: "media-7", PID: 4711, State: fleet.HostLeft}, {Machine: "media-8", PID: 4712}}, []int{2}},
		{[]fleet.Host{{Machine: "media-7", PID: 4711, State: fleet.HostLost}, {Machine: "media-7", PID: 4712}}, []int{3}},
	} {
		a.lens.ring, a.lens.turns = nil, 0
		f.news = []broker.Dispatch{{Consumer: 1, At: start}, {Consumer: 2, At: start}, {Consumer: 3, At: start}}
		a.lens.look(start.Add(time.Second), c.hosts)
		var elsewhere uint64
		for n := 1; n <= 5; n++ {
			told := slices.Contains(c.told, n)
			if told {
				elsewhere += f.consumers[n-1].Deliveries
			}
			if shown := slices.ContainsFunc(a.lens.consumers, func(c broker.TracedConsumer) bool { return c.Number == n }); shown == told {
				t.Errorf("%v: consumer %d has a row: %v", c.hosts, n, shown)
			}
			if n < 4 && slices.Contains(a.lens.ring, n) == told {
				t.Errorf("%v: the ring is %v", c.hosts, a.lens.ring)
			}
		}
		a.toast = toast{}
		a.draw()
		text := count(int64(f.status.Ours)) + " to workers here"
		if elsewhere > 0 {
			text = count(int64(f.status.Ours+elsewhere)) + " to carousel's workers"
		}
		if !strings.Contains(a.View(), text) {
			t.Errorf("%v: %q is not said\n%s", c.hosts, text, a.View())
		}
	}
	a.lens.ring, a.lens.turns = nil, 0
	f.news = []broker.Dispatch{{Consumer: 1, At: start}, {Consumer: 3, At: start}, {Consumer: 5, At: start}}
	a.lens.look(start.Add(2*time.Second), nil) // the fleet tells of 3 only after that
	a.lens.look(start.Add(2*time.Second), []fleet.Host{{Machine: "media-7", PID: 4712}})
	if a.draw(); !strings.Contains(a.View(), " 1 5 ") || strings.Contains(a.View(), " 1 3 5 ") {
		t.Errorf("the ring has who has a lane already:\n%s", a.View())
	}
	for i := range f.consumers {
		f.consumers[i].Client = "carousel work media-7 4712"
	}
	a.lens.look(start.Add(2*time.Second), []fleet.Host{{Machine: "media-7", PID: 4712}})
	a.draw()
	if want := "every delivery was to workers of carousel, which have lanes of their own"; !strings.Contains(a.View(), want) {
		t.Errorf("%q is not said:\n%s", want, a.View())
	}
}

// The order of the last deliveries is the ring's; with the firehose off it is that of the workers here.
func TestLensRing(t *testing.T) {
	f := busyLens()
	f.news = nil
	for i := range 7 {
		f.news = append(f.news, broker.Dispatch{Consumer: i%3 + 1, At: start.Add(time.Duration(i-9) * time.Second)})
	}
	a := lensApp(t, 160, 45, busyPool(2), f)
	if !strings.Contains(a.View(), "(others)") || !strings.Contains(a.View(), " 1 2 3 1 2 3 1 ") {
		t.Error(a.View())
	}
	press(a, "T")
	if lines := strings.Split(a.View(), "\n"); slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "(others)") }) {
		t.Error(a.View())
	}
}
