package broker

import (
	"sync"
	"time"
)

// Deadlines of the management API. A slow one makes figures old, never the program slow.
const (
	apiTimeout     = 5 * time.Second  // of one request, where the API never was slow
	longestTimeout = 30 * time.Second // of one request where it was, and of a list
	slowFor        = 10 * time.Minute // how long it is taken for slow after it was
)

// deadline is how long answers of the management API are waited for: longer once they were slow, as those of a broker with very
// many queues are. The zero value is ready; its methods may be called from any goroutine.
type deadline struct {
	mu     sync.Mutex
	most   time.Duration
	slowAt time.Time // when an answer was slow last
}

// timeout is the deadline of the next request.
func (d *deadline) timeout(now time.Time) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.current(now)
}

func (d *deadline) current(now time.Time) time.Duration {
	if now.Sub(d.slowAt) > slowFor {
		return apiTimeout
	}
	return max(d.most, apiTimeout)
}

// learn takes in how long an answer took, or that it did not come within that time.
func (d *deadline) learn(now time.Time, took time.Duration, came bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := 3 * took
	if !came {
		next = 2 * d.current(now)
	}
	if next <= apiTimeout {
		return
	}
	d.most, d.slowAt = min(max(next, d.current(now)), longestTimeout), now
}
