package ui

import "time"

// ticks is what a lane remembers of the deliveries to another program's consumer: how many there were in each cell of time, at each
// zoom. Its size is fixed, about 9 kB. When a task ended is not known, so that it has no length, and between two deliveries nothing
// was observed.
type ticks struct {
	strips [len(zooms)]struct {
		newest int64 // number of the newest slot
		slots  [slotCount]tick
	}
}

// tick is one slot.
type tick struct {
	n     uint8 // deliveries, at most mostTicks
	again bool  // one of them was a redelivery
}

const mostTicks = 255

// add notes a delivery. One from before the past that is remembered is left out.
func (t *ticks) add(at time.Time, again bool) {
	for i, length := range zooms {
		s := &t.strips[i]
		n := at.UnixNano() / int64(length)
		if n <= s.newest-slotCount {
			continue
		}
		if s.newest < n {
			for s.newest = max(s.newest, n-slotCount); s.newest < n; {
				s.newest++
				s.slots[uint64(s.newest)%slotCount] = tick{}
			}
		}
		c := &s.slots[uint64(n)%slotCount]
		c.n = min(c.n, mostTicks-1) + 1
		c.again = c.again || again
	}
}

// read is the slot of a number at a zoom.
func (t *ticks) read(zoom int, n int64) tick {
	s := &t.strips[zoom]
	if n > s.newest || n <= s.newest-slotCount {
		return tick{}
	}
	return s.slots[uint64(n)%slotCount]
}

// sign is how a slot is drawn: one delivery, a number of them, or that nothing was observed, which is never idle.
func (c tick) sign() rune {
	switch {
	case c.n == 0:
		return '╌'
	case c.again:
		return '↻'
	case c.n == 1:
		return '│'
	case c.n < 10:
		return '0' + rune(c.n)
	}
	return '+'
}
