package ui

import (
	"fmt"
	"math"
	"strings"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// The rules of a queue that nothing hinders, by how arrivals and service compare.

// backlogPerWorker is how many tasks may wait for each worker while the pool still keeps up with its queue.
const backlogPerWorker = 10

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
		text := "Only retries: " + plural(int(s.queue.Retrying.Value), "failed task") + " will be tried again"
		if in := s.retryIn(); in != "" {
			text += ", the next" + in
		}
		return verdict{levelNote, "retrying", text + "."}, true
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

var watchingRule = rule{
	name: "watching", asks: "where the depth goes is not known yet",
	ask: func(s *scene) (verdict, bool) {
		if !(s.queue.Ready.Value > 0 && !s.trending) {
			return verdict{}, false
		}
		return verdict{levelNote, "watching", sentence(s.waiting()) + " Where that goes shows in a few seconds."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: sentence(s.waiting()),
			how: "The trend is the slope of a line through a sample a second (least squares); it takes samples over 5 s, counted from the " +
				"last change of the pool.",
			todo: "Wait a few seconds.",
		}
	},
	needs: noReady,
}

var drainingRule = rule{
	name: "draining", asks: "more tasks are finished than arrive",
	ask: func(s *scene) (verdict, bool) {
		if !s.shrinks() {
			return verdict{}, false
		}
		return verdict{levelCalm, "draining", fmt.Sprintf("Draining: %s left, empty in %s at this rate.",
			count(s.queue.Ready.Value), span(drainTime(s.queue.Ready.Value, s.trend)))}, true
	},
	why: func(s *scene) reading {
		left := s.queue.Ready.Value
		return reading{
			seen: fmt.Sprintf("%s, %s fewer each second%s.", upperFirst(s.waiting()), rate(-s.trend), s.throughput()),
			how: fmt.Sprintf("Time to empty = depth ÷ slope = %s ÷ %s = %s, the slope being that of the depth over the last half minute.",
				count(left), rate(-s.trend), span(drainTime(left, s.trend))),
			todo: s.faster("Nothing has to be done"),
		}
	},
	needs: noReady,
}

// shrinks reports whether the queue gets shorter by more than its usual swing.
func (s *scene) shrinks() bool {
	return s.queue.Ready.Value > 0 && s.trending && s.trend < -flat(s.queue.Ready.Value)
}

var holdingRule = rule{
	name: "holding", asks: "many wait, and as many arrive as are finished",
	ask: func(s *scene) (verdict, bool) {
		if !(s.queue.Ready.Value > s.smallBacklog() && s.trending && !s.grows() && !s.shrinks()) {
			return verdict{}, false
		}
		return verdict{levelCalm, "holding", "Holding: " + s.waiting() + ", and as many arrive as are finished" + s.throughput() + "."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("%s, and that changes by %s at most%s.", upperFirst(s.waiting()), rate(flat(s.queue.Ready.Value)), s.throughput()),
			how:  "The depth stands still where arrivals equal service. " + s.littlesLaw(),
			todo: s.faster("The backlog does not go away by itself"),
		}
	},
	needs: noReady,
}

var keepingUpRule = rule{
	name: "keeping up", asks: "tasks are taken about as they come",
	ask: func(s *scene) (verdict, bool) {
		few := s.queue.Ready.Known() && s.queue.Ready.Value <= s.smallBacklog() && !s.empty()
		if !(few && !s.grows() && !s.shrinks()) {
			return verdict{}, false
		}
		return verdict{levelCalm, "keeping up", "Keeping up" + s.throughput() + "."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("%s, which is not more than %d for each worker%s.", upperFirst(s.waiting()), backlogPerWorker, s.throughput()),
			how:  "The depth does not grow by more than its swing of " + rate(flat(s.queue.Ready.Value)) + ". " + s.littlesLaw(),
			todo: "Nothing has to be done.",
		}
	},
	needs: noReady,
}

func (s *scene) smallBacklog() int64 { return int64(backlogPerWorker * max(1, s.pool.Size)) }

// littlesLaw tells how long a task that comes now waits.
func (s *scene) littlesLaw() string {
	out := s.rates.finish
	if !s.hasPool || !s.rates.known || s.others() {
		if !fresh(s.queue.Out, s.now) {
			return "How long a task waits is not known without the rate of acknowledgements."
		}
		out = s.queue.Out.Value
	}
	if out <= 0 {
		return "Nothing was finished in the last seconds, so how long a task waits is not known."
	}
	wait := time.Duration(float64(s.queue.Ready.Value) / out * float64(time.Second)).Round(time.Millisecond)
	return fmt.Sprintf("By Little's law a task that comes now waits depth ÷ rate = %s ÷ %s = %s.", count(s.queue.Ready.Value), rate(out), span(wait))
}

func (s *scene) waiting() string {
	if !s.queue.Ready.Known() {
		return "how many wait is not known"
	}
	if s.queue.Ready.Value == 1 {
		return "1 task waits"
	}
	return plural(int(s.queue.Ready.Value), "task") + " wait"
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

func (s *scene) throughput() string {
	if !s.hasPool || !s.rates.known {
		return ""
	}
	are := "are"
	if s.pool.Size == 1 {
		are = "is"
	}
	return fmt.Sprintf(": %s %s and %s %s busy", s.finishing(), rate(s.rates.finish), are,
		string(appendShare(nil, s.rates.busy)))
}

func (s *scene) finishing() string {
	if s.pool.Size == 1 {
		return "1 worker finishes"
	}
	return plural(s.pool.Size, "worker") + " finish"
}

// others reports whether other programs consume from the queue too, so that the pool's rate is not the whole of it.
func (s *scene) others() bool {
	return s.queue.Consumers.Known() && s.queue.Consumers.Value > int64(s.pool.Size)
}

// aside is what is wrong beside the verdict: a source of figures that fails, failed tasks that nobody keeps, events that
// the screen could not follow.
func (s *scene) aside() string {
	var parts []string
	for _, source := range []broker.Source{s.queue.Totals, s.queue.API} {
		if source.Err != nil && broker.KindOf(source.Err) != broker.QueueMissing { // that has a verdict of its own
			parts = append(parts, source.Err.Error())
			break
		}
	}
	if d := s.queue.DeadLetters; s.pool.Then == worker.ThenReject && d.Known() && !d.Value {
		parts = append(parts, "a task that fails for good is dropped: it is rejected, and the queue has no dead-letter exchange")
	}
	if s.past.missed > 0 {
		parts = append(parts, plural(int(s.past.missed), "event")+" not seen")
	}
	return strings.Join(parts, " · ")
}

// upperFirst begins a text of the console's own with a capital.
func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// seconds is a number of seconds as a duration, at most three years.
func seconds(x float64) time.Duration {
	return time.Duration(math.Min(x, 1e8) * float64(time.Second))
}
