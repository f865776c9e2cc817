package ui

import (
	"fmt"
	"math"
	"time"

	"carousel/worker"
)

// The rules of the pool and its workers. None holds where there is no pool.

var foreignRule = rule{
	name: "foreign task", asks: "a task came that carousel did not make",
	ask: func(s *scene) (verdict, bool) {
		if !(s.hasPool && s.pool.State == worker.PoolHeld && s.pool.Foreign) {
			return verdict{}, false
		}
		return verdict{levelAlarm, "foreign task", sentence(s.pool.Held) + s.keyHint("r decides")}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: "A task without carousel's mark came from queue " + s.queue.Queue + ", and went back unharmed.",
			how: "The simulate handler does no work: it would settle somebody's real tasks as done. So the whole pool takes nothing " +
				"until you decide.",
			todo: "Esc keeps watching only; r asks for the queue's name and then settles its tasks too; workers.allow_consume does so for scripts.",
		}
	},
}

var restRule = rule{
	name: "resting", asks: "what the tasks need is down; the pool waits",
	ask: func(s *scene) (verdict, bool) {
		if !(s.hasPool && s.pool.State == worker.PoolHeld && s.pool.Rests) {
			return verdict{}, false
		}
		next := "one worker tries now"
		if !s.pool.Until.IsZero() {
			next = "looks again in " + age(s.pool.Until.Add(time.Second), s.now) + ", r at once"
		}
		return verdict{levelAlarm, "resting", sentence(s.pool.Held) + " (" + next + ")"}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: "The pool takes no tasks for a while, " + s.waiting() + ".",
			how:  "Every task would meet what the last one met: " + s.pool.Held + ". So the tasks stay in the queue instead of failing.",
			todo: "Bring back what the line names. The pool looks for it by itself and then has one task tried first; r does so at once.",
		}
	},
}

var heldRule = rule{
	name: "held", asks: "the pool cannot take tasks: a right, a queue, a copy",
	ask: func(s *scene) (verdict, bool) {
		if !(s.hasPool && s.pool.State == worker.PoolHeld && !s.pool.Foreign && !s.pool.Rests) {
			return verdict{}, false
		}
		return verdict{levelAlarm, "held", sentence(s.pool.Held) + s.keyHint("r tries again")}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: "The whole pool takes no tasks, " + s.waiting() + ".",
			how:  "A worker met what the next one would meet as well, and a try would not mend: " + s.pool.Held + ".",
			todo: "Give the user the right, the queue the properties, or the handler what it needs, as the line names it; then r tries again.",
		}
	},
}

var drainPoolRule = rule{
	name: "pool draining", asks: "the pool is on its way to end",
	ask: func(s *scene) (verdict, bool) {
		if !(s.hasPool && s.pool.State == worker.PoolDraining) {
			return verdict{}, false
		}
		return verdict{levelNote, "draining", "Draining: no more tasks are taken, " + plural(s.pool.InHand, "task") + " in hand."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: "The workers take nothing more and finish " + plural(s.pool.InHand, "task") + ".",
			how:  "The pool was told to end; what does not finish in time goes back to the queue and runs again.",
			todo: "Wait, or press q or Ctrl+C once more to hand the tasks back at once.",
		}
	},
}

var pausedRule = rule{
	name: "paused", asks: "somebody has paused the pool",
	ask: func(s *scene) (verdict, bool) {
		if !(s.hasPool && s.pool.State == worker.PoolPaused) {
			return verdict{}, false
		}
		return verdict{levelWarn, "paused", "Paused: the workers take no tasks, " + s.waiting() + s.keyHint("space resumes") + "."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("The pool of %s is paused since %s ago, %s.", plural(s.pool.Size, "worker"), s.ago(s.steady), s.waiting()),
			how: "It was paused from here; the consumers are cancelled, so the broker hands these tasks to other consumers where " +
				"there are any.",
			todo: "Space lets the workers go on.",
		}
	},
}

var noWorkersRule = rule{
	name: "no workers", asks: "the pool here has no workers",
	ask: func(s *scene) (verdict, bool) {
		if !(s.hasPool && (s.pool.Target == 0 && s.pool.Size == 0 || s.pool.State == worker.PoolStopped)) {
			return verdict{}, false
		}
		return verdict{levelWarn, "no workers", "No workers: " + s.waiting() + s.keyHint("+ starts one") + "."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("The pool has 0 workers and wants %d, %s.", s.pool.Target, s.waiting()),
			how:  s.consumersElsewhere(),
			todo: "+ starts a worker; each press one more.",
		}
	},
}

// consumersElsewhere says who else could take the tasks.
func (s *scene) consumersElsewhere() string {
	switch c := s.queue.Consumers; {
	case !c.Known():
		return "Whether other programs consume from the queue is not known."
	case c.Value == 0:
		return "The broker counts no other consumer either, so nothing takes these tasks."
	}
	return "The broker counts " + plural(int(s.queue.Consumers.Value), "consumer") + ", which are other programs'."
}

var workerHeldRule = rule{
	name: "worker held", asks: "a worker cannot consume",
	ask: func(s *scene) (verdict, bool) {
		w := s.heldWorker()
		if w == nil {
			return verdict{}, false
		}
		return verdict{levelWarn, "worker held", w.Name + " cannot take tasks: " + w.Err}, true
	},
	why: func(s *scene) reading {
		n := 0
		for i := range s.workers {
			if s.workers[i].State == worker.StateHeld {
				n++
			}
		}
		return reading{
			seen: fmt.Sprintf("%d of %s cannot consume, the last of them for %s.", n, plural(s.pool.Size, "worker"), s.ago(s.heldWorker().Since)),
			how:  "The broker answered its request to consume with: " + s.heldWorker().Err + ".",
			todo: "Mend what it names; the worker tries again by itself, and r tries at once.",
		}
	},
}

func (s *scene) heldWorker() (held *worker.WorkerStatus) {
	for i := range s.workers {
		if s.hasPool && s.workers[i].State == worker.StateHeld {
			held = &s.workers[i]
		}
	}
	return held
}

var channelsRule = rule{
	name: "no channels", asks: "no worker has its channel yet",
	ask: func(s *scene) (verdict, bool) {
		if !(s.hasPool && s.pool.Size > 0 && s.inState(worker.StateConnecting) == s.pool.Size) {
			return verdict{}, false
		}
		return verdict{levelNote, "connecting", "The workers wait for their channels."}, true
	},
	why: func(s *scene) reading {
		return reading{
			seen: fmt.Sprintf("All %s wait for a channel on the work connection.", plural(s.pool.Size, "worker")),
			how:  "A worker takes tasks on a channel of its own; the broker opens one after the other, some hundred a second.",
			todo: "Wait a moment.",
		}
	},
}

func (s *scene) inState(state worker.State) (n int) {
	for i := range s.workers {
		if s.workers[i].State == state {
			n++
		}
	}
	return n
}

// hands is what the workers have in hand, by how long they have been at it.
type hands struct {
	busy              int // workers with a task
	shortest, longest time.Duration
	slow              *worker.WorkerStatus // the one with the longest; nil: none has a task
}

func (s *scene) hands() hands {
	h := hands{shortest: math.MaxInt64}
	for i := range s.workers {
		w := &s.workers[i]
		if w.State == worker.StateHeld || w.State == worker.StateConnecting || !w.HasTask {
			continue
		}
		run := s.now.Sub(w.Started)
		h.busy++
		h.shortest = min(h.shortest, run)
		if h.slow == nil || run > h.longest {
			h.longest, h.slow = run, w
		}
	}
	return h
}

var overtimeRule = rule{
	name: "overtime", asks: "the broker is about to take a task back (consumer timeout)",
	ask: func(s *scene) (verdict, bool) {
		h := s.hands()
		if !s.hasPool || h.longest <= 0 || !s.queue.NearTimeout(h.longest) {
			return verdict{}, false
		}
		return s.overtime(h.slow.Name, h.longest), true
	},
	why: func(s *scene) reading {
		h := s.hands()
		return reading{
			seen: fmt.Sprintf("%s is on task %s for %s, which is %s of the consumer timeout of %s.", h.slow.Name, shortID(h.slow.Task.ID),
				span(h.longest), string(appendShare(nil, h.longest.Seconds()/s.queue.ConsumerTimeout.Value.Seconds())), span(s.queue.ConsumerTimeout.Value)),
			how: "After that time the broker closes the channel and gives the task to another worker while this one still has it: it would " +
				"run twice, and be refused its acknowledgement.",
			todo: "Make tasks shorter, or raise consumer_timeout in rabbitmq.conf or x-consumer-timeout of the queue; broker.consumer_timeout tells carousel.",
		}
	},
	needs: func(s *scene) string {
		if s.hasPool && !s.queue.ConsumerTimeout.Known() {
			return "the consumer timeout"
		}
		return ""
	},
}

// stuckAfter is how long every worker must have been on one task, with nothing finished, to be called stuck.
const stuckAfter = 30 * time.Second

var stuckRule = rule{
	name: "all on long tasks", asks: "each worker is on one task for long, and others wait",
	ask: func(s *scene) (verdict, bool) {
		h := s.hands()
		if !s.hasPool || s.pool.InHand == 0 || s.pool.InHand != s.pool.Size || h.slow == nil || h.shortest < stuckAfter ||
			s.queue.Ready.Value == 0 {
			return verdict{}, false
		}
		return verdict{levelWarn, "stuck", fmt.Sprintf("Stuck: each worker is on one task for over %s, %s the longest with %s; %s.",
			span(h.shortest), h.slow.Name, span(h.longest), s.waiting())}, true
	},
	why: func(s *scene) reading {
		h := s.hands()
		usual := "No task has finished here yet, so how long is usual is not known."
		if p50 := s.usualRun(); p50 > 0 {
			usual = fmt.Sprintf("Half of the finished ones took less than %s here, so these are %s times as long.", span(p50),
				count(int64(h.shortest/p50)))
		}
		return reading{
			seen: fmt.Sprintf("%s is on task %s%s for %s, and none of the %s has been on its task for less than %s.", h.slow.Name,
				shortID(h.slow.Task.ID), inBrackets(h.slow.Task.Type), span(h.longest), plural(s.pool.Size, "worker"), span(h.shortest)),
			how: usual + " With prefetch " + count(int64(s.pool.Prefetch)) + " nobody takes what waits until one of them ends.",
			todo: "Enter on a worker shows its task; x gives it back and starts the worker anew; + adds a worker; a queue of their own keeps " +
				"long tasks from holding up short ones.",
		}
	},
	needs: noReadyHere,
}

// noReadyHere is noReady for a rule of the pool.
func noReadyHere(s *scene) string {
	if !s.hasPool {
		return ""
	}
	return noReady(s)
}

// usualRun is the median run of the workers, in the middle of those that have one; 0: none has.
func (s *scene) usualRun() time.Duration {
	var sum time.Duration
	n := 0
	for i := range s.workers {
		if p50 := s.workers[i].RunP50; p50 > 0 {
			sum += p50
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / time.Duration(n)
}
