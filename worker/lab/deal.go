package lab

import (
	"cmp"
	"slices"
	"time"
)

// Deal is how an experiment's strategy divides the tasks and the crew among queues. The model and the measurement both go by
// it.
type Deal struct {
	Queues int
	Queue  []int // of each task: the queue it is enqueued to, from 0
	From   []int // of each worker: the queue it consumes from
	Rank   []int // of each worker: its consumer priority; higher ones are served first
}

// Deal works out who gets what. Static deals the tasks out in turn, as its publisher does. Split gives long tasks the fastest
// workers, so many that their share of the speed comes next to the long tasks' share of the work; where either kind, or a second
// worker, is missing there is one queue, as for the others.
func (e Experiment) Deal() Deal {
	d := Deal{Queues: 1, Queue: make([]int, len(e.Tasks)), From: make([]int, len(e.Crew)), Rank: make([]int, len(e.Crew))}
	switch e.Strategy.Way {
	case Static:
		d.Queues = max(1, len(e.Crew))
		for i := range d.Queue {
			d.Queue[i] = i % d.Queues
		}
		for w := range d.From {
			d.From[w] = w
		}
	case Priority:
		d.Rank = ranks(e.Crew)
	case Split:
		if long := e.specialists(); len(long) > 0 {
			d.Queues = 2
			for i, t := range e.Tasks {
				if t.Work >= e.Long {
					d.Queue[i] = 1
				}
			}
			for _, w := range long {
				d.From[w] = 1
			}
		}
	}
	return d
}

// specialists are the workers that take long tasks and nothing else; none: there is nothing to divide.
func (e Experiment) specialists() []int {
	var long, all time.Duration
	short := false
	for _, t := range e.Tasks {
		all += t.Work
		if t.Work >= e.Long {
			long += t.Work
		} else {
			short = true
		}
	}
	if len(e.Crew) < 2 || long == 0 || !short {
		return nil
	}
	var speeds float64
	fastest := make([]int, len(e.Crew)) // of equals the last
	for w := range e.Crew {
		fastest[len(fastest)-1-w] = w
		speeds += e.Crew[w].Speed
	}
	slices.SortStableFunc(fastest, func(a, b int) int { return cmp.Compare(e.Crew[b].Speed, e.Crew[a].Speed) })
	n, want, speed := 1, speeds*float64(long)/float64(all), e.Crew[fastest[0]].Speed
	for n < len(fastest)-1 && speed+e.Crew[fastest[n]].Speed/2 <= want {
		speed += e.Crew[fastest[n]].Speed
		n++
	}
	return fastest[:n]
}

// ranks numbers the speeds of a crew from the slowest, 0; equal speeds share a number.
func ranks(crew []Worker) []int {
	speeds := make([]float64, len(crew))
	for w, worker := range crew {
		speeds[w] = worker.Speed
	}
	slices.Sort(speeds)
	speeds = slices.Compact(speeds)
	rank := make([]int, len(crew))
	for w, worker := range crew {
		rank[w], _ = slices.BinarySearch(speeds, worker.Speed)
	}
	return rank
}
