package worker

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// load is what a decision about the number of workers rests on.
type load struct {
	workers int           // wanted by now
	inHand  int           // tasks that handlers have
	ready   int64         // tasks in the queue
	age     time.Duration // of ready; negative: it was never read
	service time.Duration // that a try takes, by the mean; 0: none has ended yet

	// How many workers the tasks that come keep busy, by Little's law: those that come in a second times the seconds that one
	// takes. Of the two halves of the window, the lesser and the greater: a burst is in one half, a stream in both. What
	// consumers elsewhere take does not come to us.
	steady, most float64

	measured bool          // steady and most are known
	failing  float64       // share of the tries that failed
	since    time.Duration // since the number was changed last
	peak     int           // the most workers that were needed at once during AutoscaleConfig.ShrinkAfter
	watched  bool          // all of that time was seen
}

// decision is how many workers are wanted, and why.
type decision struct {
	workers int
	why     string // a clause with its figures
}

const (
	staleDepth  = 15 * time.Second // a depth older than this says nothing; twice a slow refresh
	growEvery   = 2 * time.Second  // a change shows in the figures before the next one grows further
	growLeast   = 4                // workers that may come at once, where doubling would be fewer
	mostFailing = 0.5              // share of failed tries beyond which more workers would only fail more
)

// decide says how many workers are wanted. It grows as soon as a stream or a backlog needs it, at most to twice as many at once,
// and shrinks, seldom, to the most that were needed lately. What lies between what a stream needs and that peak changes nothing, so
// that a steady load does not make the number swing.
func (c AutoscaleConfig) decide(l load) decision {
	stay := func(format string, args ...any) decision { return decision{l.workers, fmt.Sprintf(format, args...)} }
	switch {
	case l.workers < c.Min:
		return decision{c.Min, fmt.Sprintf("%d is the least allowed", c.Min)}
	case l.workers > c.Max:
		return decision{c.Max, fmt.Sprintf("%d is the most allowed", c.Max)}
	case l.age < 0:
		return stay("waits: how many tasks are ready is not known")
	case l.age > staleDepth:
		return stay("waits: the ready tasks were counted last %s ago", short(l.age.Round(time.Second)))
	case !l.measured:
		return stay("waits for figures of some seconds")
	case l.ready > 0 && l.service == 0:
		return stay("waits: no task has ended yet that would tell how long one takes")
	}
	need := c.need(l.ready, l.service, l.steady)
	wanted := max(c.Min, min(need, c.Max))
	switch {
	case wanted > l.workers && l.failing > mostFailing:
		return stay("does not grow: %.0f %% of the tries fail, more workers would only fail more", 100*l.failing)
	case wanted > l.workers && l.since < growEvery:
		return stay("lets the newest workers begin")
	case wanted > l.workers:
		return decision{min(wanted, l.workers+max(l.workers, growLeast)), c.because(l, need)}
	}
	peak := max(c.Min, min(l.peak, c.Max), min(l.inHand, l.workers))
	spared := float64(l.workers - peak)
	if !l.watched || l.since < c.ShrinkAfter.D()/2 || spared < math.Sqrt(float64(l.workers))/2 { // chance swings by the root
		return stay("%s", c.because(l, need))
	}
	return decision{peak, fmt.Sprintf("no more than %d were needed in %s", max(l.peak, l.inHand), short(c.ShrinkAfter.D()))}
}

// need is how many workers a load needs, without bounds: those that the stream keeps busy, and for what comes by chance as many
// as their root times Headroom (square-root staffing), or as many as work the backlog off in Drain, whichever is more.
func (c AutoscaleConfig) need(ready int64, service time.Duration, stream float64) int {
	spare := c.Headroom * math.Sqrt(stream)
	backlog := float64(ready) * service.Seconds() / c.Drain.D().Seconds()
	n := math.Ceil(stream + max(spare, backlog) - 1e-6)
	return int(min(n, 1e9))
}

// because gives the figures that need comes from.
func (c AutoscaleConfig) because(l load, need int) string {
	why := fmt.Sprintf("tasks that come keep %.1f busy", l.steady)
	if l.ready > 0 {
		why += fmt.Sprintf("; with %d ready, at %s each, to be gone in %s", l.ready, short(l.service), short(c.Drain.D()))
	}
	if need > c.Max {
		why += fmt.Sprintf("; %d would be needed, %d is the most allowed", need, c.Max)
	}
	return why
}

// short spells a duration as the screens do, without zeros at its end: 713 ms, 30 s, 1 h 30 min.
func short(d time.Duration) string {
	s := brief(d).String()
	for _, unit := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, unit) {
			s = s[:len(s)-2]
		}
	}
	return strings.TrimSpace(spacing.Replace(s))
}

// spacing sets apart the figures and the units of a duration as package time writes it.
var spacing = strings.NewReplacer("h", " h ", "ms", " ms", "µs", " µs", "ns", " ns", "m", " min ", "s", " s")

// brief is a duration with two or three telling digits.
func brief(d time.Duration) time.Duration {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= 100*unit {
			return d.Round(unit)
		}
		if d >= unit {
			return d.Round(unit / 10)
		}
	}
	return d
}
