package lab

import (
	"cmp"
	"slices"
	"time"
)

// spent is where the time of all workers together went. They were busy, idle although a task waited, or without one to do.
type spent struct {
	busy    time.Duration
	idle    time.Duration // while a task waited; of more idle workers than waiting tasks, as many as these
	starved time.Duration // the rest
}

// edge is a moment at which numbers change.
type edge struct {
	at                   time.Duration
	waiting, busy, alive int
}

// spent sums up the workers' time until the given one. A task waits from when it is enqueued until its handler begins, in the queue
// or with a worker that is at another, and again after its worker died.
func (r Run) spent(until time.Duration) spent {
	var s spent
	var waiting, busy, alive int
	var now time.Duration
	for _, e := range r.edges(until) {
		span := e.at - now
		idle := min(waiting, max(0, alive-busy))
		s.busy += span * time.Duration(busy)
		s.idle += span * time.Duration(idle)
		s.starved += span * time.Duration(max(0, alive-busy-idle))
		now = e.at
		waiting, busy, alive = waiting+e.waiting, busy+e.busy, alive+e.alive
	}
	return s
}

// slack is the share of the time until the given one in which fewer than half of the living workers were at a task.
func (r Run) slack(until time.Duration) float64 {
	var busy, alive int
	var now, slack time.Duration
	for _, e := range r.edges(until) {
		if 2*busy < alive {
			slack += e.at - now
		}
		now = e.at
		busy, alive = busy+e.busy, alive+e.alive
	}
	return slack.Seconds() / max(until, 1).Seconds()
}

// edges are in order, up to the given time; that of the end is among them.
func (r Run) edges(until time.Duration) []edge {
	edges := make([]edge, 0, len(r.Experiment.Tasks)+2*len(r.Stints)+2*len(r.Experiment.Crew))
	put := func(e edge) {
		e.at = min(max(e.at, 0), until)
		edges = append(edges, e)
	}
	for _, w := range r.Experiment.Crew {
		put(edge{alive: 1})
		put(edge{at: w.lives(until), alive: -1})
	}
	for i := range r.Experiment.Tasks {
		put(edge{at: r.came(i), waiting: 1})
	}
	for _, s := range r.Stints {
		put(edge{at: s.Begin, waiting: -1, busy: 1})
		switch {
		case s.End == 0:
		case s.Lost:
			put(edge{at: s.End, waiting: 1, busy: -1})
		default:
			put(edge{at: s.End, busy: -1})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.at, b.at) })
	return edges
}
