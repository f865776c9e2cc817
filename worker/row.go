package worker

import (
	"sync"
	"time"
)

// row is a worker's line on the board: its worker writes it as it goes, samplers copy it.
type row struct {
	mu     sync.Mutex
	status WorkerStatus // as of the last change; BusyTime and UpTime count finished stretches only
	upFrom time.Time    // start of the stretch of UpTime that runs; zero: none does
	run    latency      // of finished tries
	wait   latency      // in the queue
}

func newRow(id int, name string, now time.Time) row {
	return row{status: WorkerStatus{ID: id, Name: name, State: StateConnecting, Since: now}, upFrom: now}
}

// enter changes the state. The consumer tag goes with the channel.
func (r *row) enter(state State, now time.Time, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.status
	if s.State != state {
		s.State, s.Since = state, now
	}
	s.Err = why
	switch state {
	case StateConnecting, StatePaused, StateHeld, StateGone:
		s.Tag = ""
	}
	r.countUp(now)
}

// countUp starts or ends a stretch of UpTime, as the state asks.
func (r *row) countUp(now time.Time) {
	s := &r.status
	up := s.State != StatePaused && s.State != StateHeld && s.State != StateGone
	switch {
	case up && r.upFrom.IsZero():
		r.upFrom = now
	case !up && !r.upFrom.IsZero():
		s.UpTime += now.Sub(r.upFrom)
		r.upFrom = time.Time{}
	}
}

func (r *row) consuming(tag string, now time.Time) {
	r.enter(StateIdle, now, "")
	r.mu.Lock()
	r.status.Tag = tag
	r.mu.Unlock()
}

// begin notes the task that a handler is about to get, and how long it waited: -1 when that is not known.
func (r *row) begin(task TaskRef, now time.Time) (wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.status
	s.State, s.Since, s.Started = StateRunning, now, now
	s.Task, s.HasTask = task, true
	if task.Queued.IsZero() {
		return -1
	}
	wait = max(0, now.Sub(task.Queued)) // the producer's clock may be ahead of ours
	r.wait.record(wait)
	return wait
}

// end notes how the task in hand ended. failed tells whether the handler itself did.
func (r *row) end(kind EventKind, failed bool, now time.Time) (run time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.status
	run = now.Sub(s.Started)
	s.BusyTime += run
	s.Longest = max(s.Longest, run)
	s.Task, s.HasTask, s.Started = TaskRef{}, false, time.Time{}
	if s.State == StateRunning {
		s.State, s.Since = StateIdle, now
	}
	if kind == TaskDone || failed {
		r.run.record(run)
	}
	if failed {
		s.Failed++
	}
	switch kind {
	case TaskDone:
		s.Done++
	case TaskFailed:
		s.Dead++
	case TaskUnsettled:
		s.Unsettled++
	case TaskReturned:
		s.Returned++
	}
	return run
}

// returned counts a task that was handed back untried.
func (r *row) returned() {
	r.mu.Lock()
	r.status.Returned++
	r.mu.Unlock()
}

// gone ends the row: its figures stay, their histograms are let go.
func (r *row) gone(now time.Time) {
	r.enter(StateGone, now, "")
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.status
	s.RunP50, s.RunP99 = r.run.quantiles(now, true)
	s.WaitP50, s.WaitP99 = r.wait.quantiles(now, true)
	r.run, r.wait = latency{}, latency{}
}

// sample copies the row as it stands now.
func (r *row) sample(now time.Time) WorkerStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	if s.State == StateGone {
		return s
	}
	if s.HasTask {
		s.BusyTime += now.Sub(s.Started)
	}
	if !r.upFrom.IsZero() {
		s.UpTime += now.Sub(r.upFrom)
	}
	s.RunP50, s.RunP99 = r.run.quantiles(now, false)
	s.WaitP50, s.WaitP99 = r.wait.quantiles(now, false)
	return s
}
