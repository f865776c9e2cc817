package ui

import (
	"time"

	"carousel/worker"
)

// paceWindow is what "now" means for rates and busy shares: long enough for a steady figure, short enough to follow.
const paceWindow = 10 * time.Second

const paceStep = 500 * time.Millisecond

// pace keeps the pool's running totals over the last seconds, to take rates from. Totals come from the workers' own
// figures, not from the journal, so they are right even when events were missed.
type pace struct {
	totals []total // oldest first, about paceWindow of them
}

type total struct {
	at       time.Time
	finished uint64
	busy     time.Duration
	up       time.Duration
}

// rates are the figures of the pool over paceWindow.
type rates struct {
	finish    float64 // tasks a second, all workers together
	each      float64 // tasks a second of one worker, its waits for the next one included
	busy      float64 // share of the workers' time spent in handlers
	known     bool    // false for the first seconds
	eachKnown bool    // false while nothing has finished
	settled   bool    // they are over long enough to be judged by
}

func (p *pace) record(now time.Time, workers []worker.WorkerStatus) {
	if n := len(p.totals); n > 0 && now.Sub(p.totals[n-1].at) < paceStep {
		return
	}
	sum := total{at: now}
	for i := range workers {
		w := &workers[i]
		sum.finished += w.Done + w.Failed
		sum.busy += w.BusyTime
		sum.up += w.UpTime
	}
	old := 0
	for old < len(p.totals)-1 && now.Sub(p.totals[old+1].at) >= paceWindow {
		old++
	}
	p.totals = append(p.totals[:0], p.totals[old:]...)
	p.totals = append(p.totals, sum)
}

func (p *pace) rates() rates {
	if len(p.totals) < 2 {
		return rates{}
	}
	a, b := p.totals[0], p.totals[len(p.totals)-1]
	elapsed := b.at.Sub(a.at)
	if elapsed < 2*time.Second || b.finished < a.finished {
		return rates{}
	}
	r := rates{finish: float64(b.finished-a.finished) / elapsed.Seconds(), known: true, settled: elapsed >= paceWindow-time.Second}
	if up := b.up - a.up; up > 0 {
		r.busy = min(1, max(0, float64(b.busy-a.busy)/float64(up)))
		r.each, r.eachKnown = float64(b.finished-a.finished)/up.Seconds(), b.finished > a.finished
	}
	return r
}
