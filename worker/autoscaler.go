package worker

import (
	"math"
	"time"
)

// The autoscaler's windows.
const (
	streamWindow = 20 * time.Second // over which the stream is measured, in two halves
	streamTries  = 10               // longer where tries are: over so many of them, one after another
	streamMost   = 5 * time.Minute
	streamLeast  = 4 * time.Second // of it, before anything is said
	serviceTries = 20              // tries that the time of one is the mean of, where serviceWindow holds so many
	serviceMost  = 10 * time.Minute
)

// reading are the pool's running totals and the queue's depth at one moment.
type reading struct {
	at      time.Time
	ready   int64
	readyAt time.Time     // when that was counted; zero: never
	busy    time.Duration // in handlers, tasks in hand included
	ended   time.Duration // of that, in tries that have ended
	tries   uint64        // that have ended
	failed  uint64        // of these
}

// autoscaler measures the load from readings, a second apart, and decides. It is used by one goroutine and reads no clock.
type autoscaler struct {
	readings []reading // oldest first
	needs    []needed  // newest last, over AutoscaleConfig.ShrinkAfter
	watched  time.Time // since when needs are kept without a gap
	changed  time.Time // when the number of workers changed last
	workers  int       // as it was last
}

type needed struct {
	at time.Time
	n  int
}

// forget begins anew: what was measured says nothing of what is to come.
func (a *autoscaler) forget() { *a = autoscaler{} }

// look takes a reading in and decides.
func (a *autoscaler) look(c AutoscaleConfig, now reading, workers, inHand int) decision {
	if workers != a.workers {
		a.workers, a.changed = workers, now.at
	}
	l := load{age: -1, since: now.at.Sub(a.changed)}
	if !now.readyAt.IsZero() {
		a.keep(now)
		l = a.measure(now)
	}
	l.workers, l.inHand = workers, inHand
	a.need(c, &l, now.at)
	d := c.decide(l)
	if d.workers != workers {
		a.workers, a.changed = d.workers, now.at
	}
	return d
}

// keep adds a reading and drops those that are too old for every use.
func (a *autoscaler) keep(now reading) {
	old := 0
	for old < len(a.readings) && now.at.Sub(a.readings[old].at) > serviceMost {
		old++
	}
	a.readings = append(append(a.readings[:0], a.readings[old:]...), now)
}

// need notes how many workers are needed now, and finds the most of those that were.
func (a *autoscaler) need(c AutoscaleConfig, l *load, now time.Time) {
	if !l.measured || l.age < 0 || l.age > staleDepth {
		a.needs, a.watched = a.needs[:0], time.Time{}
		return
	}
	n := c.need(l.ready, l.service, l.most)
	if l.ready > 0 && l.service == 0 {
		n = max(n, l.workers) // nobody knows
	}
	if a.watched.IsZero() {
		a.watched = now
	}
	old := 0
	for old < len(a.needs) && now.Sub(a.needs[old].at) > c.ShrinkAfter.D() {
		old++
	}
	a.needs = append(append(a.needs[:0], a.needs[old:]...), needed{now, n})
	l.watched = now.Sub(a.watched) >= c.ShrinkAfter.D()
	for _, n := range a.needs {
		l.peak = max(l.peak, n.n)
	}
}

// measure is the load by the readings that are kept, now among them, without what the pool itself knows.
func (a *autoscaler) measure(now reading) load {
	l := load{
		ready: now.ready, age: max(0, now.at.Sub(now.readyAt)), service: a.service(now), since: now.at.Sub(a.changed),
	}
	window := min(max(streamWindow, streamTries*l.service), streamMost)
	first := a.before(now.at.Add(-window))
	seen := now.at.Sub(first.at) // less at the start
	middle := a.before(now.at.Add(-seen / 2))
	if seen < streamLeast {
		return l
	}
	l.measured = true
	early, late := stream(first, middle, l.service), stream(middle, now, l.service)
	l.steady, l.most = min(early, late), max(early, late)
	if tries := now.tries - first.tries; tries > 0 {
		l.failing = float64(now.failed-first.failed) / float64(tries)
	}
	return l
}

// before is the newest reading from t or before it, or the oldest.
func (a *autoscaler) before(t time.Time) reading {
	at := len(a.readings) - 1
	for at > 0 && a.readings[at].at.After(t) {
		at--
	}
	return a.readings[at]
}

// service is the mean time of the newest tries, 0 when none has ended. Those of a few seconds are enough where they are many.
func (a *autoscaler) service(now reading) time.Duration {
	for i := len(a.readings) - 1; i >= 0; i-- {
		r := &a.readings[i]
		enough := now.tries-r.tries >= serviceTries && now.at.Sub(r.at) >= streamWindow/2
		if tries := now.tries - r.tries; tries > 0 && (enough || i == 0) {
			return (now.ended - r.ended) / time.Duration(tries)
		}
	}
	return 0
}

// stream is how many workers the tasks that came between two readings keep busy: those that were, and those that would have
// been by what the queue grew, or less by what it shrank.
func stream(from, to reading, service time.Duration) float64 {
	lasted := to.at.Sub(from.at).Seconds()
	if lasted <= 0 {
		return 0
	}
	busy := (to.busy - from.busy).Seconds() / lasted
	if counted := to.readyAt.Sub(from.readyAt).Seconds(); counted > 0 {
		busy += float64(to.ready-from.ready) / counted * service.Seconds()
	}
	return math.Max(0, busy)
}
