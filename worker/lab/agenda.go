package lab

import "time"

// event is something that will happen to a worker.
type event struct {
	at     time.Duration
	kind   kind
	worker int
}

// kind is what happens. Of what happens at one time, the lower goes first: a task that ends as its worker dies is done.
type kind uint8

const (
	end     kind = iota // of the task in hand
	arrival             // of the delivery that the worker waits for
	death
)

func (e event) before(o event) bool {
	switch {
	case e.at != o.at:
		return e.at < o.at
	case e.kind != o.kind:
		return e.kind < o.kind
	}
	return e.worker < o.worker
}

// agenda is a heap of events, the next one first.
type agenda []event

func (a *agenda) push(e event) {
	*a = append(*a, e)
	h := *a
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h[i].before(h[up]) {
			return
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
}

func (a *agenda) pop() event {
	h := *a
	first, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	*a = h
	for i := 0; ; {
		least := i
		for down := 2*i + 1; down <= 2*i+2 && down < last; down++ {
			if h[down].before(h[least]) {
				least = down
			}
		}
		if least == i {
			return first
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}
