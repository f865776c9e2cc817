package ui

import (
	"fmt"
	"time"
)

// The rules that take more than one look: see symptoms.

// neverAckedAfter is how long no task may have been acknowledged, with some handed out, to be worth a line.
const neverAckedAfter = 30 * time.Second

var neverAckedRule = rule{
	name: "never acknowledged", asks: "consumers hold tasks and acknowledge none",
	ask: func(s *scene) (verdict, bool) {
		silent := s.lasts(s.symptoms.unacked)
		if silent < neverAckedAfter {
			return verdict{}, false
		}
		ours, others := s.holders()
		if others == 0 {
			return verdict{levelNote, "long tasks", fmt.Sprintf("The workers here hold all of the %s and have finished none for %s%s.",
				plural(int(ours), "unacknowledged task"), span(silent.Truncate(time.Second)), s.slowest())}, true
		}
		return verdict{levelWarn, "never acked", fmt.Sprintf("Unacknowledged: other consumers hold %s and have acknowledged none for %s; %s.",
			plural(int(others), "task"), span(silent.Truncate(time.Second)), s.waiting())}, true
	},
	why: func(s *scene) reading {
		ours, others := s.holders()
		r := reading{
			seen: fmt.Sprintf("Unacknowledged: %s; the workers here hold %s of them, other consumers %s, and the queue's rate of "+
				"acknowledgements has been 0 for %s.", plural(int(s.queue.Unacked.Value), "task"), count(ours), count(others),
				span(s.lasts(s.symptoms.unacked).Truncate(time.Second))),
			how: "Nobody but carousel consumes here, so all are in its workers' hands or wait behind those.",
			todo: "See who holds how many on the fleet screen (5); a consumer that never acknowledges must be mended, and closing its " +
				"connection gives its tasks back.",
		}
		switch {
		case others > 0 && s.hasPool:
			r.how = fmt.Sprintf("Ours are at most busy workers × prefetch = %d × %d, the rest is others'; whether they work for long or "+
				"never acknowledge, the broker cannot tell.", s.hands().busy, s.pool.Prefetch)
		case others > 0:
			r.how = "carousel consumes nothing here, so all are others'; whether they work for long or never acknowledge, the broker cannot tell."
		default:
			r.todo = "See the slowest worker (enter on it); x gives its task back, which then runs again."
		}
		return r
	},
	needs: func(s *scene) string {
		switch {
		case !fresh(s.queue.Unacked, s.now):
			return "how many are unacked"
		case !fresh(s.queue.Out, s.now):
			return "the rate of acks"
		}
		return ""
	},
}

// holders splits the unacknowledged tasks into those that the pool may hold and the rest.
func (s *scene) holders() (ours, others int64) {
	unacked := s.queue.Unacked.Value
	if s.hasPool && !s.others() {
		return unacked, 0
	}
	ours = min(unacked, int64(s.hands().busy)*int64(s.pool.Prefetch))
	return ours, unacked - ours
}

// slowest names the worker that has been on its task for the longest.
func (s *scene) slowest() string {
	h := s.hands()
	if h.slow == nil {
		return ""
	}
	return "; " + h.slow.Name + " is on its task for " + span(h.longest)
}

// hoardedAfter is how long tasks must have waited at busy workers, with others idle, to be no accident of a moment.
const hoardedAfter = 3 * time.Second

var prefetchRule = rule{
	name: "prefetch too high", asks: "tasks wait at busy workers while others idle",
	ask: func(s *scene) (verdict, bool) {
		if s.lasts(s.symptoms.hoarded) < hoardedAfter {
			return verdict{}, false
		}
		held, idle := s.behind(), s.idlers()
		return verdict{levelWarn, "prefetch", fmt.Sprintf("Prefetch %d is too high: %s at %s while %d idle; with 1 those would run "+
			"%s now%s.", s.pool.Prefetch, waits(held), plural(s.hands().busy, "busy worker"), idle,
			count(min(held, int64(idle))), s.keyHint("p"))}, true
	},
	why: func(s *scene) reading {
		held, idle, busy := s.behind(), int64(s.idlers()), int64(s.hands().busy)
		r := reading{
			seen: fmt.Sprintf("%s unacknowledged − %s in hand = %s behind other tasks, %s of %s idle; so it has been for %s.",
				count(s.queue.Unacked.Value), count(int64(s.pool.InHand)), waits(held), count(idle), plural(s.pool.Size, "worker"),
				span(s.lasts(s.symptoms.hoarded).Truncate(time.Second))),
			how: "The broker hands out up to the prefetch without knowing how long a task takes, and what a worker has, no other can take.",
			todo: "p sets prefetch 1: each task then goes to the next free worker; a higher one pays only where tasks are as short as the way " +
				"to the broker.",
		}
		if usual := s.usualRun(); usual > 0 {
			r.how += fmt.Sprintf(" Behind the longest task they wait for %s already; with prefetch 1 and half of the tasks below %s, the last "+
				"would wait about ⌈(%d − %d) ÷ %d⌉ × %s = %s.", span(s.hands().longest), span(usual), held, min(held, idle), busy+idle,
				span(usual), span(rounds(max(0, held-idle), busy+idle)*usual))
		}
		return r
	},
	needs: func(s *scene) string {
		if s.hasPool && s.pool.Prefetch > 1 && !fresh(s.queue.Unacked, s.now) {
			return "how many are unacked"
		}
		return ""
	},
}

// rounds is how many tasks one after the other each of m workers has of n.
func rounds(n, m int64) time.Duration { return time.Duration((n + m - 1) / max(1, m)) }

func waits(n int64) string {
	if n == 1 {
		return "1 task waits"
	}
	return count(n) + " tasks wait"
}

var retriesGrowRule = rule{
	name: "retries pile up", asks: "more tasks fail than come to their next try",
	ask: func(s *scene) (verdict, bool) {
		slope, ok := s.retryTrend()
		if !ok {
			return verdict{}, false
		}
		text := fmt.Sprintf("Retries pile up: %s for another try, %s more", waits(s.queue.Retrying.Value), rate(slope))
		if share, n := s.failing(); n > 0 {
			text += fmt.Sprintf("; %s of the last %s tries failed", string(appendShare(nil, share)), count(int64(n)))
		}
		return verdict{levelWarn, "retries", text + "."}, true
	},
	why: func(s *scene) reading {
		slope, _ := s.retryTrend()
		r := reading{
			seen: fmt.Sprintf("%s in the retry queues, %s more each second over the last half minute.", waits(s.queue.Retrying.Value), rate(slope)),
			how: "Each failed try puts a copy there, which is back after its wait; where more fail than come back, the number grows, and so " +
				"does the work: at a share f of failures a task takes 1 ÷ (1 − f) tries.",
			todo: "Mend what makes them fail, or pause the pool (space) until it is mended: fewer attempts only move them to the dead letters sooner.",
		}
		if share, n := s.failing(); n > 0 {
			r.how += fmt.Sprintf(" Of the last %s tries %s failed", count(int64(n)), string(appendShare(nil, share)))
			if why := s.commonest(); why != "" {
				r.how += ", most often with: " + why
			}
			r.how += "."
		}
		return r
	},
	needs: func(s *scene) string {
		if !s.queue.Retrying.Known() {
			return "how many wait to be retried"
		}
		return ""
	},
}

// retryTrend is how fast the retry queues grow, where that is more than their swing, and more than one batch that failed.
func (s *scene) retryTrend() (slope float64, grows bool) {
	slope, known := s.symptoms.retries.trend(s.now, time.Time{})
	n := s.queue.Retrying.Value
	bound := max(flat(n), s.rates.finish/50)
	return slope, known && n >= fewestRetries && slope > bound && s.symptoms.retries.lasts(s.now, time.Time{}, bound*stickiness)
}

// fewestRetries is how many failed tasks must wait before their growth is worth a word.
const fewestRetries = 20
