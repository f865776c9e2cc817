package broker

import (
	"sync"
	"sync/atomic"
	"time"
)

// Outcome is what became of a published task, as far as it is known. It is never guessed.
type Outcome uint8

// The outcomes of a publish.
const (
	Confirmed Outcome = iota + 1 // the broker has stored it
	Returned                     // no queue took it; the broker has not stored it
	Rejected                     // the broker refused it (queue full, no such exchange, no right); it has not stored it
	Unknown                      // the link ended, or the wait did, before the confirm: it may or may not be stored
)

func (o Outcome) String() string {
	return [...]string{"", "confirmed", "returned", "rejected", "unknown"}[o]
}

// Receipt tells the outcome of one published task.
type Receipt struct {
	ID      string
	Outcome Outcome
	Why     string        // for a person; "" when confirmed
	Took    time.Duration // from the write to the outcome
}

// Published counts the outcomes of all publishes of a client: of new tasks, and of the copies that keep failed ones.
type Published struct{ Confirmed, Returned, Rejected, Unknown uint64 }

// outcomes counts them as they come, from the goroutines of many outlets.
type outcomes [Unknown + 1]atomic.Uint64

func (o *outcomes) count(r Receipt) { o[r.Outcome].Add(1) }

// Published returns the outcomes of all publishes so far. Those without one yet are not in it.
func (c *Client) Published() Published {
	o := &c.outcomes
	return Published{o[Confirmed].Load(), o[Returned].Load(), o[Rejected].Load(), o[Unknown].Load()}
}

// Tally counts the outcomes of a batch.
type Tally struct {
	Sent      uint64 // handed to the broker; Sent − (the four outcomes) are outstanding
	Confirmed uint64
	Returned  uint64
	Rejected  uint64
	Unknown   uint64
	Trouble   string // why the newest task that was not confirmed was not; "" while all were
	Waiting   string // why nothing is being sent just now ("the broker blocks publishers: low on memory"); "" while it flows
}

// Settled is the number of tasks whose outcome is known, Unknown included.
func (t Tally) Settled() uint64 { return t.Confirmed + t.Returned + t.Rejected + t.Unknown }

// Progress is the running tally of one batch. The zero value is ready; it may be read from any goroutine.
type Progress struct {
	mu     sync.Mutex
	tally  Tally
	closed bool // giveUp has counted what was outstanding
}

// Read returns the tally as it stands.
func (p *Progress) Read() Tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tally
}

func (p *Progress) sent() {
	p.mu.Lock()
	p.tally.Sent++
	p.mu.Unlock()
}

// unsent takes the newest sent back: nothing was written.
func (p *Progress) unsent() {
	p.mu.Lock()
	p.tally.Sent--
	p.mu.Unlock()
}

// giveUp counts what is still outstanding as Unknown; outcomes that come later are not counted any more.
func (p *Progress) giveUp(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if left := p.tally.Sent - p.tally.Settled(); left > 0 {
		p.tally.Unknown += left
		p.tally.Trouble = why
	}
	p.closed = true
}

func (p *Progress) waiting(why string) {
	p.mu.Lock()
	p.tally.Waiting = why
	p.mu.Unlock()
}

func (p *Progress) settled(r Receipt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	switch r.Outcome {
	case Confirmed:
		p.tally.Confirmed++
	case Returned:
		p.tally.Returned++
	case Rejected:
		p.tally.Rejected++
	default:
		p.tally.Unknown++
	}
	if r.Outcome != Confirmed {
		p.tally.Trouble = r.Why
	}
}

// Batch is a stream of tasks to publish.
type Batch struct {
	Next func() (Task, bool) // the next task; false: no more. Called from one goroutine
	Rate float64             // tasks a second; 0: as fast as the broker confirms
}
