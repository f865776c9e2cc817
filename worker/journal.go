package worker

import "sync"

// copyBatch is how many events a reader copies before it lets waiting recorders in: about 10 µs.
const copyBatch = 256

// Journal keeps the newest events in a fixed ring. Recording takes well under a microsecond, never waits for a reader
// and never grows; a reader pulls with a cursor and is told how much it missed.
type Journal struct {
	mu   sync.Mutex // guards what follows: workers and the pool's controls write, readers copy
	ring []Event    // the event with number seq is at (seq−1) % len
	last uint64     // number of the newest event; 0: none yet
}

// newJournal returns a journal that remembers the newest capacity events, at least one.
func newJournal(capacity int) *Journal {
	return &Journal{ring: make([]Event, max(1, capacity))}
}

// record numbers the event and stores it over the oldest. It may be called from any goroutine.
func (j *Journal) record(e *Event) {
	j.mu.Lock()
	slot := j.last % uint64(len(j.ring))
	j.last++
	e.Seq = j.last
	j.ring[slot] = *e
	j.mu.Unlock()
}

// Since appends to buf the events after cursor, oldest first, and returns them with the cursor to ask with next time
// and the number of events that were overwritten before they could be read. A cursor of 0 starts at the oldest kept. It
// may be called from any goroutine and does not block recording for longer than the copy takes. It always holds that
// next = cursor + missed + events appended; a cursor beyond the newest event is taken for the newest.
func (j *Journal) Since(cursor uint64, buf []Event) (events []Event, next uint64, missed uint64) {
	end := j.newest() // events recorded from here on are for the next call, so that a fast recorder cannot hold us
	next = min(cursor, end)
	for next < end {
		var skipped uint64
		buf, next, skipped = j.copy(next, end, buf)
		missed += skipped
	}
	return buf, next, missed
}

func (j *Journal) newest() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// copy appends at most copyBatch of the events after next up to end.
func (j *Journal) copy(next, end uint64, buf []Event) (events []Event, at uint64, skipped uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	size := uint64(len(j.ring))
	if j.last > size && next < j.last-size {
		oldest := min(j.last-size, end)
		skipped, next = oldest-next, oldest
	}
	for range min(copyBatch, end-next) {
		buf = append(buf, j.ring[next%size])
		next++
	}
	return buf, next, skipped
}
