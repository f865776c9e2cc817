package lab

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"carousel/worker"
)

// book is what is known of a run from its pool's journal.
type book struct {
	e       Experiment
	start   time.Time
	stints  []Stint
	open    []int  // by worker: the stint under way, as an index; -1: none
	busy    int    // workers with one
	done    []bool // by task
	waiting []int  // by queue: tasks that are not done
	alive   []int  // by queue: workers that have not died
	deal    Deal
}

func newBook(e Experiment, deal Deal) book {
	b := book{e: e, deal: deal, stints: make([]Stint, 0, len(e.Tasks)), open: make([]int, len(e.Crew)), done: make([]bool, len(e.Tasks)),
		waiting: make([]int, deal.Queues), alive: make([]int, deal.Queues)}
	for _, q := range deal.Queue {
		b.waiting[q]++
	}
	for w, q := range deal.From {
		b.alive[q]++
		b.open[w] = -1
	}
	return b
}

// enter takes in one event. Its error ends the run.
func (b *book) enter(e *worker.Event) error {
	w := e.Worker - 1
	switch {
	case e.Kind == worker.WorkerCrashed:
		b.alive[b.deal.From[w]]--
	case e.Kind == worker.WorkerLost:
		return errors.New(e.Err)
	case e.Kind == worker.TaskStarted:
		task, ok := b.e.numberOf(e.Task.ID)
		if !ok {
			return errors.New("a message that is not the lab's came to its queue")
		}
		b.open[w] = len(b.stints)
		b.busy++
		b.stints = append(b.stints, Stint{Task: task, Worker: w, Begin: e.At.Sub(b.start), Redelivered: e.Task.Redelivered})
	case e.Kind.Ended() && b.open[w] >= 0:
		s := &b.stints[b.open[w]]
		b.open[w] = -1
		b.busy--
		s.End = s.Begin + e.Run
		if s.Lost = e.Kind != worker.TaskDone; !s.Lost && !b.done[s.Task] {
			b.done[s.Task] = true
			b.waiting[b.deal.Queue[s.Task]]--
		}
	}
	return nil
}

// over reports whether every task is done that can be.
func (b *book) over() bool {
	for q, n := range b.waiting {
		if n > 0 && b.alive[q] > 0 {
			return false
		}
	}
	return true
}

// left is how many tasks are not done.
func (b *book) left() (n int) {
	for _, waiting := range b.waiting {
		n += waiting
	}
	return n
}

// stranded is how many tasks nobody can take any more.
func (b *book) stranded() (n int) {
	for q, waiting := range b.waiting {
		if b.alive[q] == 0 {
			n += waiting
		}
	}
	return n
}

// sofar is the run at the given moment.
func (b *book) sofar(queued []time.Duration, now time.Time) Run {
	r := b.run(queued, slices.Clone(b.stints))
	r.Now = now.Sub(b.start)
	return r
}

// final is the run without the stints that its end has cut.
func (b *book) final(queued []time.Duration) Run {
	return b.run(queued, slices.DeleteFunc(b.stints, func(s Stint) bool { return s.End == 0 }))
}

func (b *book) run(queued []time.Duration, stints []Stint) Run {
	slices.SortStableFunc(stints, func(x, y Stint) int { return cmp.Compare(x.Begin, y.Begin) })
	return Run{Experiment: b.e, Queued: queued, Stints: stints, Stranded: b.stranded()}
}
