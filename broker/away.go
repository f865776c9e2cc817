package broker

import "time"

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
	// movingFor is how long a count of the management API is taken for true.
	movingFor = 15 * time.Second
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
