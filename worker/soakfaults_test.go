package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"carousel/broker/brokertest"
)

// fault is one kind of trouble for a soak.
type fault struct {
	name    string
	subject subject
	takes   time.Duration // about how long it is until all is well again
	// draw decides the details and returns the fault itself, which blocks until it is over. It returns errNothingHit when
	// there was nothing to disturb.
	draw func(s *soak, r *rand.Rand) func() error
}

// subject is what a fault disturbs. Faults of several subjects overlap, those of one take turns: one node at a time is
// down, as a cluster of three can bear.
type subject uint8

const (
	onLink subject = iota
	onNode
	onPool
	subjects
)

var errNothingHit = errors.New("there was nothing to disturb")

// soakFaults begin with the worst: the first to strike, so that the shortest run has it.
var soakFaults = []fault{
	{"node killed", onNode, 6 * time.Second, killed},
	{"node stopped", onNode, 12 * time.Second, stopped},
	{"memory alarm", onNode, 2 * time.Second, alarmed},
	{"closed by the administrator", onNode, 0, closedByAdministrator},
	{"links reset", onLink, 0, reset},
	{"links frozen", onLink, 3 * time.Second, frozen},
	{"links delayed", onLink, 2 * time.Second, delayed},
	{"links slow", onLink, 2 * time.Second, slowed},
	{"worker crashed", onPool, 0, crashed},
	{"pool resized", onPool, 0, resized},
	{"pool paused", onPool, time.Second, paused},
	{"prefetch changed", onPool, 0, prefetched},
}

func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N(int64(high-low)))
}

func (s *soak) anyNode(r *rand.Rand) *brokertest.Node { return s.nodes[r.IntN(len(s.nodes))] }

func killed(s *soak, r *rand.Rand) func() error {
	node := s.anyNode(r)
	return func() error {
		node.Kill()
		return node.Restart()
	}
}

func stopped(s *soak, r *rand.Rand) func() error {
	node := s.anyNode(r)
	return func() error { return errors.Join(node.Stop(), node.Restart()) }
}

func alarmed(s *soak, r *rand.Rand) func() error {
	node := s.anyNode(r)
	return func() error {
		_, low := node.Ctl("set_vm_memory_high_watermark", "absolute", "1MB")
		s.pause(time.Second)
		_, high := node.Ctl("set_vm_memory_high_watermark", "absolute", "1GB")
		return errors.Join(low, high)
	}
}

// closedByAdministrator closes the connections that the management API lists, which learns of new ones after seconds.
func closedByAdministrator(s *soak, r *rand.Rand) func() error {
	management := s.anyNode(r).Management()
	return func() error {
		_, answer, err := management.Do(s.ctx, http.MethodGet, "/api/connections?columns=name", nil)
		var connections []struct{ Name string }
		if err != nil || json.Unmarshal(answer, &connections) != nil {
			return errNothingHit // the statistics are not there yet
		}
		hit := errNothingHit
		for _, c := range connections {
			path := "/api/connections/" + url.PathEscape(c.Name)
			if status, _, err := management.Do(s.ctx, http.MethodDelete, path, nil); err == nil && status < 300 {
				hit = nil
			}
		}
		return hit
	}
}

func reset(s *soak, _ *rand.Rand) func() error {
	return func() error {
		s.eachRelay((*brokertest.Relay).Reset)
		return nil
	}
}

// frozen is shorter or longer than the time in which a silent link is given up.
func frozen(s *soak, r *rand.Rand) func() error {
	last := between(r, 500*time.Millisecond, 4*time.Second)
	return func() error {
		s.eachRelay((*brokertest.Relay).Freeze)
		s.pause(last)
		s.eachRelay((*brokertest.Relay).Thaw)
		return nil
	}
}

func delayed(s *soak, r *rand.Rand) func() error {
	delay := between(r, 10*time.Millisecond, 300*time.Millisecond)
	return func() error {
		s.eachRelay(func(r *brokertest.Relay) { r.SetDelay(delay) })
		s.pause(2 * time.Second)
		s.eachRelay(func(r *brokertest.Relay) { r.SetDelay(0) })
		return nil
	}
}

func slowed(s *soak, r *rand.Rand) func() error {
	rate := 5_000 + r.IntN(100_000)
	return func() error {
		s.eachRelay(func(r *brokertest.Relay) { r.SetRate(rate) })
		s.pause(2 * time.Second)
		s.eachRelay(func(r *brokertest.Relay) { r.SetRate(0) })
		return nil
	}
}

// crashed crashes the first worker, from one drawn on, that has a channel.
func crashed(s *soak, r *rand.Rand) func() error {
	from := r.IntN(soakMost)
	return func() error {
		rows := s.pool.Workers(nil)
		for i := range rows {
			if s.pool.Crash(rows[(from+i)%len(rows)].ID) == nil {
				return nil
			}
		}
		return errNothingHit
	}
}

func resized(s *soak, r *rand.Rand) func() error {
	n := soakFewest + r.IntN(soakMost-soakFewest+1)
	return func() error { return s.pool.Resize(n) }
}

func paused(s *soak, r *rand.Rand) func() error {
	last := between(r, 100*time.Millisecond, time.Second)
	return func() error {
		s.pool.Pause()
		s.pause(last)
		s.pool.Resume()
		return nil
	}
}

func prefetched(s *soak, r *rand.Rand) func() error {
	n := 1 + r.IntN(8)
	return func() error { return s.pool.SetPrefetch(n) }
}

// disturb lets a fault strike about every so often until end, and returns when the last of them is over. Each kind strikes
// once before any strikes again, where there is room for it; the first one kills a node.
func (s *soak) disturb(r *rand.Rand, every time.Duration, end time.Time) {
	var busy [subjects]sync.Mutex
	var running sync.WaitGroup
	defer running.Wait()
	deck := append([]fault{soakFaults[0]}, shuffled(r, soakFaults[1:])...)
	for s.pause(every); time.Now().Before(end) && s.ctx.Err() == nil; s.pause(between(r, every/2, every*3/2)) {
		if len(deck) < len(soakFaults) {
			deck = append(deck, shuffled(r, soakFaults)...)
		}
		for i, f := range deck {
			if time.Now().Add(f.takes).After(end) || !busy[f.subject].TryLock() {
				continue
			}
			deck = slices.Delete(deck, i, i+1)
			strike := f.draw(s, r)
			running.Go(func() {
				defer busy[f.subject].Unlock()
				s.strike(f.name, strike)
			})
			break
		}
	}
}

func shuffled(r *rand.Rand, faults []fault) []fault {
	faults = slices.Clone(faults)
	r.Shuffle(len(faults), func(i, j int) { faults[i], faults[j] = faults[j], faults[i] })
	return faults
}

func (s *soak) strike(name string, do func() error) {
	begin := time.Since(s.began)
	err := do()
	switch {
	case errors.Is(err, errNothingHit):
	case err != nil:
		s.t.Errorf("%s: %v", name, err)
	default:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.done[name]++
		s.story = append(s.story, fmt.Sprintf("%5.1f s to %5.1f s: %s", begin.Seconds(), time.Since(s.began).Seconds(), name))
	}
}

// pause waits for d, or until the soak is given up.
func (s *soak) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.ctx.Done():
	}
}

func (s *soak) eachRelay(do func(*brokertest.Relay)) {
	for _, r := range s.relays {
		do(r)
	}
}
