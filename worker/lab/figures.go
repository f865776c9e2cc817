package lab

import (
	"math"
	"slices"
	"time"

	"carousel/worker"
)

// Figures sum up a Run.
type Figures struct {
	Tasks      int           // done
	Makespan   time.Duration // from the start until the last task was done
	Bound      time.Duration // no way of sharing could end sooner; see bound
	WaitP50    time.Duration // from enqueued to begun, of each task's last try
	WaitP95    time.Duration
	WaitP99    time.Duration
	WaitMax    time.Duration
	Busy       float64 // Jain's index on the workers' busy time
	Count      float64 // Jain's index on their counts of tasks
	Noise      float64 // what Count would be if tasks were dealt by pure chance
	Idle       float64 // share of the workers' time that was idle while a task waited somewhere, 0 to 1
	Throughput float64 // tasks a second over the makespan
	Again      int     // tries that ran again or were held by a worker that died
	Stranded   int
}

// Figures reads the figures from a run that has ended. Of the tasks only those that were done count, each with its last try. It takes
// some tenths of a second for 100 000 tasks.
func (r Run) Figures() Figures {
	f := Figures{Stranded: r.Stranded}
	var tasks []Task // that were done, as they came
	var waits []time.Duration
	for _, s := range r.Stints {
		if s.Redelivered {
			f.Again++
		}
		if s.Lost || s.End == 0 {
			continue
		}
		came := r.came(s.Task)
		tasks = append(tasks, Task{At: came, Work: r.Experiment.Tasks[s.Task].Work})
		waits = append(waits, max(0, s.Begin-came))
		f.Makespan = max(f.Makespan, s.End)
	}
	f.Tasks = len(tasks)
	f.Bound = bound(tasks, r.Experiment.Crew)
	slices.Sort(waits)
	f.WaitP50, f.WaitP95, f.WaitP99, f.WaitMax = rank(waits, 0.5), rank(waits, 0.95), rank(waits, 0.99), rank(waits, 1)
	even := worker.FairnessOf(r.shares(f.Makespan))
	f.Busy, f.Count, f.Noise = even.Busy, even.Count, even.Noise
	spent := r.spent(f.Makespan)
	if all := spent.busy + spent.idle + spent.starved; all > 0 {
		f.Idle = spent.idle.Seconds() / all.Seconds()
	}
	if f.Makespan > 0 {
		f.Throughput = float64(f.Tasks) / f.Makespan.Seconds()
	}
	return f
}

// came is when a task was enqueued.
func (r Run) came(task int) time.Duration {
	if task < len(r.Queued) {
		return r.Queued[task]
	}
	return r.Experiment.Tasks[task].At
}

// rank is the nearest-rank quantile of sorted durations; 0 of none.
func rank(sorted []time.Duration, share float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}

// shares is what fell on each worker until a time.
func (r Run) shares(until time.Duration) []worker.WorkerStatus {
	rows := make([]worker.WorkerStatus, len(r.Experiment.Crew))
	for i, w := range r.Experiment.Crew {
		rows[i].UpTime = w.lives(until)
	}
	for _, s := range r.Stints {
		if s.End == 0 {
			continue
		}
		row := &rows[s.Worker]
		row.BusyTime += s.End - s.Begin
		if s.Lost {
			row.Failed++
		} else {
			row.Done++
		}
	}
	return rows
}

// lives is how long the worker lives until a time.
func (w Worker) lives(until time.Duration) time.Duration {
	if w.Dies > 0 {
		return min(w.Dies, until)
	}
	return until
}
