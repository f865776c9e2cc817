package lab

import (
	"math/rand/v2"
	"slices"
	"time"
)

// BurstLoad is the load of bursts where none is said.
const BurstLoad = 0.8

const (
	burstTasks = 5    // that come in one burst on average, for each worker
	burstShare = 0.25 // of the time, in which all tasks of bursts come
)

// Arrivals returns the tasks, in their order, with the times when they come at a load: the share of the crew's capacity that they
// need on average. Load 0 leaves them as they are, for a backlog that is there from the start; only bursts come at BurstLoad then.
//
// They come as a Poisson process, and those of bursts as an interrupted one that is on for a quarter of the time, under the condition
// that so many come in the time that makes the load what it is said to be. A trace's own times are stretched to it.
func (w Workload) Arrivals(tasks []Task, crew []Worker, load float64, seed uint64) []Task {
	tasks = slices.Clone(tasks)
	if load == 0 && w.bursty {
		load = BurstLoad
	}
	var work, speed float64
	for _, t := range tasks {
		work += t.Work.Seconds()
	}
	for _, c := range crew {
		speed += c.Speed
	}
	times := w.times(tasks, len(crew), seed)
	if load <= 0 || work == 0 || speed == 0 || times[len(tasks)] == 0 {
		return tasks
	}
	span := work / speed / load / times[len(tasks)]
	for i := range tasks {
		tasks[i].At = time.Duration(times[i] * span * float64(time.Second))
	}
	return tasks
}

// times are when the tasks come, and after them when one more would, in any unit.
func (w Workload) times(tasks []Task, crew int, seed uint64) []float64 {
	n := len(tasks)
	times := make([]float64, n+1)
	if w.trace != nil && n > 1 {
		for i, t := range tasks {
			times[i] = t.At.Seconds()
		}
		times[n] = times[n-1] * float64(n) / float64(n-1)
		return times
	}
	rng := rand.New(rand.NewPCG(seed, 0x636f6d65)) // not the one that draws the work
	next := rng.ExpFloat64
	if w.bursty {
		next = bursts(rng, burstTasks*float64(crew))
	}
	at := 0.0
	for i := range times {
		at += next()
		times[i] = at
	}
	return times
}

// bursts draws the gaps of an interrupted Poisson process of one task in a unit of time, in the long run. It begins with a burst.
func bursts(rng *rand.Rand, size float64) func() float64 {
	on, off := size*burstShare, size*(1-burstShare)
	left := on * rng.ExpFloat64()
	return func() float64 {
		pause, step := 0.0, burstShare*rng.ExpFloat64()
		for step > left { // the process has no memory, so what is left of the step counts in the next burst
			step -= left
			pause += left + off*rng.ExpFloat64()
			left = on * rng.ExpFloat64()
		}
		left -= step
		return pause + step
	}
}
