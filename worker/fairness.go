package worker

import "time"

// Jain is Jain's fairness index (Σx)²/(n·Σx²): 1 when all shares are equal, 1/n when one has everything (Jain, Chiu and
// Hawe, DEC-TR-301, 1984). No shares, or nothing but zeros, is 1: nobody got less than another.
func Jain(xs []float64) float64 {
	var most float64
	for _, x := range xs {
		most = max(most, x)
	}
	if most == 0 {
		return 1
	}
	var sum, squares float64
	for _, x := range xs {
		x /= most // the index does not change with the unit, and squares of nanoseconds would lose digits
		sum += x
		squares += x * x
	}
	return sum * sum / (float64(len(xs)) * squares)
}

// NoiseFloor is the Jain index to expect of n tasks dealt to m workers by pure chance, n/(n+m−1): with multinomial
// counts E[CV²] is about (m−1)/n, and Jain's index is 1/(1+CV²). An index above it is no sign of unfairness. Without
// tasks or workers it is 0: nothing can be said.
func NoiseFloor(tasks uint64, workers int) float64 {
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

// Fairness sums up how evenly work fell on a set of workers.
type Fairness struct {
	Workers int
	Tasks   uint64  // finished tries: done and failed
	Busy    float64 // Jain's index on busy time: the one to look at
	Count   float64 // Jain's index on finished tries; misleads where tasks differ much in length
	Noise   float64 // NoiseFloor of Tasks over Workers: what Count would be by chance
}

// FairnessOf sums up the given rows. The indexes assume that all worked the same stretch of time: leave out workers
// that came later or went earlier than the rest. Of no rows, or before any work, both indexes are 1 and Noise is 0.
func FairnessOf(rows []WorkerStatus) Fairness {
	f := Fairness{Workers: len(rows)}
	busy, count := make([]float64, len(rows)), make([]float64, len(rows))
	for i := range rows {
		tries := rows[i].Done + rows[i].Failed
		f.Tasks += tries
		busy[i], count[i] = rows[i].BusyTime.Seconds(), float64(tries)
	}
	f.Busy, f.Count, f.Noise = Jain(busy), Jain(count), NoiseFloor(f.Tasks, f.Workers)
	return f
}

// IdleBacklog gathers which share of the workers' time was idle although tasks were ready. The zero value is ready; it
// is used by one goroutine.
type IdleBacklog struct{ idle, all float64 } // worker-seconds while tasks were ready

// Observe adds a stretch of time during which idle of the workers had nothing to do and ready tasks waited in the
// queue. Stretches without backlog count neither way.
func (b *IdleBacklog) Observe(stretch time.Duration, idle, workers int, ready int64) {
	if ready <= 0 || stretch <= 0 {
		return
	}
	b.idle += stretch.Seconds() * float64(idle)
	b.all += stretch.Seconds() * float64(workers)
}

// Share is idle worker-time over all worker-time while tasks were ready, 0 to 1; known is false before any was seen.
func (b *IdleBacklog) Share() (share float64, known bool) {
	if b.all == 0 {
		return 0, false
	}
	return b.idle / b.all, true
}
