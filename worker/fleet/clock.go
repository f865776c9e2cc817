package fleet

import "time"

// clock tells how far our clock is ahead of another machine's, from notices that say when they were sent: what passes between
// the two readings is the difference of the clocks and the time on the way. The least of a minute has been on the way for the
// shortest time, so it is the best estimate, and an event is never later than the notice that tells of it. This is the filter
// of NTP for one direction (RFC 5905, section 10).
type clock struct {
	now, before time.Duration // the least of this half of the window, and of the half before
	until       time.Time     // of this half
	known       bool
	old         bool // before is known
}

const clockHalf = 30 * time.Second

// note takes a reading in: sent by their clock, came by ours.
func (c *clock) note(sent, came time.Time) {
	d := came.Sub(sent)
	switch {
	case !c.known:
		c.now, c.until, c.known = d, came.Add(clockHalf), true
	case came.After(c.until):
		c.before, c.old = c.now, true
		c.now, c.until = d, came.Add(clockHalf)
	default:
		c.now = min(c.now, d)
	}
}

// ahead is how far our clock is ahead of theirs; negative when it is behind.
func (c *clock) ahead() time.Duration {
	if c.old {
		return min(c.now, c.before)
	}
	return c.now
}
