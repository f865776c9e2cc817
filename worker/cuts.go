package worker

import "time"

// What tells a message that cannot be decoded from a passing fault. It goes back to the head of the queue and cuts the
// next connection that gets it, whichever worker's that is, so the pool counts the cuts and not each worker its own.
const (
	maxCuts  = 3           // the pool holds at the last of so many in a row
	oneCut   = time.Second // reports this close to a counted cut are of that one: each worker makes one
	cutsLast = time.Minute // one that comes later than this after the last begins a new row
)

// cuts counts the connections in a row that a message which cannot be decoded has cut.
//
// Time ends a row, not a finished task: the tasks ahead of the message, and those of other connections, go on being
// finished between its cuts.
type cuts struct {
	row  int
	last time.Time // the last one that was counted
}

// report takes in that a worker lost its channel that way, and reports whether the row is complete. Then a new one
// begins.
func (c *cuts) report(now time.Time) bool {
	since := now.Sub(c.last)
	if since < oneCut {
		return false
	}
	if since > cutsLast {
		c.row = 0
	}
	c.row, c.last = c.row+1, now
	if c.row < maxCuts {
		return false
	}
	c.row = 0
	return true
}

// poisoned takes the report of a worker in, and reports whether the pool should hold.
func (p *Pool) poisoned() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cuts.report(time.Now())
}
