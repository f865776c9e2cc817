package ui

import (
	"fmt"
	"time"

	"carousel/worker"
)

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

// The bounds of tries that fail: enough of them, in the last seconds, to be worth a word, and the share of failures from which on
// it is one, and below which it is none any more.
const (
	fewestTries  = 10
	failingFor   = 30 * time.Second
	mostlyFail   = 0.5
	seldomFail   = 0.4
	failingCells = 60 // of the error, in a sentence
)

// fails reports whether most of the tries of the last seconds failed; before tells whether it was so at the look before.
func (s *scene) fails(before bool) bool {
	n, failed, bound := 0, 0, mostlyFail
	if before {
		bound = seldomFail
	}
	s.lastEnds(func(e *worker.Event) {
		if s.now.Sub(e.At) > failingFor {
			return
		}
		n++
		if e.Kind != worker.TaskDone {
			failed++
		}
	})
	return n >= fewestTries && float64(failed) >= bound*float64(n)
}

var failingRule = rule{
	name: "tries fail", asks: "most tries fail here",
	ask: func(s *scene) (verdict, bool) {
		if !s.hasPool || !s.symptoms.failing {
			return verdict{}, false
		}
		share, n := s.failing()
		text := fmt.Sprintf("Tries fail: %s of the last %s", string(appendShare(nil, share)), count(int64(n)))
		if why := s.commonest(); why != "" {
			text += ", most often with: " + clipTo(why, failingCells)
		}
		return verdict{levelWarn, "tries fail", sentence(text)}, true
	},
	why: func(s *scene) reading {
		share, n := s.failing()
		return reading{
			seen: fmt.Sprintf("Of the last %s tries %s failed, and %s; %s for another try.", count(int64(n)), string(appendShare(nil, share)),
				s.waiting(), waits(s.queue.Retrying.Value)),
			how: fmt.Sprintf("A failed try comes back until failure.attempts is used up, so at a share f of failures a task takes 1 ÷ (1 − f) "+
				"tries; it is told from %s on, over %s.", string(appendShare(nil, mostlyFail)), span(failingFor)),
			todo: "See what they fail with (2, then /state:failed), and mend that; space pauses the pool until it is mended.",
		}
	},
}
