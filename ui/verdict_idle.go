package ui

import (
	"fmt"
	"time"

	"carousel/worker"
)

// The rules of a queue in which nothing is done: nobody takes tasks, or there is none to take.

var noConsumersRule = rule{
	name: "no consumers", asks: "tasks wait and nobody takes any",
	ask: func(s *scene) (verdict, bool) {
		if !(s.queue.Ready.Value > 0 && !s.hasPool && s.queue.Consumers.Known() && s.queue.Consumers.Value == 0) {
			return verdict{}, false
		}
		return verdict{levelWarn, "no consumers", "No consumers: " + s.waiting() + "."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("The broker counted 0 consumers %s ago, %s.", s.ago(s.queue.Consumers.At), s.waiting()),
			how:  "A passive declare answers with both figures; a queue hands a task to a consumer, or to nobody.",
			todo: "Start the program that works this queue, or carousel with --workers N.",
		}
	},
	needs: func(s *scene) string {
		if !s.queue.Consumers.Known() {
			return "how many consume"
		}
		return noReady(s)
	},
}

var retryingRule = rule{
	name: "only retries", asks: "nothing waits but failed tasks for their next try",
	ask: func(s *scene) (verdict, bool) {
		if !(s.empty() && s.queue.Retrying.Value > 0) {
			return verdict{}, false
		}
		n, next := plural(int(s.queue.Retrying.Value), "failed task"), ""
		if in := s.retryIn(); in != "" {
			next = ", the next" + in
		}
		return verdict{levelNote, "retrying", "The queue is empty, but " + n + " will be tried again" + next + "."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("0 tasks wait, 0 are in hand, and %s in the retry queues.", plural(int(s.queue.Retrying.Value), "failed task")),
			how: "A failed task waits in a queue <queue>.retry.<ms>, whose messages expire back into this one; the wait doubles with " +
				"each try up to failure.backoff_max.",
			todo: "Wait for them; to see why they failed look at the tasks (2).",
		}
	},
	needs: noReady,
}

var idleRule = rule{
	name: "idle", asks: "nothing waits and nothing is in hand",
	ask: func(s *scene) (verdict, bool) {
		if !(s.empty() && s.queue.Retrying.Value == 0) {
			return verdict{}, false
		}
		hint := ""
		if s.sandbox {
			hint = " t sends test tasks."
		}
		return verdict{levelCalm, "idle", "Idle: the queue is empty" + s.watchers() + "." + hint}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: "0 tasks wait, and 0 are unacknowledged as of the newest look, " + s.ago(s.queue.Ready.At) + " ago.",
			how:  "The broker says so itself; both figures must be 0, since a task in a consumer's hand is not waiting any more.",
			todo: "e enqueues tasks of your own.",
		}
	},
	needs: noReady,
}

// empty reports that nothing waits and nothing is in anybody's hand.
func (s *scene) empty() bool {
	return s.queue.Ready.Known() && s.queue.Ready.Value == 0 && s.pool.InHand == 0 && s.queue.Unacked.Value == 0
}

// stalledAfter is how long every worker must have been idle, with tasks waiting, to be called stalled. It is longer than a
// look at the queue may be old.
const stalledAfter = 3 * time.Second

var stalledRule = rule{
	name: "stalled", asks: "tasks wait, workers are free, and none is handed out",
	ask: func(s *scene) (verdict, bool) {
		if !s.stalled() {
			return verdict{}, false
		}
		return verdict{levelWarn, "stalled", fmt.Sprintf("Stalled: %s, and the broker hands none to %s.",
			s.waiting(), plural(s.pool.Size, "idle worker"))}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("%s, and each of the %s has idled for %s or longer.", upperFirst(s.waiting()),
				plural(s.pool.Size, "worker"), span(stalledAfter)),
			how: "An idle worker has its channel and room for " + plural(s.pool.Prefetch, "task") + ", so the broker could hand it one: it is " +
				"frozen or slow, or other consumers (" + s.consumersKnown() + " in all) have a higher priority or are the single active one.",
			todo: "See the queue's consumers (5) and the broker's log; x starts a worker's channel anew.",
		}
	},
	needs: noReadyHere,
}

// consumersKnown is how many consumers the broker counts.
func (s *scene) consumersKnown() string {
	if !s.queue.Consumers.Known() {
		return unknown
	}
	return count(s.queue.Consumers.Value)
}

// stalled reports whether tasks wait and workers are free, and yet nothing is handed out: the broker is frozen or slow, or
// other consumers are ahead in its line.
func (s *scene) stalled() bool {
	if !s.hasPool || s.pool.Size == 0 || s.queue.Ready.Value == 0 {
		return false
	}
	for i := range s.workers {
		w := &s.workers[i]
		if w.State != worker.StateGone && (w.State != worker.StateIdle || s.now.Sub(w.Since) < stalledAfter) {
			return false
		}
	}
	return true
}

func (s *scene) watchers() string {
	switch {
	case s.hasPool && s.pool.Size == 1:
		return " and the worker waits"
	case s.hasPool:
		return " and " + plural(s.pool.Size, "worker") + " wait"
	case s.queue.Consumers.Known():
		return ", " + plural(int(s.queue.Consumers.Value), "consumer") + " attached"
	}
	return ""
}
