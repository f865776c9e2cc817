package ui

import (
	"slices"
	"sort"
	"time"

	"carousel/worker"
)

// Bounds of what the console remembers of the journal.
const (
	logSize  = 2000 // events of the Tasks pane
	ringSize = 256  // dispatches of the ring line
)

// history is what the screen keeps of the journal's events. Its memory is bounded whatever arrives.
type history struct {
	lanes  map[int]*lane
	log    []worker.Event // ring of logSize: ended tasks, and what happened to workers and the pool
	logged int            // events ever logged
	ring   []dispatch     // ring of ringSize
	turns  int            // dispatches ever seen
	missed uint64         // events that were overwritten before the screen read them
	seen   time.Time      // until when events were read
}

// dispatch is one task given to one worker.
type dispatch struct {
	worker int
	at     time.Time
}

func newHistory() *history { return &history{lanes: map[int]*lane{}} }

// apply takes a sample's events in, oldest first. A clock that was set back would leave the lanes in the future: they begin
// anew.
func (h *history) apply(now time.Time, events []worker.Event, missed uint64) {
	if now.Before(h.seen.Add(-time.Second)) {
		for id := range h.lanes {
			h.lanes[id] = newLane(now)
		}
	}
	if missed > 0 {
		h.missed += missed
		for _, l := range h.lanes {
			l.unseen(h.seen, now)
		}
	}
	for i := range events {
		h.event(&events[i])
	}
	h.seen = now
}

func (h *history) event(e *worker.Event) {
	switch {
	case e.Kind == worker.TaskStarted:
		h.lane(e.Worker, e.At).begin(e)
		if !isFar(e.Worker) { // of those, the order in which they came is not known
			h.turn(dispatch{e.Worker, e.At})
		}
	case e.Kind.Ended():
		h.lane(e.Worker, e.At).end(e, blockRoom(len(h.lanes)))
		h.record(e)
	default:
		h.record(e)
	}
}

func markOf(k worker.EventKind) mark {
	switch k {
	case worker.TaskDone:
		return markDone
	case worker.TaskRetried, worker.TaskReturned:
		return markRetried
	case worker.TaskFailed:
		return markFailed
	}
	return markUnsettled
}

func (h *history) lane(id int, at time.Time) *lane {
	l := h.lanes[id]
	if l == nil {
		l = newLane(at)
		h.lanes[id] = l
	}
	return l
}

// keep makes a lane for every worker there is, and forgets those of workers that are shown no more.
func (h *history) keep(now time.Time, workers []worker.WorkerStatus) {
	for i := range workers {
		h.lane(workers[i].ID, now)
	}
	if len(h.lanes) <= len(workers) {
		return
	}
	alive := make(map[int]bool, len(workers))
	for i := range workers {
		alive[workers[i].ID] = true
	}
	for id := range h.lanes {
		if !alive[id] {
			delete(h.lanes, id)
		}
	}
}

// clone is a copy that does not change with h.
func (h *history) clone() *history {
	c := *h
	c.lanes, c.ring, c.log = make(map[int]*lane, len(h.lanes)), slices.Clone(h.ring), slices.Clone(h.log)
	for id, l := range h.lanes {
		copied := *l
		copied.blocks = l.blocks.clone()
		c.lanes[id] = &copied
	}
	return &c
}

func (h *history) turn(d dispatch) {
	if len(h.ring) < ringSize {
		h.ring = append(h.ring, d)
	} else {
		h.ring[h.turns%ringSize] = d
	}
	h.turns++
}

// dispatched is the dispatch that is back before the newest; back is less than len(h.ring).
func (h *history) dispatched(back int) dispatch { return h.ring[(h.turns-1-back)%ringSize] }

func (h *history) record(e *worker.Event) {
	if len(h.log) < logSize {
		h.log = append(h.log, *e)
	} else {
		h.log[h.logged%logSize] = *e
	}
	h.logged++
}

// logEntry is the event that is back before the newest; back is less than len(h.log).
func (h *history) logEntry(back int) *worker.Event { return &h.log[(h.logged-1-back)%logSize] }

// logWith is the event with a sequence number, nil when the log does not hold it.
func (h *history) logWith(seq uint64) *worker.Event {
	back := sort.Search(len(h.log), func(back int) bool { return h.logEntry(back).Seq <= seq })
	if back == len(h.log) || h.logEntry(back).Seq != seq {
		return nil
	}
	return h.logEntry(back)
}
