package ui

import (
	"fmt"
	"math"
	"time"
)

// The rules of arrivals and service. With λ arrivals a second and μ tasks a second of one worker that has always more to do,
// λ/μ workers are always busy (the offered load of queueing theory): fewer cannot hold the queue, however it is dealt.

var overloadedRule = rule{
	name: "overloaded", asks: "more tasks arrive than the workers finish",
	ask: func(s *scene) (verdict, bool) {
		if !s.grows() || !s.measured() {
			return verdict{}, false
		}
		arrive := s.arrivals()
		text := fmt.Sprintf("Overloaded: %s arrive, %s %s.", rate(arrive), s.finishing(), rate(s.rates.finish))
		return verdict{levelWarn, "overloaded", text + " " + s.relief(arrive)}, true
	},
	why: func(s *scene) reading {
		arrive := s.arrivals()
		r := reading{
			seen: fmt.Sprintf("%s, %s more each second: λ = finished + growth = %s + %s = %s arrive.", upperFirst(s.waiting()),
				rate(s.trend), rate(s.rates.finish), rate(s.trend), rate(arrive)),
			how: fmt.Sprintf("The %s are busy for only %s of their time, so it is not workers that are short: a prefetch, a paused "+
				"worker, tasks as short as the way to the broker.", plural(s.pool.Size, "worker"), string(appendShare(nil, s.rates.busy))),
			todo: "See the lanes for workers that idle or are paused; p changes the prefetch.",
		}
		need := s.needed(arrive)
		if need == 0 {
			return r
		}
		r.how = fmt.Sprintf("One worker finishes μ = %s here, so the offered load λ ÷ μ = %.1f keeps as many workers busy: %d hold it, and %d are there.",
			rate(s.rates.each), arrive/s.rates.each, need, s.pool.Size)
		r.todo = s.faster(s.hiring(max(0, need-s.pool.Size)))
		return r
	},
	needs: noReadyHere,
}

var growingRule = rule{
	name: "growing", asks: "more tasks arrive than all consumers finish",
	ask: func(s *scene) (verdict, bool) {
		if !(s.grows() && !s.measured()) {
			return verdict{}, false
		}
		return verdict{levelWarn, "growing", fmt.Sprintf("Growing: %s more arrive than are finished.", rate(s.trend))}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("%s, %s more each second; the broker counts %s in and %s acknowledged.", upperFirst(s.waiting()), rate(s.trend),
				known0(s.queue.In), known0(s.queue.Out)),
			how: "That is the slope of the depth over the last half minute. How fast one consumer is, and so how many would do, is not " +
				"known for those of other programs (" + s.consumersKnown() + " in all).",
			todo: "Add consumers, or slow the producers down.",
		}
	},
	needs: noReady,
}

// relief says how many workers would hold the queue, or why that is not told.
func (s *scene) relief(arrive float64) string {
	switch need := s.needed(arrive); {
	case need > s.pool.Size:
		return plural(need, "worker") + " would hold it" + s.scaling() + "."
	case need > 0 || s.pausedWorkers() > 0: // those that are there would do, if all took tasks
		return plural(s.pausedWorkers(), "worker") + " paused (s lets one go on)."
	case !s.rates.eachKnown:
		return "How many would hold it shows when a task has finished."
	}
	busy := "They are busy for only " + string(appendShare(nil, s.rates.busy)) + " of their time"
	if p50 := s.usualRun(); p50 > 0 && p50 < shortTask {
		return busy + ": with tasks this short a higher prefetch (p) helps."
	}
	return busy + " (v)."
}

// shortTask is how long a task runs at most whose way to the broker and back counts.
const shortTask = 20 * time.Millisecond

func (s *scene) pausedWorkers() (n int) {
	for i := range s.workers {
		if s.workers[i].Paused {
			n++
		}
	}
	return n
}

// measured reports whether the pool's own rates tell all of the service, and are over long enough to be judged by.
func (s *scene) measured() bool { return s.hasPool && s.rates.known && s.rates.settled && !s.others() }

// grows reports whether the queue gets longer by more than its usual swing, and not by a burst alone.
func (s *scene) grows() bool {
	return s.queue.Ready.Value > 0 && s.course == courseRising && s.trend > 0
}

// mostlyBusy is the share of its time from which a pool counts as busy, so that more workers would help.
const mostlyBusy = 0.8

// needed is how many workers hold the arrivals; 0 while the speed of one is not known, or these are not busy.
func (s *scene) needed(arrive float64) int {
	if !s.rates.eachKnown || s.rates.each <= 0 || s.rates.busy < mostlyBusy {
		return 0
	}
	return int(math.Min(math.Ceil(arrive/s.rates.each), 1e6))
}

// arrivals is the rate that follows from what was finished and how the depth changed, which is fresher than the
// management API's own figure.
func (s *scene) arrivals() float64 { return math.Max(0, s.rates.finish+s.trend) }

// spare is by how much more than the arrivals keep busy a backlog is drained in a decent time.
const spare = 1.25

// faster says after what is to be done how many workers would drain the backlog, and how soon: depth ÷ (n·μ − λ); and where to ask
// for another number.
func (s *scene) faster(first string) string {
	arrive := s.arrivals()
	need := s.needed(arrive)
	if !s.measured() || need == 0 || s.queue.Ready.Value == 0 {
		return first + "."
	}
	n := max(int(math.Ceil(spare*arrive/s.rates.each)), s.pool.Size+1, need+1)
	surplus := float64(n)*s.rates.each - arrive
	return fmt.Sprintf("%s; %s would empty it in %s = %s ÷ (%d × %s − %s). w foretells it for any other number.", first, plural(n, "worker"),
		span(seconds(float64(s.queue.Ready.Value)/surplus)), count(s.queue.Ready.Value), n, rate(s.rates.each), rate(arrive))
}
