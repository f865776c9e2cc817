package worker

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// simulation runs the autoscaler on a queue in virtual time, in steps of 20 ms.
type simulation struct {
	cfg     AutoscaleConfig
	rate    func(t float64) float64 // tasks that come in a second, t seconds after the start
	service func(*rand.Rand) time.Duration
	fails   func(t float64) bool // whether a task that ends at t fails, and is ready again at once
	out     func(t float64) bool // whether the link is lost at t: nothing is taken or counted, and what is in hand runs again
	backlog int
	workers int
	even    bool // tasks come evenly, not by chance

	counts []int // workers wanted, by the second
	ready  []int // by the second
	whys   []string
	busy   []simTask // in hand
}

type simTask struct {
	from, until time.Duration
	cut         bool // its link was lost
}

// always is a service time that does not vary.
func always(d time.Duration) func(*rand.Rand) time.Duration {
	return func(*rand.Rand) time.Duration { return d }
}

// varied is one whose logarithm is spread normally around the median.
func varied(median time.Duration, sigma float64) func(*rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration {
		return time.Duration(float64(median) * math.Exp(sigma*r.NormFloat64()))
	}
}

// run simulates so many seconds.
func (s *simulation) run(seconds int) {
	const step = 20 * time.Millisecond
	start := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	random := rand.New(rand.NewPCG(1, 2))
	var a autoscaler
	var r reading
	var ended time.Duration
	due, ready, counted := 0.0, s.backlog, start
	for at := step; at <= time.Duration(seconds)*time.Second; at += step {
		t := at.Seconds()
		due += s.rate(t) * step.Seconds()
		for due >= 0 && s.rate(t) > 0 {
			ready++
			if s.even {
				due--
			} else {
				due -= random.ExpFloat64()
			}
		}
		s.busy = slices.DeleteFunc(s.busy, func(w simTask) bool {
			if w.until > at {
				return false
			}
			ended += w.until - w.from
			r.tries++
			if !w.cut && s.fails != nil && s.fails(t) {
				r.failed++
				ready++
			}
			return true
		})
		out := s.out != nil && s.out(t)
		for i := range s.busy {
			if w := &s.busy[i]; out && !w.cut {
				w.cut = true
				ready++
			}
		}
		for !out && len(s.busy) < s.workers && ready > 0 {
			ready--
			s.busy = append(s.busy, simTask{from: at, until: at + s.service(random)})
		}
		if at%time.Second != 0 {
			continue
		}
		if !out {
			counted, r.ready = start.Add(at), int64(ready)
		}
		r.at, r.readyAt, r.ended, r.busy = start.Add(at), counted, ended, ended
		for _, w := range s.busy {
			r.busy += at - w.from
		}
		d := a.look(s.cfg, r, s.workers, len(s.busy))
		s.workers = d.workers
		s.counts, s.ready, s.whys = append(s.counts, d.workers), append(s.ready, ready), append(s.whys, d.why)
	}
}

// changes counts those of the number of workers from one second on.
func (s *simulation) changes(from int) (grew, shrank int) {
	for i := max(1, from); i < len(s.counts); i++ {
		switch {
		case s.counts[i] > s.counts[i-1]:
			grew++
		case s.counts[i] < s.counts[i-1]:
			shrank++
		}
	}
	return grew, shrank
}

// empty is the second from which on no backlog was left that the workers did not come to within a second; -1: there was none.
func (s *simulation) empty(from int) int {
	for i := from; i < len(s.ready); i++ {
		if s.ready[i] <= 1 {
			return i + 1
		}
	}
	return -1
}
