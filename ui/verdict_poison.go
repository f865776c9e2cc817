package ui

import (
	"fmt"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// The rules of tasks that come back.

var poisonRule = rule{
	name: "poison task", asks: "one task comes back again and again",
	ask: func(s *scene) (verdict, bool) {
		worst, n := s.symptoms.returns.worst(s.now)
		if !s.hasPool || worst == nil {
			return verdict{}, false
		}
		text := "One task keeps coming back: " + worst.name() + " came back "
		if n > 1 {
			text = count(int64(n)) + " tasks keep coming back: " + worst.name() + " the most, "
		}
		text += plural(worst.times, "time")
		if worst.why != "" {
			text += ", the last try: " + worst.why
		}
		return verdict{levelWarn, "poison task", sentence(text)}, true
	},
	why: func(s *scene) reading {
		worst, _ := s.symptoms.returns.worst(s.now)
		how := "A task that was seen here before, is marked as redelivered, or says in x-carousel-attempt which try it is, has come back; " +
			"one that ends is forgotten."
		if limit := s.queue.DeliveryLimit; limit.Known() && limit.Value > 0 {
			how += " This queue's broker takes it away after " + plural(int(limit.Value), "return") + " (delivery limit)."
		}
		since := ""
		if worst.last.After(worst.first) {
			since = fmt.Sprintf(", as seen here within %s", span(worst.last.Sub(worst.first).Truncate(time.Second)))
		}
		return reading{
			seen: fmt.Sprintf("Task %s%s was handed out again %s%s, the last time %s ago.", orUnknown(worst.id), inBrackets(worst.kind),
				plural(worst.times, "time"), since, s.ago(worst.last)),
			how: how,
			todo: "Find it among the tasks and see why it fails; failure.attempts with then = \"dead-letter\"" + s.thenNow() +
				" takes it out of the way.",
		}
	},
}

// thenNow tells what becomes of a task that failed for good, where that is not the dead-letter queue.
func (s *scene) thenNow() string {
	if t := s.pool.Then; t != "" && t != worker.ThenDeadLetter {
		return fmt.Sprintf(" (it is %q now)", t)
	}
	return ""
}

// inBrackets is a remark behind a name; "" when there is none.
func inBrackets(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}

// redeliveredRule finds other programs' tasks that come back, which only rates tell.
var redeliveredRule = rule{
	name: "redelivered", asks: "others' consumers give back what they take",
	ask: func(s *scene) (verdict, bool) {
		q := &s.queue
		if s.hasPool || !fresh(q.Redelivered, s.now) || !fresh(q.Delivered, s.now) ||
			q.Redelivered.Value < 0.1 || q.Redelivered.Value < q.Delivered.Value/2 {
			return verdict{}, false
		}
		return verdict{levelWarn, "redelivered", fmt.Sprintf("Tasks keep coming back: %s of the %s handed out are redelivered.",
			rate(q.Redelivered.Value), rate(q.Delivered.Value))}, true
	},
	why: func(s *scene) reading {
		q := &s.queue
		return reading{
			seen: fmt.Sprintf("The broker hands out %s, of which %s are redeliveries, and %s are acknowledged.", rate(q.Delivered.Value),
				rate(q.Redelivered.Value), known0(q.Out)),
			how: "At least half of what is handed out was handed out before: the consumers reject or requeue what they take, or lose their connections with " +
				"it in hand, so the same few tasks go round.",
			todo: "See the consumers' logs for the error; a dead-letter exchange and a bound on the tries take a poison task out of the way.",
		}
	},
	needs: func(s *scene) string {
		if !s.hasPool && !s.queue.Redelivered.Known() {
			return "the redelivery rate"
		}
		return ""
	},
}

// known0 is a rate, unknown where it is not known.
func known0(f broker.Figure[float64]) string {
	if !f.Known() {
		return unknown
	}
	return rate(f.Value)
}

// fresh reports whether a figure is known and not stale.
func fresh[T any](f broker.Figure[T], now time.Time) bool { return f.Known() && !stale(f, now) }
