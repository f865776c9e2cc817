// Package lab runs ways of sharing tasks among workers side by side on one workload, so that a person sees why fair
// dispatch matters and what their own queue should use. Each way is predicted by a discrete-event model and measured on a
// broker; both give a Run, and Figures are read from either in the same way.
package lab

import "time"

// Task is one task of a workload.
type Task struct {
	At   time.Duration // when it is enqueued, from the start of the run
	Work time.Duration // how long a worker of speed 1 takes over it
}

// Worker is one of those who share the tasks.
type Worker struct {
	Speed float64       // work done a second; 1 is normal, a worker of 0.25 takes four times as long
	Dies  time.Duration // when its channel closes with all that it holds unacknowledged, from the start; 0: never
}

// Way is how tasks reach workers.
type Way uint8

// The ways of sharing.
const (
	Shared   Way = iota // one queue, which all workers consume from
	Static              // a queue a worker; the publisher deals the tasks out in turn
	Priority            // one queue; faster workers have a higher consumer priority
	Split               // long tasks in a queue of their own, with workers of their own
)

// Strategy is a way of sharing with its prefetch.
type Strategy struct {
	Name     string // as on a command line: "prefetch-1", "static", "priority", "split"
	Way      Way
	Prefetch int // deliveries that a worker may hold unacknowledged; 0: any number
}

// Experiment is one strategy on one workload with one crew.
type Experiment struct {
	Strategy Strategy
	Tasks    []Task // by At
	Crew     []Worker
	Long     time.Duration // Split: tasks of at least so much work are long
}

// Stint is one task in one worker's hands.
type Stint struct {
	Task, Worker int           // indexes into the Experiment's
	Begin, End   time.Duration // of the handler, from the start of the run; an End of 0: under way
	Redelivered  bool          // another worker had it, or held it, before
	Lost         bool          // the worker died before it was acknowledged: the task runs again elsewhere
}

// Run is what happened, or what the model says will happen.
type Run struct {
	Experiment Experiment
	Queued     []time.Duration // when each task was really enqueued; the model's are Task.At
	Stints     []Stint         // by Begin
	Stranded   int             // tasks that nobody could take any more: their queue's only worker died
	Now        time.Duration   // how far it has come, while it is being measured; 0: it has ended
}
