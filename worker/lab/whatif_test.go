package lab

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"
)

// exponentialRuns are runs at even steps of the exponential distribution, so that drawing from them is drawing from it.
func exponentialRuns(mean time.Duration) []time.Duration {
	runs := make([]time.Duration, 10_000)
	for i := range runs {
		runs[i] = time.Duration(-math.Log(1-(float64(i)+0.5)/float64(len(runs))) * float64(mean))
	}
	return runs
}

// waitOfMMC is the quantile q of the wait in M/M/c: P(W > t) = C·exp(−(c − a)·t/mean), whose mean is C/(c − a).
func waitOfMMC(q float64, c int, a float64, mean time.Duration) time.Duration {
	spare := float64(c) - a
	if wait := math.Log(erlangC(c, a/float64(c))*spare/(1-q)) / spare; wait > 0 {
		return time.Duration(wait * float64(mean))
	}
	return 0
}

// With one task for each worker at a time the outlook is that of M/M/c.
func TestOutlookAgreesWithErlang(t *testing.T) {
	const mean = 100 * time.Millisecond
	runs := exponentialRuns(mean)
	for _, c := range []struct {
		workers int
		busy    float64
	}{{1, 0.5}, {2, 0.7}, {4, 0.8}, {8, 0.5}, {20, 0.9}} {
		load := c.busy * float64(c.workers)
		o := Observed{Runs: runs, Arrivals: load / mean.Seconds()}
		l := outlook(t, &o, c.workers, 1)
		if math.Abs(l.Busy-c.busy) > 0.01 {
			t.Errorf("%d workers: busy %.3f, want %.3f", c.workers, l.Busy, c.busy)
		}
		for _, q := range []struct {
			name string
			got  time.Duration
			want time.Duration
		}{
			{"p50", l.WaitP50, waitOfMMC(0.5, c.workers, load, mean)}, {"p99", l.WaitP99, waitOfMMC(0.99, c.workers, load, mean)},
		} {
			if off := (q.got - q.want).Abs(); off > mean/20+q.want/5 {
				t.Errorf("%d workers at %.2f: wait %s %s, want %s", c.workers, c.busy, q.name, q.got, q.want)
			}
		}
		if l.Drain != 0 {
			t.Errorf("%d workers: nothing waits, and it is drained in %s", c.workers, l.Drain)
		}
	}
}

func outlook(t *testing.T, o *Observed, workers, prefetch int) Outlook {
	t.Helper()
	l, err := o.Outlook(t.Context(), workers, prefetch)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A backlog is drained as fast as the workers can, less what comes meanwhile, however long it is.
func TestOutlookDrains(t *testing.T) {
	const mean = 100 * time.Millisecond
	runs := exponentialRuns(mean)
	for _, ready := range []int{500, 2_000, 20_000, 3_000_000} {
		for _, busy := range []float64{0, 0.5, 0.9} {
			const workers = 8
			o := Observed{Runs: runs, Ready: ready, Arrivals: busy * workers / mean.Seconds()}
			want := float64(ready) * mean.Seconds() / (workers * (1 - busy))
			if got := outlook(t, &o, workers, 1).Drain.Seconds(); math.Abs(got/want-1) > 0.2 {
				t.Errorf("%d tasks at %.1f: drained in %.1f s, want about %.1f s", ready, busy, got, want)
			}
		}
	}
}

// Who gets more tasks than he can work on keeps them from those who idle: with a long task among short ones the backlog of a
// greater prefetch takes longer, and a task that comes waits longer.
func TestOutlookOfPrefetch(t *testing.T) {
	runs := slices.Repeat([]time.Duration{10 * time.Millisecond}, 99)
	runs = append(runs, 5*time.Second)
	o := Observed{Runs: runs, Ready: 300, Arrivals: 40}
	one, ten := outlook(t, &o, 8, 1), outlook(t, &o, 8, 10)
	if ten.WaitP99 < 2*one.WaitP99 || ten.Drain < one.Drain {
		t.Errorf("prefetch 1: %+v\nprefetch 10: %+v", one, ten)
	}
}

// More arrive than the workers do: it is never drained, and no wait is foretold.
func TestOutlookOverloaded(t *testing.T) {
	o := Observed{Runs: []time.Duration{time.Second}, Ready: 7, Arrivals: 8.5}
	for workers := 1; workers < 12; workers++ {
		l := outlook(t, &o, workers, 1)
		if holds := workers >= o.Fewest(1); l.Holds() != holds || holds != (l.Drain >= 0) || holds != (l.WaitP99 >= 0) {
			t.Errorf("%d workers: %+v", workers, l)
		}
	}
	if o.Fewest(1) != 9 {
		t.Errorf("%d hold 8.5 busy ones", o.Fewest(1))
	}
}

// The tasks in hand come before those that wait; what is left of them is judged by those that ran longer.
func TestOutlookOfTasksInHand(t *testing.T) {
	o := Observed{Runs: []time.Duration{time.Second, time.Minute}, Ready: 1, InHand: []time.Duration{2 * time.Second, 50 * time.Second}}
	if got := outlook(t, &o, 2, 1).Drain; got != 10*time.Second {
		t.Errorf("two tasks in hand: the third begins in %s, not in 10 s", got)
	}
	if got := outlook(t, &o, 3, 1).Drain; got != 0 {
		t.Errorf("a third worker is free, and begins in %s", got)
	}
	o.InHand = []time.Duration{2 * time.Minute}
	if got := outlook(t, &o, 1, 1).Drain; got != 2*time.Minute {
		t.Errorf("a task that has run longer than any: the next begins in %s", got)
	}
}

// The way to the broker takes the time of workers that hold one task at a time, and of no others.
func TestOutlookOfTheWayToTheBroker(t *testing.T) {
	o := Observed{Runs: []time.Duration{2 * time.Millisecond}, Ready: 6_000, Arrivals: 1_000, Trip: time.Millisecond}
	one, two := outlook(t, &o, 4, 1), outlook(t, &o, 4, 2)
	if math.Abs(one.Busy-0.75) > 1e-9 || math.Abs(two.Busy-0.5) > 1e-9 {
		t.Errorf("busy %v with prefetch 1, and %v with 2", one.Busy, two.Busy)
	}
	if got := one.Drain.Seconds(); math.Abs(got-18) > 2 {
		t.Errorf("6 000 tasks at 1 000 of 1 333 a second are drained in %.1f s with prefetch 1", got)
	}
	if got := two.Drain.Seconds(); math.Abs(got-6) > 1 {
		t.Errorf("6 000 tasks at 1 000 of 2 000 a second are drained in %.1f s with prefetch 2", got)
	}
}

// The same question has the same answer, and one that is not wanted any more ends early.
func TestOutlookIsRepeatable(t *testing.T) {
	o := Observed{Runs: exponentialRuns(time.Second), Ready: 40, Arrivals: 3}
	if a, b := outlook(t, &o, 4, 3), outlook(t, &o, 4, 3); a != b {
		t.Errorf("%+v, then %+v", a, b)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.Outlook(ctx, 4, 3); err == nil {
		t.Error("an outlook was finished after its end")
	}
}
