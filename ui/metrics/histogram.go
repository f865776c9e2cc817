package metrics

import "time"

// bounds are the upper bounds of the buckets, for waits as for runs: a task takes anything from a millisecond to an hour.
var bounds = [...]time.Duration{
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, 30 * time.Second,
	time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour,
}

// histogram counts times by length.
type histogram struct {
	counts [len(bounds) + 1]uint64 // of each bucket alone, that beyond the last bound included
	sum    float64                 // seconds: in nanoseconds, 300 years of them would overflow
}

func (h *histogram) observe(d time.Duration) {
	i := 0
	for i < len(bounds) && d > bounds[i] {
		i++
	}
	h.counts[i]++
	h.sum += d.Seconds()
}
