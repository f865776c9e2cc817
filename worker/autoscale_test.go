package worker

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"

	"pgregory.net/rapid"
)

// scaling is the default config between bounds, switched on.
func scaling(low, high int) AutoscaleConfig {
	c := DefaultAutoscaleConfig()
	c.On, c.Min, c.Max = true, low, high
	return c
}

func steadily(rate float64) func(float64) float64 { return func(float64) float64 { return rate } }

// someLoad draws a load that can be judged.
func someLoad(t *rapid.T) load {
	l := load{
		workers: rapid.IntRange(0, 300).Draw(t, "workers"), inHand: rapid.IntRange(0, 300).Draw(t, "in hand"),
		ready: rapid.Int64Range(0, math.MaxInt64).Draw(t, "ready"), service: time.Duration(rapid.Int64Range(1, 1e12).Draw(t, "service")),
		steady: rapid.Float64Range(0, 1000).Draw(t, "steady"), measured: true, watched: rapid.Bool().Draw(t, "watched"),
		failing: rapid.Float64Range(0, 1).Draw(t, "failing"), since: time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "since")),
		peak: rapid.IntRange(0, 2000).Draw(t, "peak"),
	}
	l.most = l.steady
	return l
}

func someScaling(t *rapid.T) AutoscaleConfig {
	low := rapid.IntRange(1, 50).Draw(t, "min")
	c := scaling(low, rapid.IntRange(low, 200).Draw(t, "max"))
	c.Drain = broker.Duration(rapid.Int64Range(int64(drainFloor), int64(time.Hour)).Draw(t, "drain"))
	c.Headroom = rapid.Float64Range(0, mostHeadroom).Draw(t, "headroom")
	return c
}

// Whatever is measured, the number is within its bounds, has a reason, and does not fall below what is in hand.
func TestAutoscaleStaysWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, l := someScaling(t), someLoad(t)
		d := c.decide(l)
		if d.workers < c.Min || d.workers > c.Max || d.why == "" {
			t.Errorf("%+v for %+v: %+v", c, l, d)
		}
		if within := l.workers <= c.Max; within && d.workers < l.workers && d.workers < min(l.inHand, l.workers) {
			t.Errorf("%d workers with %d tasks in hand", d.workers, l.inHand)
		}
	})
}

// More backlog never means fewer workers.
func TestAutoscaleGrowsWithTheBacklog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, l := someScaling(t), someLoad(t)
		more := l
		more.ready = rapid.Int64Range(l.ready, math.MaxInt64).Draw(t, "more")
		if few, many := c.decide(l).workers, c.decide(more).workers; many < few {
			t.Errorf("%d workers for %d ready tasks, %d for %d", few, l.ready, many, more.ready)
		}
	})
}

// What is not known, is old, or fails changes nothing.
func TestAutoscaleWaits(t *testing.T) {
	deep := load{workers: 4, inHand: 4, ready: 1000, service: time.Second, steady: 4, most: 4, measured: true, since: time.Hour}
	idle := load{workers: 4, measured: true, since: time.Hour, peak: 1, watched: true}
	c := scaling(1, 100)
	if up, down := c.decide(deep), c.decide(idle); up.workers != 8 || down.workers != 1 {
		t.Fatalf("%+v, %+v", up, down)
	}
	for why, change := range map[string]func(*load){
		"is not known":       func(l *load) { l.age = -1 },
		"counted last 20 s":  func(l *load) { l.age = 20 * time.Second },
		"figures of some":    func(l *load) { l.measured = false },
		"no task has ended":  func(l *load) { l.ready, l.service = 5, 0 },
		"60 % of the tries":  func(l *load) { l.ready, l.service, l.steady, l.failing = 1000, time.Second, 4, 0.6 },
		"newest workers":     func(l *load) { l.ready, l.service, l.steady, l.since = 1000, time.Second, 4, time.Second },
		"keep 0.0 busy":      func(l *load) { l.ready, l.watched = 0, false },
		"2.0 busy; with 1 r": func(l *load) { l.ready, l.service, l.steady, l.peak = 1, time.Second, 2, 4 },
	} {
		for _, l := range []load{deep, idle} {
			change(&l)
			if d := c.decide(l); strings.Contains(d.why, why) && d.workers != 4 {
				t.Errorf("%q: %+v", why, d)
			} else if !strings.Contains(d.why, why) && d.workers == 4 {
				t.Errorf("%q is not in %q", why, d.why)
			}
		}
	}
}

// A steady load ends at the number that Little's law and square-root staffing give, and stays there.
func TestAutoscaleComesToRest(t *testing.T) {
	for _, c := range []struct {
		rate    float64
		service time.Duration
		from    int
	}{{5, 800 * time.Millisecond, 1}, {20, 800 * time.Millisecond, 1}, {20, 800 * time.Millisecond, 60}, {2, 5 * time.Second, 1}, {100, 20 * time.Millisecond, 9}} {
		s := simulation{cfg: scaling(1, 100), rate: steadily(c.rate), service: always(c.service), even: true, workers: c.from}
		s.run(1200)
		busy := c.rate * c.service.Seconds()
		want := int(math.Ceil(busy + math.Sqrt(busy)))
		end := s.counts[len(s.counts)-1]
		if math.Abs(float64(end-want)) > 1+math.Sqrt(float64(end))/2 {
			t.Errorf("%v a second, %v each: %d workers, want about %d", c.rate, c.service, end, want)
		}
		if grew, shrank := s.changes(600); grew+shrank > 0 {
			t.Errorf("%v a second, %v each: %d and %d changes after ten minutes", c.rate, c.service, grew, shrank)
		}
	}
}

// Loads that vary by chance alone, for an hour each, hardly move the number once it was found.
func TestAutoscaleDoesNotFlap(t *testing.T) {
	for _, c := range []struct {
		rate    float64
		service time.Duration
		most    int // changes in 55 minutes
	}{{20, 10 * time.Millisecond, 0}, {2, 800 * time.Millisecond, 4}, {20, 800 * time.Millisecond, 10}, {0.5, 5 * time.Second, 12}, {5, 5 * time.Second, 32}} {
		s := simulation{cfg: scaling(1, 100), rate: steadily(c.rate), service: varied(c.service, 0.5), workers: 4}
		s.run(3600)
		grew, shrank := s.changes(300)
		t.Logf("%v a second, %v each: grew %d times, shrank %d times, ends at %d workers", c.rate, c.service, grew, shrank, s.counts[3599])
		if grew+shrank > c.most {
			t.Errorf("%v a second, %v each: more than %d changes", c.rate, c.service, c.most)
		}
	}
}

// Outages, as a cluster has that is restarted node by node, do not make the number swing: it grows at most for the backlog that
// each leaves, and is back at what the load needs a while after the last.
func TestAutoscaleBearsOutages(t *testing.T) {
	const first, last, end = 300, 660, 1100 // the outages begin, the last is over, all is
	for _, c := range []struct {
		lasts   float64
		service time.Duration
	}{{8, 800 * time.Millisecond}, {25, 5 * time.Second}, {90, 800 * time.Millisecond}, {90, 5 * time.Second}} {
		s := simulation{cfg: scaling(2, 100), rate: steadily(8 / c.service.Seconds()), service: always(c.service), even: true, workers: 4}
		s.out = func(t float64) bool { return t >= first && t < last && math.Mod(t-first, 120) < c.lasts }
		s.run(end)
		before, least, most := s.counts[first-1], slices.Min(s.counts[first:]), slices.Max(s.counts[first:])
		backlog := (8*c.lasts + 8*c.service.Seconds()) / s.cfg.Drain.D().Seconds() // of the workers' time, of the tasks in hand too
		if allowed := before + int(math.Ceil(backlog)) + 3; least < before-2 || most > allowed {
			t.Errorf("%v s out, %v each: %d to %d workers, %d before, %d allowed", c.lasts, c.service, least, most, before, allowed)
		}
		if grew, shrank := s.changes(first); grew > 3*4 || shrank > 3*3 {
			t.Errorf("%v s out, %v each: grew %d times, shrank %d times in three outages", c.lasts, c.service, grew, shrank)
		}
		if after := s.counts[end-1]; after < before-2 || after > before+3 {
			t.Errorf("%v s out, %v each: ends at %d workers, %d before", c.lasts, c.service, after, before)
		}
		t.Logf("%v s out, %v each: %d before, %d to %d workers, then %d", c.lasts, c.service, before, least, most, s.counts[end-1])
	}
}

// Curves of load over half an hour: the backlog goes, the workers too, and the number does not swing on the way.
func TestAutoscaleFollowsCurves(t *testing.T) {
	for name, c := range map[string]struct {
		rate         func(t float64) float64
		backlog      int
		grew, shrank int // at most
		deepest      int // queue, after the first minute
		high         int // workers at some time, at least
		low          int // workers at the end, at most
	}{
		"a backlog": {steadily(0), 1000, 6, 6, 0, 20, 1},
		"a step":    {func(t float64) float64 { return 2 + 18*float64(int(t/600)%2) }, 0, 24, 6, 250, 20, 6},
		"bursts": {func(t float64) float64 {
			if math.Mod(t, 300) < 1 {
				return 500
			}
			return 1
		}, 0, 28, 26, 600, 12, 12},
		"a ramp": {func(t float64) float64 { return t / 60 }, 0, 48, 4, 40, 28, 40},
		"a sine": {func(t float64) float64 { return 10 + 9*math.Sin(2*math.Pi*t/600) }, 0, 90, 32, 60, 17, 20},
	} {
		s := simulation{cfg: scaling(1, 50), rate: c.rate, backlog: c.backlog, service: varied(800*time.Millisecond, 0.5), workers: 1}
		s.run(1800)
		grew, shrank := s.changes(0)
		deepest, high, low := slices.Max(s.ready[60:]), slices.Max(s.counts), s.counts[1799]
		t.Logf("%s: grew %d times, shrank %d times, up to %d workers, %d at the end; deepest queue %d; first empty after %d s",
			name, grew, shrank, high, low, deepest, s.empty(5))
		if grew > c.grew || shrank > c.shrank || deepest > c.deepest || high < c.high || low > c.low {
			t.Errorf("%s: want at most %d and %d changes, %d deep, %d workers at least and %d at the end", name, c.grew, c.shrank, c.deepest, c.high, c.low)
		}
	}
}

// A handler that fails at once, and whose tasks come back at once, keeps all workers busy; more would only fail more.
func TestAutoscaleLeavesFailuresAlone(t *testing.T) {
	s := simulation{
		cfg: scaling(1, 50), rate: steadily(1), service: varied(5*time.Millisecond, 0.5), workers: 4, backlog: 100,
		fails: func(t float64) bool { return t > 60 },
	}
	s.run(600)
	if most := slices.Max(s.counts[61:]); most > 4 {
		t.Errorf("grew to %d workers", most)
	}
}

// Bounds that moved are kept at the next look, whatever is known.
func TestAutoscaleComesIntoBounds(t *testing.T) {
	for _, c := range [][3]int{{1, 4, 4}, {30, 16, 16}} {
		low := min(c[1], 4)
		if d := scaling(low, c[1]).decide(load{workers: c[0], age: -1}); d.workers != c[2] {
			t.Errorf("%d workers become %d", c[0], d.workers)
		}
	}
}

func TestAutoscaleConfigMistakes(t *testing.T) {
	c := DefaultConfig()
	c.Max = 8
	if err := c.Validate(); err != nil {
		t.Errorf("switched off it may say more than workers.max: %v", err)
	}
	c.Autoscale = AutoscaleConfig{On: true, Min: 20, Max: 16, Headroom: math.NaN(), Hold: -1}
	err := c.Validate()
	if err == nil {
		t.Fatal("no mistake")
	}
	for _, text := range []string{"autoscale.max: 16 is out of range; allowed are 1 to 8", "16 is less than workers.autoscale.min, 20",
		"autoscale.drain: 0s", "autoscale.shrink_after: 0s", "autoscale.headroom: NaN", "autoscale.hold: -1ns"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q is not in\n%v", text, err)
		}
	}
}
