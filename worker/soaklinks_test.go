package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"carousel/broker"
)

// linkWatch looks at the links of a soak, and at what only a person could mend: nothing that a fault does may need one.
type linkWatch struct {
	last    []broker.LinkState
	down    []time.Time // since when, of the links that are
	outages []time.Duration
	said    map[string]bool
}

// run looks until ctx ends.
func (w *linkWatch) run(ctx context.Context, s *soak) {
	const interval = 5 * time.Millisecond // far below the second that lies between two dials
	w.last, w.said = s.client.Links(), map[string]bool{}
	w.down = make([]time.Time, len(w.last))
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for ctx.Err() == nil {
		for i, now := range s.client.Links() {
			w.look(i, now)
			if now.Status == broker.LinkRefused {
				w.complain(s, fmt.Sprintf("the %s link was refused: %v", now.Role, now.Err))
				s.client.Reconnect()
			}
		}
		if status := s.pool.Status(); status.State == PoolHeld {
			w.complain(s, "the pool holds: "+status.Held)
			s.pool.Retry()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// look notes how long a link was down once it is up again. One that was back before we looked was down for less than an
// interval.
func (w *linkWatch) look(i int, now broker.LinkState) {
	before := w.last[i]
	w.last[i] = now
	switch {
	case now.Status != broker.LinkUp && before.Status == broker.LinkUp:
		w.down[i] = now.Since
	case now.Status == broker.LinkUp && !w.down[i].IsZero():
		w.outages = append(w.outages, now.Since.Sub(w.down[i]))
		w.down[i] = time.Time{}
	case now.Status == broker.LinkUp && now.Generation != before.Generation:
		w.outages = append(w.outages, 0)
	}
}

func (w *linkWatch) complain(s *soak, what string) {
	if !w.said[what] {
		w.said[what] = true
		s.t.Errorf("after %.1f s %s", time.Since(s.began).Seconds(), what)
	}
}

func (s *soak) outages() string {
	all := s.watch.outages
	if len(all) == 0 {
		return "no link was lost"
	}
	slices.Sort(all)
	round := func(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }
	return fmt.Sprintf("%d links lost, up again after %s in the median and %s at most",
		len(all), round(all[len(all)/2]), round(all[len(all)-1]))
}
