package broker

import (
	"sync"
	"time"
)

// Letter is one message of a dead-letter queue.
type Letter struct {
	// Key tells it from the others of its queue, also in a later look: its message id and a hash of what it is. Two that are
	// the same in everything, such as a copy that was stored twice, share it.
	Key      string
	Task     Task      // whole
	Origin   string    // the queue it died in: HeaderOrigin, else the first one in x-death; "" where neither says
	Cause    string    // HeaderError, else the newest reason in x-death ("rejected", "expired", "maxlen", "delivery_limit"); "" unknown
	Tries    int       // that failed; 0: unknown
	FailedAt time.Time // zero: unknown
	Replayed int       // times that it was replayed before: above 0, it came back again
}

// LookCost says what it costs to look at the messages of a queue: a look is a delivery.
type LookCost struct {
	Queue string
	Depth int    // ready messages just now
	Type  string // "classic", "quorum", "stream"; "" unknown
	Limit int64  // returns after which the broker dead-letters or drops a message; 0: none
	Text  string // one sentence: what looking does to the messages of this queue on this broker
	Bar   string // why it is not done, one sentence; "" when it may be
	Kept  bool   // nothing is taken out of the queue either, to be replayed or discarded
}

// Letters is what one look found.
type Letters struct {
	Queue   string
	Letters []Letter // in the order of the queue, oldest first
	Depth   int      // ready messages when the look began; more than len(Letters) where the look was cut
	Cut     string   // why not all are here, one sentence; ""
	At      time.Time
}

// Replay says which dead letters go where, and how fast.
type Replay struct {
	Queue string             // the dead-letter queue
	Pick  func(*Letter) bool // called from one goroutine, once for each letter; nil: all
	To    string             // the queue they go to; "": each to its origin
	Rate  float64            // a second; 0: as fast as confirms allow
	Edit  func(Task) Task    // changes a copy before it is sent; nil: none
}

// ReplayTally is how far a replay or a discard is.
type ReplayTally struct {
	Looked  uint64 // letters seen
	Picked  uint64
	Done    uint64 // their copy was confirmed, and they are gone from the dead-letter queue; or discarded
	Doubled uint64 // their copy was confirmed, but they may still be there: the link ended between the two
	Failed  uint64 // they stay: no origin, returned, rejected, unknown
	Trouble string // why the newest of these failed; ""
	Waiting string // what is waited for now; ""
	Paused  bool
}

// ReplayProgress is read and paused while a replay runs. Its zero value is ready; its methods may be called from any
// goroutine and return at once.
type ReplayProgress struct {
	mu      sync.Mutex // guards what follows
	tally   ReplayTally
	resumed chan struct{} // closed by Resume; nil unless paused
	enough  bool
}

// Read returns how far it is.
func (p *ReplayProgress) Read() ReplayTally {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tally
}

// Pause lets no further letter be taken until Resume. What was sent before is still settled.
func (p *ReplayProgress) Pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.tally.Paused {
		p.tally.Paused, p.resumed = true, make(chan struct{})
	}
}

// Resume ends Pause.
func (p *ReplayProgress) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tally.Paused {
		p.tally.Paused = false
		close(p.resumed)
	}
}

// Enough ends the run in good order, as if no more letters were there: a Pick that has what it wanted calls it, so that the rest
// of a deep queue is not looked through. The letter that Pick has in hand is still served.
func (p *ReplayProgress) Enough() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.enough = true
}

func (p *ReplayProgress) hasEnough() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.enough
}

// paused returns a channel that Resume closes; nil when it is not paused.
func (p *ReplayProgress) paused() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.tally.Paused {
		return nil
	}
	return p.resumed
}

func (p *ReplayProgress) count(change func(*ReplayTally)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.tally)
}

func (p *ReplayProgress) waiting(why string) { p.count(func(t *ReplayTally) { t.Waiting = why }) }

// failed counts a letter that stays.
func (p *ReplayProgress) failed(why string) {
	p.count(func(t *ReplayTally) { t.Failed, t.Trouble = t.Failed+1, why })
}
