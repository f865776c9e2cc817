package ui

import (
	"slices"
	"sort"
	"time"

	"carousel/worker"
)

// block is one try of a task as a lane draws it, with what it takes to name it.
type block struct {
	start, end int64         // nanoseconds since 1970; start is what a block is known by in its lane
	seq        uint64        // of the event that ended it; 0: it runs
	wait       time.Duration // -1: unknown
	id         string
	kind       worker.EventKind // TaskStarted: it runs
	try        uint8            // from 1
	again      bool             // redelivered
	odd        bool             // neighbours differ in it, and so in their tone
}

// blockOf is the block of a try that e began, or ended.
func blockOf(e *worker.Event, start, end time.Time) block {
	return block{
		start: start.UnixNano(), end: end.UnixNano(), seq: e.Seq, wait: e.Wait, id: e.Task.ID, kind: e.Kind,
		try: uint8(max(1, min(e.Task.Attempt, 255))), again: e.Task.Redelivered,
	}
}

// mark is what the block shows.
func (b *block) mark() mark {
	if b.kind == worker.TaskStarted {
		return markRunning
	}
	return markOf(b.kind)
}

// blocks are the last tries of one worker, oldest first; they do not overlap.
type blocks struct {
	ring   []block
	first  int   // index of the oldest
	n      int   // how many there are
	forgot int64 // end of the newest that had to make room
}

// Bounds of the blocks: a lane keeps blockCount, which is more than a screen is wide, and all lanes together about
// blockBudget, but never fewer than blockLeast each. A block takes 64 bytes and its task's id.
const (
	blockCount  = 256
	blockLeast  = 32
	blockBudget = 128 * blockCount
)

// blockRoom is how many blocks a lane may keep, of so many lanes.
func blockRoom(lanes int) int { return min(blockCount, max(blockLeast, blockBudget/max(1, lanes))) }

func (s *blocks) at(i int) *block { return &s.ring[(s.first+i)%len(s.ring)] }

// add appends a block and keeps at most room of them. One that begins before others, as after a clock was set back, takes their
// place; one that begins before the end of another cuts it short.
func (s *blocks) add(b block, room int) {
	for s.n > 0 && s.at(s.n-1).start >= b.start {
		s.n--
	}
	if s.n > 0 {
		before := s.at(s.n - 1)
		before.end = min(before.end, b.start)
		b.odd = !before.odd
	}
	for s.n >= room {
		s.forgot = s.at(0).end
		s.first = (s.first + 1) % len(s.ring)
		s.n--
	}
	if s.n == len(s.ring) {
		s.grow(room)
	}
	s.n++
	*s.at(s.n - 1) = b
}

func (s *blocks) grow(room int) {
	larger := make([]block, max(len(s.ring)+1, min(room, max(8, 2*len(s.ring)))))
	for i := range s.n {
		larger[i] = *s.at(i)
	}
	s.ring, s.first = larger, 0
}

// from is the index of the first block that ends after t.
func (s *blocks) from(t int64) int {
	return sort.Search(s.n, func(i int) bool { return s.at(i).end > t })
}

// known is the block that began at start, nil when there is none.
func (s *blocks) known(start int64) *block {
	i := sort.Search(s.n, func(i int) bool { return s.at(i).start >= start })
	if i < s.n && s.at(i).start == start {
		return s.at(i)
	}
	return nil
}

// clone is a copy that does not change with s.
func (s *blocks) clone() blocks {
	c := *s
	c.ring = slices.Clone(s.ring)
	return c
}

// begin notes a task that a handler got.
func (l *lane) begin(e *worker.Event) {
	if e.Wait > 0 {
		l.waiting(e.At.Add(-e.Wait), e.At)
	}
	l.started, l.task = e.At, e.Task.ID
}

// end draws the task that e ended; one that was handed back untried leaves no trace in the lane. The block begins where the
// handler got the task: between its end and the event the broker was told, which may take long.
func (l *lane) end(e *worker.Event, room int) {
	if e.Run > 0 {
		start := e.At.Add(-e.Run)
		if l.inHand() && l.task == e.Task.ID && l.started.Before(start) {
			start = l.started
		}
		end := start.Add(e.Run)
		l.sum(start, end, markOf(e.Kind))
		l.blocks.add(blockOf(e, start, end), room)
	}
	l.ended = e.At
}
