package worker

import "time"

// jain is Jain's fairness index (Jain, Chiu and Hawe, DEC-TR-301, 1984) of rates x/t, what each got in its time, where
// each counts for as much as its time: (Σx)²/(Σt·Σx²/t). With equal times that is the plain index (Σx)²/(n·Σx²): 1
// when all got the same, 1/n when one got everything. Who came late is not taken for one who got little, and hardly
// weighs at first. Those without time are left out; of none, or of nothing but zeros, the index is 1: nobody got less
// than another.
func jain(xs, ts []float64) float64 {
	var most, longest float64
	for i, x := range xs {
		most, longest = max(most, x), max(longest, ts[i])
	}
	if most == 0 {
		return 1
	}
	var sum, squares, times float64
	for i, x := range xs {
		if ts[i] <= 0 {
			continue
		}
		x, t := x/most, ts[i]/longest // the index does not change with the units, and large ones would lose digits
		sum, squares, times = sum+x, squares+x*x/t, times+t
	}
	if squares == 0 {
		return 1
	}
	return sum * sum / (times * squares)
}

// noiseFloor is the Jain index to expect of n tasks dealt to m workers by pure chance, n/(n+m−1): with multinomial
// counts, each worker's chance as its time, E[CV²] weighed by the times is (m−1)/n, and the index is 1/(1+CV²). An
// index above it is no sign of unfairness. Without tasks or workers it is 0: nothing can be said.
func noiseFloor(tasks uint64, workers int) float64 {
	if tasks == 0 || workers <= 0 {
		return 0
	}
	n := float64(tasks)
	return n / (n + float64(workers) - 1)
}

// MakespanBound is the least time in which m workers can finish tasks that take total together and longest at most:
// max(longest, total/m) (Graham, "Bounds on Multiprocessing Timing Anomalies", 1969). Greedy dispatch, which prefetch 1
// is, stays below (2 − 1/m) of it. Without workers it is 0.
func MakespanBound(total, longest time.Duration, m int) time.Duration {
	if m <= 0 {
		return 0
	}
	return max(longest, total/time.Duration(m))
}

// Fairness sums up how evenly work fell on a set of workers, over the whole time of each.
type Fairness struct {
	Workers int
	Tasks   uint64  // finished tries: done and failed
	Busy    float64 // Jain's index on busy time by UpTime: the one to look at
	Count   float64 // Jain's index on finished tries by UpTime; misleads where tasks differ much in length
	Noise   float64 // noiseFloor of Tasks over Workers: what Count would be by chance
}

// FairnessOf sums up the given rows. Each worker's share is of its own UpTime, so workers that came later, went earlier
// or were paused may be among them. Of no rows, or before any work, both indexes are 1 and Noise is 0.
func FairnessOf(rows []WorkerStatus) Fairness {
	f := Fairness{Workers: len(rows)}
	busy, count, up := make([]float64, len(rows)), make([]float64, len(rows)), make([]float64, len(rows))
	for i := range rows {
		tries := rows[i].Done + rows[i].Failed
		f.Tasks += tries
		busy[i], count[i], up[i] = rows[i].BusyTime.Seconds(), float64(tries), rows[i].UpTime.Seconds()
	}
	f.Busy, f.Count, f.Noise = jain(busy, up), jain(count, up), noiseFloor(f.Tasks, f.Workers)
	return f
}

// IdleBacklog gathers which share of the workers' time was idle although tasks were ready for them. The zero value is ready; it
// is used by one goroutine.
//
// Of a queue only counts at moments are known. What waited all the time between two of them is the lesser one at most: a task
// that came a moment before a count, such as one back from its retry queue, was taken a moment later, and is no backlog. Nor
// can more workers be idle for want of dispatch than tasks wait.
type IdleBacklog struct {
	idle, all float64 // worker-seconds while tasks were ready

	ready                  int64   // at the count before
	counted                bool    // there was one
	since, sinceIdle, both float64 // seconds, idle worker-seconds and worker-seconds since then
}

// farCounts is the time between two counts from which on nothing is said of what waited meanwhile, in seconds.
const farCounts = 15

// Observe adds a stretch of time during which idle of the workers had nothing to do.
func (b *IdleBacklog) Observe(stretch time.Duration, idle, workers int) {
	if seconds := stretch.Seconds(); seconds > 0 {
		b.since += seconds
		b.sinceIdle += seconds * float64(idle)
		b.both += seconds * float64(workers)
	}
}

// Counted ends the stretches since the count before: now ready tasks wait in the queue.
func (b *IdleBacklog) Counted(ready int64) {
	if waited := float64(min(b.ready, ready)); b.counted && waited > 0 && b.since < farCounts {
		b.idle += min(b.sinceIdle, waited*b.since)
		b.all += b.both
	}
	b.ready, b.counted = ready, true
	b.since, b.sinceIdle, b.both = 0, 0, 0
}

// Share is idle worker-time over all worker-time while tasks were ready, 0 to 1; known is false before any was seen.
func (b *IdleBacklog) Share() (share float64, known bool) {
	if b.all == 0 {
		return 0, false
	}
	return b.idle / b.all, true
}
