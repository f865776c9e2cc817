package ui

import "carousel/worker"

// lastTries is over how many ended tries the share of failures is taken.
const lastTries = 200

// failing is the share of failed tries among the newest that are remembered, and how many these are.
func (s *scene) failing() (share float64, n int) {
	failed := 0
	s.lastEnds(func(e *worker.Event) {
		n++
		if e.Kind != worker.TaskDone {
			failed++
		}
	})
	if n == 0 {
		return 0, 0
	}
	return float64(failed) / float64(n), n
}

// commonest is the error that most of these failed with; "" where none has one.
func (s *scene) commonest() (most string) {
	times := map[string]int{}
	s.lastEnds(func(e *worker.Event) {
		if e.Err == "" {
			return
		}
		times[e.Err]++
		if times[e.Err] > times[most] {
			most = e.Err
		}
	})
	return most
}

// lastEnds visits the newest tries that ended by their own doing, newest first.
func (s *scene) lastEnds(visit func(*worker.Event)) {
	left := lastTries
	for back := 0; back < len(s.past.log) && left > 0; back++ {
		switch e := s.past.logEntry(back); e.Kind {
		case worker.TaskDone, worker.TaskRetried, worker.TaskFailed:
			visit(e)
			left--
		}
	}
}
