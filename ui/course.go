package ui

import (
	"math"
	"time"
)

// course is where the depth of a queue goes, as far as that can be judged.
type course uint8

const (
	courseUnknown course = iota // too little was seen, or it rises and may be a burst
	courseLevel
	courseRising
	courseFalling
)

// stickiness is the part of the swing that keeps a queue on its course: two verdicts that take turns cannot be read.
const stickiness = 0.3

// heading is the course that follows from the one before. A queue takes another one only while more tasks wait than a pool
// that keeps up has, and rises only where that lasts.
func (s *scene) heading() course {
	if !s.trending {
		return courseUnknown
	}
	many, bound := s.queue.Ready.Value > s.smallBacklog(), s.swing()
	if s.course == courseRising || s.course == courseFalling {
		bound *= stickiness
	}
	switch rising, falling := s.trend > bound, s.trend < -bound; {
	case rising && s.course == courseRising, rising && many && s.lasting:
		return courseRising
	case rising && many:
		return courseUnknown
	case falling && (many || s.course == courseFalling):
		return courseFalling
	case many && s.now.Unix()-max(s.depth.first, s.steady.Unix()) < int64(burstWindow/time.Second):
		return courseUnknown
	}
	return courseLevel
}

// swing is the slope, in tasks a second, below which a depth counts as steady: what prefetch makes it swing by, one in fifty
// of what arrives, or what arrivals and services do by chance (half of the standard deviation that Poisson processes have).
func (s *scene) swing() float64 {
	arrive := s.queue.In.Value
	if s.measured() {
		arrive = s.arrivals()
	}
	arrive = math.Max(0, arrive)
	return math.Max(flat(s.queue.Ready.Value), math.Max(arrive/50, math.Sqrt(2*arrive/trendWindow.Seconds())/2))
}

// burstWindow is the shortest stretch over which growth is told from a burst.
const burstWindow = 12 * time.Second

// lasts reports whether the depth rose by more than so many tasks a second, and a quarter of what it rose by in all, in both halves
// of the last seconds, or of the last half minute, but not before since. A burst raises it once, arrivals that exceed the
// service do so for as long as they last.
func (d *depth) lasts(now, since time.Time, by float64) bool {
	end := now.Unix()
	for _, window := range []time.Duration{burstWindow, trendWindow} {
		half := int64(window / 2 / time.Second)
		if end-2*half < since.Unix() {
			continue
		}
		all, _ := d.slope(end-2*half, end)
		before, known := d.slope(end-2*half, end-half)
		lately, still := d.slope(end-half, end)
		if known && still && min(before, lately) > max(by, all/4) {
			return true
		}
	}
	return false
}
