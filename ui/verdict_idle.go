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
		if !s.retriesOnly() {
			return verdict{}, false
		}
		n, next := int(max(1, s.queue.Retrying.Value)), ""
		if in := s.retryIn(); in != "" {
			next = ", the next" + in
		}
		if hand := s.pool.InHand; hand > 0 {
			return verdict{levelNote, "retrying", fmt.Sprintf("Nothing but retries: %s in hand, %s to be tried again%s.",
				count(int64(hand)), count(s.queue.Retrying.Value), next)}, true
		}
		return verdict{levelNote, "retrying", "Only retries: " + plural(n, "failed task") + " will be tried again" + next + "."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("0 tasks wait, %s in hand, all of these for another try, and %s in the retry queues.", areIn(s.pool.InHand),
				plural(int(s.queue.Retrying.Value), "failed task")),
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
		if !s.resting() || s.retriesOnly() {
			return verdict{}, false
		}
		text := "Idle: the queue is empty" + s.watchers() + "."
		switch dead := s.queue.Dead.Value; {
		case dead > 0:
			return verdict{levelNote, "idle", text + " " + waitDead(dead) + " (3)."}, true
		case s.sandbox && !s.taped:
			text += " t sends test tasks."
		}
		return verdict{levelCalm, "idle", text}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: "0 tasks wait, and 0 are unacknowledged as of the newest look, " + s.ago(s.queue.Ready.At) + " ago.",
			how:  "The broker says so itself; both figures must be 0, since a task in a consumer's hand is not waiting any more.",
			todo: s.idleAdvice(),
		}
	},
	needs: noReady,
}

func (s *scene) idleAdvice() string {
	if dead := s.queue.Dead.Value; dead > 0 {
		return waitDead(dead) + " for a decision: 3 shows why they failed, replays and discards them."
	}
	return "e enqueues tasks of your own."
}

// waitDead says how many dead letters there are.
func waitDead(n int64) string {
	if n == 1 {
		return "1 dead letter waits"
	}
	return count(n) + " dead letters wait"
}

func areIn(n int) string {
	if n == 1 {
		return "1 is"
	}
	return count(int64(n)) + " are"
}

// restAfter is how long nothing must have waited nor been in hand for the queue to be called idle again: between two tasks
// of a trickle it is not.
const restAfter = 2 * time.Second

// resting reports that the queue is empty, and not only between two tasks.
func (s *scene) resting() bool { return s.empty() && s.now.Sub(s.symptoms.worked) >= restAfter }

// retriesOnly reports whether all that there is are failed tasks: they wait for their next try, or are in hand for it.
func (s *scene) retriesOnly() bool {
	waits := s.queue.Retrying.Value > 0 || s.symptoms.retryDue.After(s.now)
	if !s.queue.Ready.Known() || s.queue.Ready.Value > 0 || s.pool.InHand == 0 && (!waits || !s.resting()) {
		return false
	}
	inHand := 0
	for i := range s.workers {
		if w := &s.workers[i]; w.HasTask && w.Task.Attempt > 1 {
			inHand++
		}
	}
	return inHand == s.pool.InHand
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
