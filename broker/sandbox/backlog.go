package sandbox

import "time"

// entry is a message's place in one queue.
type entry struct {
	message     *message
	seq         uint64        // lower goes first
	expires     time.Duration // on the broker's clock; 0 never
	returns     uint32        // how often it was given back
	rank        uint8         // higher goes before all seq
	redelivered bool
}

// before is the order of a queue. A message that is given back keeps its place, so it needs nothing but this.
func (e *entry) before(other *entry) bool {
	if e.rank != other.rank {
		return e.rank > other.rank
	}
	return e.seq < other.seq
}

// backlog is a binary heap of the entries that are ready, and how large they are together.
type backlog struct {
	entries []*entry
	bytes   int64 // of bodies
}

func (h *backlog) len() int { return len(h.entries) }

// head is the entry that goes next, nil when there is none.
func (h *backlog) head() *entry {
	if len(h.entries) == 0 {
		return nil
	}
	return h.entries[0]
}

func (h *backlog) push(e *entry) {
	h.bytes += int64(len(e.message.body))
	h.entries = append(h.entries, e)
	at := len(h.entries) - 1
	for at > 0 {
		parent := (at - 1) / 2
		if !e.before(h.entries[parent]) {
			break
		}
		h.entries[at] = h.entries[parent]
		at = parent
	}
	h.entries[at] = e
}

// pop takes the head, which there must be.
func (h *backlog) pop() *entry {
	head := h.entries[0]
	h.bytes -= int64(len(head.message.body))
	last := len(h.entries) - 1
	moved := h.entries[last]
	h.entries[last] = nil
	h.entries = h.entries[:last]
	if last > 0 {
		h.sink(moved)
	}
	h.shrink()
	return head
}

// sink puts e where it belongs, from the top down.
func (h *backlog) sink(e *entry) {
	at := 0
	for {
		child := 2*at + 1
		if child >= len(h.entries) {
			break
		}
		if right := child + 1; right < len(h.entries) && h.entries[right].before(h.entries[child]) {
			child = right
		}
		if e.before(h.entries[child]) {
			break
		}
		h.entries[at] = h.entries[child]
		at = child
	}
	h.entries[at] = e
}

// shrink gives the room of a backlog that was long back.
func (h *backlog) shrink() {
	const small = 1024
	if cap(h.entries) > small && len(h.entries) < cap(h.entries)/4 {
		h.entries = append(make([]*entry, 0, cap(h.entries)/2), h.entries...)
	}
}
