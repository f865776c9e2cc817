package lab

import "time"

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
