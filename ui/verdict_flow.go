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

var watchingRule = rule{
	name: "watching", asks: "where the depth goes is not known yet",
	ask: func(s *scene) (verdict, bool) {
		if !(s.queue.Ready.Value > 0 && s.course == courseUnknown) {
			return verdict{}, false
		}
		if s.trending {
			return verdict{levelNote, "watching", fmt.Sprintf("%s, %s more. Whether that is a burst or lasts shows in a few seconds.",
				upperFirst(s.waiting()), rate(s.trend))}, true
		}
		return verdict{levelNote, "watching", sentence(s.waiting()) + " Where that goes shows in a few seconds."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: sentence(s.waiting()),
			how: fmt.Sprintf("The trend is the slope of a line through a sample a second (least squares), counted from the last change of the "+
				"pool; it takes samples over 5 s, and growth must go on in both halves of %s to be more than a burst.", span(burstWindow)),
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
	return s.queue.Ready.Value > 0 && s.course == courseFalling && s.trend < 0
}

// noneFinishedAfter is how long no task may have been finished, with some in hand and others waiting, to be worth a word.
const noneFinishedAfter = 5 * time.Second

var noneFinishedRule = rule{
	name: "none finished", asks: "tasks are in hand, others wait, and none was finished lately",
	ask: func(s *scene) (verdict, bool) {
		silent := s.lasts(s.symptoms.unacked)
		if s.queue.Ready.Value <= 0 || silent < noneFinishedAfter {
			return verdict{}, false
		}
		return verdict{levelNote, "none finished", fmt.Sprintf("None was finished for %s: %s in hand%s; %s.", span(silent.Truncate(time.Second)),
			areIn(int(s.queue.Unacked.Value)), s.slowest(), s.waiting())}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("%s unacknowledged, %s, and nothing was acknowledged for %s.", upperFirst(areIn(int(s.queue.Unacked.Value))), s.waiting(),
				span(s.lasts(s.symptoms.unacked).Truncate(time.Second))),
			how: fmt.Sprintf("Whether these tasks take long or their consumers never acknowledge shows with time; after %s of it that is what "+
				"is said.", span(neverAckedAfter)),
			todo: "Wait, or see who has them on the fleet screen (5).",
		}
	},
	needs: noReady,
}

var holdingRule = rule{
	name: "holding", asks: "many wait, and as many arrive as are finished",
	ask: func(s *scene) (verdict, bool) {
		if !(s.queue.Ready.Value > s.smallBacklog() && s.course == courseLevel) {
			return verdict{}, false
		}
		return verdict{levelCalm, "holding", "Holding: " + s.waiting() + ", and as many arrive as are finished" + s.throughput() + "."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("%s, and that changes by %s at most%s.", upperFirst(s.waiting()), rate(s.swing()), s.throughput()),
			how:  "The depth stands still where arrivals equal service. " + s.littlesLaw(),
			todo: s.faster("The backlog does not go away by itself"),
		}
	},
	needs: noReady,
}

var keepingUpRule = rule{
	name: "keeping up", asks: "tasks are taken about as they come",
	ask: func(s *scene) (verdict, bool) {
		few := s.queue.Ready.Known() && s.queue.Ready.Value <= s.smallBacklog() && !s.resting()
		if !(few && !s.grows() && !s.shrinks()) {
			return verdict{}, false
		}
		return verdict{levelCalm, "keeping up", "Keeping up" + s.throughput() + "."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("%s, which is not more than %d for each worker%s.", upperFirst(s.waiting()), backlogPerWorker, s.throughput()),
			how:  "The depth does not grow by more than its swing of " + rate(s.swing()) + ". " + s.littlesLaw(),
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

func (s *scene) throughput() string {
	if !s.hasPool || !s.rates.known {
		return ""
	}
	are, all := "are", ""
	if s.pool.Size == 1 {
		are = "is"
	}
	if s.others() && fresh(s.queue.Out, s.now) && s.queue.Out.Value > s.rates.finish {
		all = " of " + rate(s.queue.Out.Value)
	}
	return fmt.Sprintf(": %s %s%s and %s %s busy", s.finishing(), rate(s.rates.finish), all, are,
		string(appendShare(nil, s.rates.busy)))
}

func (s *scene) finishing() string {
	who, verb := plural(s.pool.Size, "worker"), " finish"
	if s.others() { // it is not the whole of it
		who += " here"
	}
	if s.pool.Size == 1 {
		verb = " finishes"
	}
	return who + verb
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
