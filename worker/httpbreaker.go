package worker

import (
	"sync"
	"time"
)

// breaker decides when the pool should rest, from how tries end. One that the endpoint alone is to blame for is enough; of those
// that the task may be to blame for, it takes many in a row.
type breaker struct {
	most time.Duration // the longest rest; 0: the pool never rests

	mu    sync.Mutex
	row   int       // failed tries since the last that was done, or was refused for itself
	rests int       // in this row
	until time.Time // the last rest's end
	off   bool      // the last failure was of the connection
}

const (
	breakerRow  = 10
	breakerBase = time.Second // the first rest, doubled with each further one
)

// ended takes in how a try ended, and returns how long the pool should rest; 0: it should not. Tries that end during a rest belong
// to what caused it.
func (b *breaker) ended(v verdict, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch v.means {
	case taskDone, taskRefused:
		b.row, b.rests = 0, 0
		return 0
	case configWrong:
		return 0
	}
	if b.off && v.means != endpointOff {
		b.rests = 0 // it is coming back
	}
	b.off = v.means == endpointOff
	b.row++
	switch {
	case b.most == 0, v.means == taskFailed && b.row < breakerRow:
		return 0
	case now.Before(b.until):
		return b.until.Sub(now)
	}
	rest := min(breakerBase<<min(b.rests, 20), b.most)
	b.rests++
	rest = max(rest, min(v.after, b.most))
	b.until = now.Add(rest)
	return rest
}
