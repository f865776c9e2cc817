package broker

import (
	"context"
	"time"
)

// away is what is known of tasks between a retry queue and the work queue, where no count of ready messages finds them: the
// retry queue keeps a task whose wait is over until the work queue has confirmed it, usually within milliseconds, but for
// minutes after the work queue's node died (dead_letter_worker_publisher_confirm_timeout, 3 min).
type away struct {
	due    map[string]time.Time // by message id, for tasks that this client sent to wait: when they are back at the latest
	beyond time.Time            // the latest of those for which there was no room

	moving int // tasks on their way, as the management API counted them
	seen   time.Time
}

const (
	// maxAway bounds how many tasks are followed one by one.
	maxAway = 10_000
	// unseenFor is how long after its time a task that did not come to this client may be on its way. Then another program
	// has taken it, or the management API, which counts anew every five seconds, tells of it.
	unseenFor = 10 * time.Second
	// movingFor is how long a count of the management API is taken for true: until the next one, which a large broker is asked
	// for after longestPause.
	movingFor = longestPause + 30*time.Second
	// recountAfter is how old a count may be to say that nothing is on its way.
	recountAfter = unseenFor / 2
	// recountTime is how long a new count may take.
	recountTime = 10 * time.Second
)

// scheduled notes a task that is back in the work queue after wait.
func (s *sides) scheduled(id string, now time.Time, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	back := now.Add(wait)
	if len(s.away.due) < maxAway {
		s.away.due[id] = back
	} else if back.After(s.away.beyond) {
		s.away.beyond = back
	}
}

// back notes that a task came.
func (s *sides) back(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.away.due, id)
}

// schedule returns what is known of the tasks that are away: how many are on their way, and when those that this client sent
// are back.
func (s *sides) schedule(now time.Time) (w Waiting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.away.seen) < movingFor {
		w.Tasks = s.away.moving
	}
	w.until(s.away.beyond, now)
	for id, at := range s.away.due {
		if !w.until(at, now) {
			delete(s.away.due, id)
		} else if at.After(now) && (w.Next.IsZero() || at.Before(w.Next)) {
			w.Next = at
		}
	}
	return w
}

// until puts the end off to the time when a task that is due at the given one is surely back. It reports false when that has
// passed.
func (w *Waiting) until(due, now time.Time) bool {
	surely := due.Add(unseenFor)
	if !now.Before(surely) {
		return false
	}
	if surely.After(w.Until) {
		w.Until = surely
	}
	return true
}

// outdated reports whether the management API has counted, but so long ago that tasks may have gone on their way since.
func (s *sides) outdated(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.away.seen.IsZero() && now.Sub(s.away.seen) > recountAfter
}

// recount has the management API count what is on its way, where its last count is old. Without an answer that stays as it is.
func (c *Client) recount(ctx context.Context) {
	if !c.sides.outdated(time.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, recountTime)
	defer cancel()
	m, done := c.desk.open(ctx)
	defer done()
	found, err := m.totals(c.monitor.vhost(), c.cfg.Queue.Name)
	if err == nil || KindOf(err) == QueueMissing {
		c.sides.meet(found.retries, time.Now())
	}
}
