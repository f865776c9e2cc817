package ui

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"
	"carousel/worker/lab"
)

// whatIfApp is a console that asks what if: eight workers that finish 10 tasks a second, and so many arrive.
func whatIfApp(t *testing.T, arrive float64) (*App, *fakePool) {
	b, p := busyBroker(), busyPool(8)
	b.queue.In = known(arrive, start)
	a := newTestApp(t, 160, 45, b, p)
	press(a, "w")
	return a, p
}

// The arrows lead to other crews, whose outlook is there at once; the greater crew has the better one.
func TestWhatIfFollowsTheArrows(t *testing.T) {
	a, p := whatIfApp(t, 8)
	f := a.dialog.(*whatIf)
	before := f.outlooks[f.chosen]
	if f.chosen != (crewSize{8, 1}) || !before.Holds() || before.Drain <= 0 || before.WaitP99 <= 0 {
		t.Fatalf("%+v has the outlook %+v", f.chosen, before)
	}
	press(a, "right", "right", "right", "left", "up", "up", "down")
	if f.chosen != (crewSize{10, 2}) {
		t.Fatalf("the arrows lead to %+v", f.chosen)
	}
	after, known := f.outlooks[f.chosen]
	if !known || after.Drain >= before.Drain {
		t.Errorf("two workers more: %+v, before %+v", after, before)
	}
	if !strings.Contains(a.View(), "With 10 workers and prefetch 2 nothing waits any more in "+span(after.Drain)+".") {
		t.Errorf("the outlook is not told:\n%s", a.View())
	}
	if press(a, "0"); f.chosen != (crewSize{8, 1}) {
		t.Errorf("0 leads to %+v", f.chosen)
	}
	if press(a, "esc"); a.dialog != nil || len(p.asked) > 0 {
		t.Errorf("asked %q", p.asked)
	}
}

// Enter gives the pool the chosen crew, through the acts that there are.
func TestWhatIfApplies(t *testing.T) {
	for _, c := range []struct {
		keys []string
		want []string
		told string
	}{
		{[]string{"right", "right"}, []string{"resize 10"}, "10 workers wanted"},
		{[]string{"up"}, []string{"prefetch 2"}, "prefetch is 2 now"},
		{[]string{"left", "up", "up"}, []string{"prefetch 3", "resize 7"}, "7 workers wanted, prefetch is 3 now"},
		{nil, nil, "that is what the pool has already"},
	} {
		a, p := whatIfApp(t, 8)
		press(a, append(c.keys, "enter")...)
		if !slices.Equal(p.asked, c.want) || !strings.Contains(strings.ToLower(a.View()), strings.ToLower(c.told)) {
			t.Errorf("%q: asked %q, want %q with %q:\n%s", c.keys, p.asked, c.want, c.told, a.View())
		}
		if open := a.dialog != nil; open != (c.want == nil) {
			t.Errorf("%q: the dialog stands: %v", c.keys, open)
		}
	}
}

func TestWhatIfAppliesNothingWhereItIsBarred(t *testing.T) {
	a, p := whatIfApp(t, 8)
	p.status.State = worker.PoolDraining
	lookOn(a, start.Add(time.Second))
	press(a, "right", "enter")
	if len(p.asked) > 0 || !strings.Contains(a.View(), "(enter: the pool is draining)") || !strings.Contains(a.View(), "Enter cannot act now: the pool is draining") {
		t.Errorf("asked %q:\n%s", p.asked, a.View())
	}
}

// What is missing is said, and the outlooks come as soon as it is there.
func TestWhatIfSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*broker.Snapshot, *fakePool)
		want   string
	}{
		{"no task", func(_ *broker.Snapshot, p *fakePool) { p.events = nil }, "No task has finished yet: how long tasks take is not known."},
		{"no depth", func(q *broker.Snapshot, _ *fakePool) { q.Ready = broker.Figure[int64]{} }, "How many tasks wait is not known."},
		{"old depth", func(q *broker.Snapshot, _ *fakePool) { q.Ready.At = start.Add(-time.Minute) }, "How many tasks wait was counted last 60 s ago."},
		{"no arrivals", func(q *broker.Snapshot, _ *fakePool) { q.In = broker.Figure[float64]{} }, "How many tasks arrive shows in a few seconds."},
	} {
		b, p := busyBroker(), busyPool(8)
		whole, events := b.queue, p.events
		c.change(&b.queue, p)
		a := newTestApp(t, 160, 45, b, p)
		if press(a, "w"); !strings.Contains(a.View(), c.want) {
			t.Errorf("%s: %q is not said:\n%s", c.name, c.want, a.View())
		}
		b.queue, p.events = whole, events
		if c.name != "no task" {
			a.sampler.cursor = uint64(len(events))
		}
		lookOn(a, start.Add(time.Second))
		if f := a.dialog.(*whatIf); f.silent != "" || len(f.outlooks) == 0 {
			t.Errorf("%s: later it is silent still: %q", c.name, f.silent)
		}
	}
}

// An open what-if follows the queue, though not at every look.
func TestWhatIfIsLive(t *testing.T) {
	a, _ := whatIfApp(t, 8)
	f := a.dialog.(*whatIf)
	a.o.Broker.(*fakeBroker).queue.Ready = known(int64(12), start)
	if lookOn(a, start.Add(time.Second)); f.seen.Ready != 1284 {
		t.Errorf("after a second the figures are others: %d ready", f.seen.Ready)
	}
	before := f.outlooks[f.chosen].Drain
	if lookOn(a, start.Add(rethinkFor)); f.seen.Ready != 12 || f.outlooks[f.chosen].Drain >= before {
		t.Errorf("%d ready are drained in %s, 1 284 were in %s", f.seen.Ready, f.outlooks[f.chosen].Drain, before)
	}
}

// More arrive than the workers do: that is said with what would hold it.
func TestWhatIfOverloaded(t *testing.T) {
	a, _ := whatIfApp(t, 12)
	f := a.dialog.(*whatIf)
	fewest := f.seen.Fewest(1)
	want := "8 workers cannot hold 12/s: the queue grows by " + rate(12-8/f.seen.Service().Seconds()) + ". " + count(int64(fewest)) + " hold it."
	if fewest <= 8 || !strings.Contains(a.View(), want) {
		t.Errorf("%q is not said:\n%s", want, a.View())
	}
	for f.chosen.workers < fewest {
		press(a, "right")
	}
	if l := f.outlooks[f.chosen]; !l.Holds() || l.Drain < 0 {
		t.Errorf("%d workers: %+v", fewest, l)
	}
}

// What a task costs beside its run is measured where workers have always more to do.
func TestWhatIfMeasuresTheWayToTheBroker(t *testing.T) {
	b, p := busyBroker(), busyPool(8)
	a := newTestApp(t, 160, 45, b, p)
	for i := range 12 {
		now := start.Add(time.Duration(i) * time.Second)
		for j := range p.workers {
			w := &p.workers[j]
			w.Done, w.BusyTime, w.UpTime = w.Done+10, w.BusyTime+900*time.Millisecond, w.UpTime+time.Second
		}
		b.queue.Ready = known(int64(1284), now)
		look(a, now)
	}
	press(a, "w")
	if f := a.dialog.(*whatIf); (f.seen.Trip-10*time.Millisecond).Abs() > time.Millisecond || !strings.Contains(f.model(), "With prefetch 1 a worker waits 10 ms for its next task") {
		t.Errorf("ten tasks in 900 ms of a second: the way takes %s\n%s", f.seen.Trip, a.View())
	}
	p.status.Prefetch = 2
	lookOn(a, start.Add(20*time.Second))
	if f := a.dialog.(*whatIf); f.seen.Trip != 0 {
		t.Errorf("with a prefetch of 2 it is said to take %s", f.seen.Trip)
	}
}

// An outlook that came to no end is no outlook; it is asked for again.
func TestWhatIfWithoutAnEnd(t *testing.T) {
	a, _ := whatIfApp(t, 8)
	f := a.dialog.(*whatIf)
	a.Update(foreseenMsg{of: f, foreseen: foreseen{lab.Outlook{Workers: 8, Prefetch: 1, Drain: 1}, f.taken}, err: context.DeadlineExceeded})
	if f.outlooks[crewSize{8, 1}].Drain == 1 || !strings.Contains(a.View(), "The model did not come to an end") {
		t.Errorf("an outlook without an end is shown:\n%s", a.View())
	}
	if lookOn(a, start.Add(time.Second)); f.silent != "" {
		t.Errorf("a second later: %q", f.silent)
	}
}

// The rows have the chosen crew and that of now, once each, by size.
func TestWhatIfRows(t *testing.T) {
	for _, now := range []crewSize{{0, 0}, {1, 1}, {2, 10}, {8, 1}, {2000, 3}} {
		for _, chosen := range []crewSize{{1, 1}, {8, 1}, {9, 20}, {2000, 1000}} {
			for _, arrivals := range []float64{0, 3, 1e9} {
				f := whatIf{chosen: chosen, now: now, seen: lab.Observed{Runs: []time.Duration{time.Second}, Arrivals: arrivals}}
				rows := f.rows()
				n := 0
				for i, r := range rows {
					if r.workers < 1 || r.workers > worker.MaxWorkers || r.prefetch < 1 {
						t.Errorf("now %v, chosen %v: %v", now, chosen, r)
					}
					if i > 0 && (r.workers < rows[i-1].workers || r.workers == rows[i-1].workers && r.prefetch <= rows[i-1].prefetch) {
						t.Errorf("now %v, chosen %v: %v stands after %v", now, chosen, r, rows[i-1])
					}
					if r.crewSize == chosen {
						n++
					}
				}
				if n != 1 || now.workers > 0 && !slices.Contains(rows, whatIfRow{now, "now"}) {
					t.Errorf("now %v, chosen %v: %v", now, chosen, rows)
				}
			}
		}
	}
}

// The steps of the prefetch lead up and down again, from whatever it is now.
func TestPrefetchSteps(t *testing.T) {
	for now := 1; now < 70_000; now = now*3/2 + 1 {
		up, down := nextPrefetch(now, 1), nextPrefetch(now, -1)
		if up <= now && up != prefetches[len(prefetches)-1] || down >= now && down != 1 {
			t.Errorf("%d: up to %d, down to %d", now, up, down)
		}
	}
	if got := nextPrefetch(math.MaxInt, 1); got != 1000 {
		t.Errorf("the last step is %d", got)
	}
}
