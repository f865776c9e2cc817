package ui

import (
	"fmt"
	"math"
	"strings"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// verdict says in one line why the queue moves as it does, or why it does not move.
type verdict struct {
	level level
	short string // two or three words, for the smallest screen
	text  string // one sentence; may hold text from outside, made plain when it is drawn
}

// judge gives the first verdict that applies, the gravest first: what is upstream of everything else is named before
// what merely follows from it.
func (s *scene) judge() verdict {
	for _, ask := range [...]func(*scene) (verdict, bool){
		(*scene).linkTrouble, (*scene).queueTrouble, (*scene).poolTrouble, (*scene).flow,
	} {
		if v, ok := ask(s); ok {
			return v
		}
	}
	return verdict{levelCalm, "keeping up", "Keeping up."}
}

func (s *scene) poolTrouble() (verdict, bool) {
	if !s.hasPool {
		return verdict{}, false
	}
	switch p := &s.pool; {
	case p.State == worker.PoolHeld && p.Foreign:
		return verdict{levelAlarm, "foreign task", sentence(p.Held) + " (r decides)"}, true
	case p.State == worker.PoolHeld:
		return verdict{levelAlarm, "held", sentence(p.Held) + " (r tries again)"}, true
	case p.State == worker.PoolDraining:
		return verdict{levelNote, "draining", "Draining: no more tasks are taken, " + plural(p.InHand, "task") + " in hand."}, true
	case p.State == worker.PoolPaused:
		return verdict{levelWarn, "paused", "Paused: the workers take no tasks, " + s.waiting() + " (space resumes)."}, true
	case p.Target == 0 && p.Size == 0 || p.State == worker.PoolStopped:
		return verdict{levelWarn, "no workers", "No workers: " + s.waiting() + " (+ starts one)."}, true
	}
	return s.workersTrouble()
}

// stuckAfter is how long every worker must have been on one task, with nothing finished, to be called stuck.
const stuckAfter = 30 * time.Second

func (s *scene) workersTrouble() (verdict, bool) {
	connecting, held := 0, (*worker.WorkerStatus)(nil)
	shortest, longest, slow := time.Duration(math.MaxInt64), time.Duration(0), ""
	for i := range s.workers {
		w := &s.workers[i]
		switch {
		case w.State == worker.StateConnecting:
			connecting++
		case w.State == worker.StateHeld:
			held = w
		case w.HasTask:
			run := s.now.Sub(w.Started)
			shortest = min(shortest, run)
			if run > longest {
				longest, slow = run, w.Name
			}
		}
	}
	switch {
	case held != nil:
		return verdict{levelWarn, "worker held", held.Name + " cannot take tasks: " + held.Err}, true
	case connecting > 0 && connecting == s.pool.Size:
		return verdict{levelNote, "connecting", "The workers wait for their channels."}, true
	case longest > 0 && s.queue.NearTimeout(longest):
		return s.overtime(slow, longest), true
	case s.pool.InHand > 0 && s.pool.InHand == s.pool.Size && shortest >= stuckAfter && s.queue.Ready.Value > 0:
		return verdict{levelWarn, "stuck", fmt.Sprintf("Stuck: each worker is on one task for over %s, %s the longest with %s; %s.",
			span(shortest), slow, span(longest), s.waiting())}, true
	}
	return verdict{}, false
}

// flow judges a queue that nothing hinders, by how arrivals and service compare.
func (s *scene) flow() (verdict, bool) {
	ready := s.queue.Ready
	switch {
	case !ready.Known():
		return verdict{levelNote, "no data", "Waiting for the first look at the queue."}, true
	case stale(ready, s.now):
		return verdict{levelWarn, "stale", "The figures are " + span(ready.Age(s.now).Truncate(time.Second)) + " old."}, true
	case ready.Value > 0 && !s.hasPool && s.queue.Consumers.Known() && s.queue.Consumers.Value == 0:
		return verdict{levelWarn, "no consumers", "No consumers: " + s.waiting() + "."}, true
	case ready.Value == 0 && s.pool.InHand == 0 && s.queue.Unacked.Value == 0 && s.queue.Retrying.Value > 0:
		n, next := plural(int(s.queue.Retrying.Value), "failed task"), ""
		if in := s.retryIn(); in != "" {
			next = ", the next" + in
		}
		return verdict{levelNote, "retrying", "The queue is empty, but " + n + " will be tried again" + next + "."}, true
	case ready.Value == 0 && s.pool.InHand == 0 && s.queue.Unacked.Value == 0:
		hint := ""
		if s.sandbox {
			hint = " t sends test tasks."
		}
		return verdict{levelCalm, "idle", "Idle: the queue is empty" + s.watchers() + "." + hint}, true
	case s.stalled():
		return verdict{levelWarn, "stalled", fmt.Sprintf("Stalled: %s, and the broker hands none to %s.",
			s.waiting(), plural(s.pool.Size, "idle worker"))}, true
	case ready.Value > 0 && !s.trending:
		return verdict{levelNote, "watching", sentence(s.waiting()) + " Where that goes shows in a few seconds."}, true
	case s.grows():
		return s.overload(), true
	case ready.Value > 0 && s.trending && s.trend < -flat(ready.Value):
		return verdict{levelCalm, "draining", fmt.Sprintf("Draining: %s left, empty in %s at this rate.",
			count(ready.Value), span(drainTime(ready.Value, s.trend)))}, true
	case ready.Value > int64(backlogPerWorker*max(1, s.pool.Size)):
		return verdict{levelCalm, "holding", "Holding: " + s.waiting() + ", and as many arrive as are finished" + s.throughput() + "."}, true
	}
	return verdict{levelCalm, "keeping up", "Keeping up" + s.throughput() + "."}, true
}

// backlogPerWorker is how many tasks may wait for each worker while the pool still keeps up with its queue.
const backlogPerWorker = 10

// stalledAfter is how long every worker must have been idle, with tasks waiting, to be called stalled. It is longer than a
// look at the queue may be old.
const stalledAfter = 3 * time.Second

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

// grows reports whether the queue gets longer by more than its usual swing, and than one in fifty of what arrives.
func (s *scene) grows() bool {
	return s.trending && s.queue.Ready.Value > 0 && s.trend > flat(s.queue.Ready.Value) && s.trend > s.arrivals()/50
}

// overload says by how much arrivals exceed service. With λ arrivals a second and μ tasks a second of one busy worker,
// λ/μ workers hold the queue (the offered load of queueing theory, rounded up).
func (s *scene) overload() verdict {
	arrive := s.arrivals()
	if !s.hasPool || !s.rates.known || s.others() {
		return verdict{levelWarn, "growing", fmt.Sprintf("Growing: %s more arrive than are finished.", rate(s.trend))}
	}
	text := fmt.Sprintf("Overloaded: %s arrive, %s %s.", rate(arrive), s.finishing(), rate(s.rates.finish))
	if need := s.needed(arrive); need > s.pool.Size {
		text += fmt.Sprintf(" %s would hold it.", plural(need, "worker"))
	}
	return verdict{levelWarn, "overloaded", text}
}

func (s *scene) finishing() string {
	if s.pool.Size == 1 {
		return "1 worker finishes"
	}
	return plural(s.pool.Size, "worker") + " finish"
}

// mostlyBusy is the share of its time from which a pool counts as busy, so that more workers would help.
const mostlyBusy = 0.8

// needed is how many workers the arrivals keep busy; 0 while the speed of one is not known, or these are not busy.
func (s *scene) needed(arrive float64) int {
	if !s.rates.eachKnown || s.rates.each <= 0 || s.rates.busy < mostlyBusy {
		return 0
	}
	return int(math.Min(math.Ceil(arrive/s.rates.each), 1e6))
}

// arrivals is the rate that follows from what was finished and how the depth changed, which is fresher than the
// management API's own figure.
func (s *scene) arrivals() float64 { return math.Max(0, s.rates.finish+s.trend) }

// others reports whether other programs consume from the queue too, so that the pool's rate is not the whole of it.
func (s *scene) others() bool {
	return s.queue.Consumers.Known() && s.queue.Consumers.Value > int64(s.pool.Size)
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
