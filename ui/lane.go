package ui

import "time"

// mark is what a stretch of a lane shows. Where several fall into one place the greater one wins: trouble is seen.
type mark uint8

const (
	markIdle mark = iota
	markWaiting
	markUnseen // nobody looked: the worker was not known yet, or events were overwritten before they were read
	markDone
	markRunning
	markRetried
	markUnsettled
	markFailed
)

// zooms are the stretches of time that one cell of a lane can show. Each can be cut into eighths without a rest.
var zooms = [...]time.Duration{
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second,
	5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute,
}

// slotCount bounds the past that a lane remembers at each zoom: this many cells. It is a power of two, so that the ring is
// whole for any number of a slot.
const slotCount = 512

// slot sums up one cell's stretch of one worker's time.
type slot struct {
	under mark  // what is there beside tasks: idle, waiting or unseen
	mark  mark  // the gravest of the tasks; markIdle without one
	busy  uint8 // covered by tasks, of 255
	ends  uint8 // tasks that ended in it
	bad   uint8 // and not well
}

// unknown reports that nobody saw what the worker did.
func (s *slot) unknown() bool { return s.under == markUnseen && s.mark == markIdle }

// strip is a lane at one zoom: a ring of slots, addressed by time divided by the slot's length.
type strip struct {
	length time.Duration // of a slot
	newest int64         // number of the newest slot that was written
	spare  slot          // takes what is written to slots that are too old to be kept
	slots  [slotCount]slot
}

// lane is the past of one worker. Its size is bounded: the strips are fixed, about 23 kB, and the blocks are as many as
// history allows.
type lane struct {
	since   time.Time // first seen
	ended   time.Time // when the newest task ended; its wait is not drawn over what came before
	started time.Time // when the newest task began
	task    string    // its id
	blocks  blocks
	strips  [len(zooms)]strip
}

func newLane(since time.Time) *lane {
	l := &lane{since: since}
	for i := range l.strips {
		l.strips[i].length = zooms[i]
		l.strips[i].newest = l.strips[i].number(since)
	}
	return l
}

// inHand reports whether the newest task has not ended, as far as the events go.
func (l *lane) inHand() bool { return !l.started.IsZero() && l.ended.Before(l.started) }

// sum adds an ended task to the strips.
func (l *lane) sum(start, end time.Time, m mark) {
	from, to := start.UnixNano(), end.UnixNano()
	for i := range l.strips {
		s := &l.strips[i]
		last := s.reach(s.stretch(from, to, m))
		last.ends = min(last.ends, 254) + 1
		if m > markRunning {
			last.bad = min(last.bad, 254) + 1
		}
	}
}

// waiting draws the part of a task's wait in the queue during which this worker had nothing to do.
func (l *lane) waiting(from, to time.Time) {
	if from.Before(l.ended) {
		from = l.ended
	}
	l.stretch(from, to, markWaiting)
}

// unseen draws a stretch that nobody observed. How the task in hand went on is not known either, unless its end is read yet.
func (l *lane) unseen(from, to time.Time) {
	if l.inHand() && l.started.Before(from) {
		from = l.started
	}
	l.started = time.Time{}
	l.stretch(from, to, markUnseen)
}

// stretch marks a stretch of time at every zoom.
func (l *lane) stretch(from, to time.Time, m mark) {
	if !from.Before(to) {
		return
	}
	start, end := from.UnixNano(), to.UnixNano()
	for i := range l.strips {
		l.strips[i].stretch(start, end, m)
	}
}

// stretch marks every slot from start to end, in nanoseconds since 1970, and adds up how much of each is covered by tasks. It returns
// the number of the last slot; end itself is the first moment after it. Most stretches are within one slot: there is one division.
func (s *strip) stretch(start, end int64, m mark) (last int64) {
	length := int64(s.length)
	first := start / length
	if last = first; end > (first+1)*length {
		last = (end - 1) / length
	}
	if start >= end {
		return last
	}
	for n := max(first, last-slotCount+1); n <= last; n++ {
		c := s.reach(n)
		if m < markDone {
			c.under = max(c.under, m)
			continue
		}
		c.mark = max(c.mark, m)
		covered := min((n+1)*length, end) - max(n*length, start)
		c.busy = uint8(min(255, int64(c.busy)+255*max(0, covered)/length))
	}
	return last
}

func (s *strip) number(t time.Time) int64 { return t.UnixNano() / int64(s.length) }

// at is the slot's place in the ring.
func (s *strip) at(n int64) *slot { return &s.slots[uint64(n)%slotCount] }

// reach returns slot n for writing, clearing what the ring held before.
func (s *strip) reach(n int64) *slot {
	if n <= s.newest-slotCount {
		return &s.spare
	}
	for s.newest < n {
		s.newest = max(s.newest, n-slotCount) + 1
		*s.at(s.newest) = slot{}
	}
	return s.at(n)
}

// read returns slot n as it is drawn; first is the slot in which the worker was first seen.
func (s *strip) read(n, first int64) slot {
	switch {
	case n < first || n <= s.newest-slotCount:
		return slot{under: markUnseen}
	case n > s.newest:
		return slot{}
	}
	return *s.at(n)
}

// busyWindow is what a worker's busy share is taken over.
const busyWindow = 10 * time.Second

// busy is the share of the ten seconds before now that the worker spent on tasks, of those that were observed; negative when none
// were. running is when the task in hand began, or zero.
func (l *lane) busy(now, running time.Time) float64 {
	s := &l.strips[2]
	from := now.Add(-busyWindow)
	if l.since.After(from) {
		from = l.since
	}
	all := now.Sub(from)
	if all <= 0 {
		return 0
	}
	if running.IsZero() || running.After(now) {
		running = now
	}
	sum := float64(min(now.Sub(running), all))
	for n, last := s.number(from), s.number(now); n <= last; n++ {
		c := s.read(n, n)
		if c.unknown() && n < s.number(running) {
			all -= s.length
		}
		sum += float64(c.busy) / 255 * float64(s.length)
	}
	if all <= 0 {
		return -1
	}
	return min(1, sum/float64(all))
}

// busyAt reports whether the worker had a task at a moment close to the newest.
func (l *lane) busyAt(t time.Time) bool {
	return l.started.Before(t) && (l.ended.Before(l.started) || l.ended.After(t))
}
