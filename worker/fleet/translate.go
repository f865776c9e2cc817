package fleet

import (
	"slices"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// kinds are the words for the journal's events on the wire.
var kinds = map[worker.EventKind]string{
	worker.TaskDone: "done", worker.TaskRetried: "retried", worker.TaskFailed: "failed",
	worker.TaskReturned: "returned", worker.TaskUnsettled: "unsettled",
	worker.WorkerStarted: "started", worker.WorkerStopped: "stopped", worker.WorkerCrashed: "crashed",
	worker.WorkerLost: "lost", worker.WorkerPaused: "paused", worker.WorkerResumed: "resumed", worker.PoolChanged: "changed",
}

var kindOf = inverse(kinds)

// states and poolStates are the words for them, which are those of the screen.
var (
	states = wordsOf(worker.StateConnecting, worker.StateIdle, worker.StateRunning, worker.StatePaused, worker.StateStopping,
		worker.StateHeld, worker.StateGone)
	poolStates = wordsOf(worker.PoolStopped, worker.PoolRunning, worker.PoolPaused, worker.PoolHeld, worker.PoolDraining)
)

func inverse[K comparable](m map[K]string) map[string]K {
	n := make(map[string]K, len(m))
	for k, v := range m {
		n[v] = k
	}
	return n
}

func wordsOf[S interface {
	comparable
	String() string
}](all ...S) map[string]S {
	m := map[string]S{}
	for _, s := range all {
		m[s.String()] = s
	}
	return m
}

// micros is a moment on the wire; zero stays zero.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func (r *Reporter) poolState(s worker.Status) *Pool {
	return &Pool{
		State: s.State.String(), Size: s.Size, Target: s.Target, Max: r.o.Max, Prefetch: s.Prefetch, Held: clip(s.Held),
		InHand: s.InHand, Handler: s.Handler,
		Auto: &Auto{On: s.Auto.On, Min: s.Auto.Min, Max: s.Auto.Max, Why: clip(s.Auto.Why), Until: micros(s.Auto.Until)},
	}
}

func workerState(s *worker.WorkerStatus) Worker {
	w := Worker{
		ID: s.ID, Name: s.Name, State: s.State.String(), Since: micros(s.Since), Err: clip(s.Err), Tag: s.Tag,
		Done: s.Done, Failed: s.Failed, Dead: s.Dead, Unsettled: s.Unsettled, Returned: s.Returned,
		Busy: s.BusyTime.Microseconds(), Up: s.UpTime.Microseconds(), Longest: s.Longest.Microseconds(),
		RunP50: span(s.RunP50), RunP99: span(s.RunP99), WaitP50: span(s.WaitP50), WaitP99: span(s.WaitP99),
	}
	if s.HasTask {
		t := taskOf(&s.Task)
		t.At, t.Wait = micros(s.Started), -1
		if !s.Task.Queued.IsZero() {
			t.Wait = max(0, s.Started.Sub(s.Task.Queued)).Microseconds()
		}
		w.Task = &t
	}
	return w
}

// span is a duration on the wire: −1 for one that is not known, whatever its unit was.
func span(d time.Duration) int64 {
	if d < 0 {
		return -1
	}
	return d.Microseconds()
}

func taskOf(t *worker.TaskRef) Task {
	return Task{ID: t.ID, Type: t.Type, Size: t.Size, Attempt: t.Attempt, Redelivered: t.Redelivered, Made: micros(t.Made), Queued: micros(t.Queued)}
}

func endOf(e *worker.Event) Task {
	t := taskOf(&e.Task)
	t.Worker, t.Kind, t.At, t.Wait, t.Run, t.Next, t.Err =
		e.Worker, kinds[e.Kind], micros(e.At), span(e.Wait), e.Run.Microseconds(), e.Next.Microseconds(), clip(e.Err)
	return t
}

// textMost is how many bytes of any text are sent, and read.
const textMost = 240

func clip(s string) string {
	if len(s) <= textMost {
		return s
	}
	end := textMost
	for end > 0 && s[end]&0xc0 == 0x80 { // in the middle of a rune
		end--
	}
	return s[:end] + "…"
}

// clean makes a text from the wire short and safe to show.
func clean(s string) string { return clip(broker.Plain(clip(s))) }

// from turns times of a process's clock into ours.
type from struct{ ahead time.Duration }

func (f from) moment(us int64) time.Time {
	if us <= 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).Add(f.ahead)
}

func duration(us int64) time.Duration {
	const most = int64(100 * 365 * 24 * time.Hour / time.Microsecond)
	return time.Duration(min(max(us, -1), most)) * time.Microsecond
}

// known is duration for one that may be unknown.
func known(us int64) time.Duration {
	if us < 0 {
		return -1
	}
	return duration(us)
}

func (f from) ref(t *Task) worker.TaskRef {
	return worker.TaskRef{
		ID: clean(t.ID), Type: clean(t.Type), Size: max(0, t.Size), Attempt: min(max(t.Attempt, 0), 1000), Redelivered: t.Redelivered,
		Made: f.moment(t.Made), Queued: f.moment(t.Queued),
	}
}

// status is the worker's state as it stands; ok is false for words of another version.
func (f from) status(w *Worker) (s worker.WorkerStatus, ok bool) {
	state, ok := states[w.State]
	s = worker.WorkerStatus{
		Name: clean(w.Name), State: state, Since: f.moment(w.Since), Err: clean(w.Err), Tag: clean(w.Tag),
		Done: w.Done, Failed: w.Failed, Dead: w.Dead, Unsettled: w.Unsettled, Returned: w.Returned,
		BusyTime: duration(w.Busy), UpTime: duration(w.Up), Longest: duration(w.Longest),
		RunP50: known(w.RunP50), RunP99: known(w.RunP99), WaitP50: known(w.WaitP50), WaitP99: known(w.WaitP99),
	}
	if w.Task != nil {
		s.Task, s.HasTask, s.Started = f.ref(w.Task), true, f.moment(w.Task.At)
	}
	return s, ok
}

// autoscaling is what a pool does about its number of workers by itself.
func (f from) autoscaling(a *Auto) worker.Autoscaling {
	if a == nil || !a.On {
		return worker.Autoscaling{}
	}
	return worker.Autoscaling{On: true, Min: max(0, a.Min), Max: max(0, a.Max), Why: clean(a.Why), Until: f.moment(a.Until)}
}

// event is the end of a task as the journal says it.
func (f from) event(t *Task) (e worker.Event, ok bool) {
	kind, ok := kindOf[t.Kind]
	e = worker.Event{
		At: f.moment(t.At), Kind: kind, Task: f.ref(t), Wait: known(t.Wait), Run: duration(t.Run), Next: duration(t.Next), Err: clean(t.Err),
	}
	return e, ok && kind.Ended() && t.At > 0
}

// thin keeps at most n of the ends, in their order and spread evenly over the time; half of the room is for failures, which a
// person looks for. It returns how many it left out.
func thin(ends []Task, n int) ([]Task, uint64) {
	if len(ends) <= n {
		return ends, 0
	}
	failed := 0
	for i := range ends {
		if ends[i].Kind != "done" {
			failed++
		}
	}
	bad := min(failed, max(n/2, n-(len(ends)-failed)))
	keep := func(i, of, want int) bool { return i*want/of != (i+1)*want/of } // every of/want-th
	done, nth := len(ends)-failed, [2]int{}
	kept := slices.DeleteFunc(slices.Clone(ends), func(t Task) bool {
		if t.Kind != "done" {
			nth[0]++
			return !keep(nth[0]-1, failed, bad)
		}
		nth[1]++
		return !keep(nth[1]-1, done, n-bad)
	})
	return kept, uint64(len(ends) - len(kept))
}
