package fleet

import (
	"slices"
	"strings"
	"time"

	"carousel/worker"
)

// HostState is how a process stands with us.
type HostState uint8

// The states of a host.
const (
	HostLive HostState = iota
	HostLate           // its next notice is overdue
	HostLost           // so long overdue that it is taken for dead; its tasks go back to the queue when the broker notices
	HostLeft           // it said goodbye
)

func (s HostState) String() string { return [...]string{"live", "late", "lost", "left"}[s] }

// Host is a copy of what is known of one process elsewhere that works on the queue.
type Host struct {
	ID       string
	Name     string // "web-1"; with the process id where several run on one machine: "web-1:4711"
	Machine  string // the name that it has for its own
	PID      int
	Version  string
	State    HostState
	Started  time.Time
	Heard    time.Time // its last notice came
	Console  bool      // it has a screen
	Steering bool      // it obeys orders
	Pool     worker.Status

	TellsAuto bool          // Pool.Auto is known: older versions do not tell
	Max       int           // workers that its pool may have
	Skew      time.Duration // our clock is ahead of its by this much, the way of a notice included
	Told      uint64        // tries that it told of
	Thinned   uint64        // tries that it did not tell of one by one
	Missed    uint64        // notices of it that did not come
	Gap       Gap           // the last stretch of which not every try was told
}

// Gap is a stretch of time in which a process was not observed.
type Gap struct{ From, To time.Time }

// The bounds of what is kept: notices come from whoever may write to the exchange.
const (
	hostsMost   = 200
	workersMost = worker.MaxWorkers // of a host
	tasksMost   = 4 * Rate
)

// How late a notice may be, beyond the time the process has named itself.
const (
	lateAfter = 2 * time.Second
	lostAfter = 10 * time.Second
	forgetIn  = 10 * time.Minute // after it was lost
	forgetOut = time.Minute      // after it left
)

// host is what a Watcher knows of a process.
type host struct {
	Host
	every time.Duration
	seq   uint64
	clock clock
	bye   bool
	rows  []row // in the order of their ids
}

// row is a worker of it.
type row struct {
	id     int // theirs
	at     time.Time
	status worker.WorkerStatus // as of at, with our id
	begun  string              // the task whose start was journalled last, and when that was
	start  time.Time
}

// rename calls the host and its workers otherwise.
func (h *host) rename(name string) {
	for i := range h.rows {
		s := &h.rows[i].status
		s.Host, s.Name = name, name+strings.TrimPrefix(s.Name, h.Name)
	}
	h.Name = name
}

// begin journals the start of a task, once.
func (r *row) begin(t worker.TaskRef, wait time.Duration, at time.Time, record func(*worker.Event)) {
	if r.begun == t.ID && at.Sub(r.start).Abs() < briefly {
		return
	}
	r.begun, r.start = t.ID, at
	record(&worker.Event{At: at, Kind: worker.TaskStarted, Worker: r.status.ID, Task: t, Wait: wait})
}

// state is how it stands after it was silent for a while.
func (h *host) state(silent time.Duration) HostState {
	switch {
	case h.bye:
		return HostLeft
	case silent > h.every+lostAfter:
		return HostLost
	case silent > h.every+lateAfter:
		return HostLate
	}
	return HostLive
}

func (h *host) forgotten(now time.Time) bool {
	age := now.Sub(h.Heard)
	return h.bye && age > forgetOut || age > h.every+lostAfter+forgetIn
}

// hear takes a notice in. fresh gives a worker that is new its id.
func (h *host) hear(n *Notice, came time.Time, fresh func() int, record func(*worker.Event)) {
	if n.Seq <= h.seq {
		return // it came twice
	}
	if h.seq > 0 && n.Seq-h.seq > 1 {
		h.Missed += n.Seq - h.seq - 1
		h.Gap = Gap{h.Heard, came}
	} else if n.Thinned > 0 && h.seq > 0 {
		h.Gap = Gap{h.Heard, came}
	}
	h.seq, h.bye = n.Seq, n.Bye
	h.Heard, h.every = came, min(max(duration(n.Every), 0), time.Minute)
	h.clock.note(time.UnixMicro(n.Sent), came)
	h.Skew = h.clock.ahead()
	f := from{h.Skew}
	if a := n.About; a != nil {
		h.PID, h.Version, h.Started, h.Console, h.Steering = a.PID, clean(a.Version), f.moment(a.Started), a.Console, a.Steering
	}
	if p := n.Pool; p != nil {
		h.pool(p, f)
	}
	updated := h.update(n, f, fresh, record)
	h.Thinned += n.Thinned
	for i := range n.Tasks[:min(len(n.Tasks), tasksMost)] {
		h.ended(&n.Tasks[i], f, updated, record)
	}
	for i := range n.Notes[:min(len(n.Notes), notesMost)] {
		h.noted(&n.Notes[i], f, record)
	}
}

func (h *host) pool(p *Pool, f from) {
	h.Max, h.TellsAuto = p.Max, p.Auto != nil
	h.Pool = worker.Status{
		State: poolStates[p.State], Size: p.Size, Target: p.Target, Prefetch: p.Prefetch, Held: clean(p.Held), InHand: p.InHand, Handler: clean(p.Handler),
		Auto: f.autoscaling(p.Auto),
	}
	h.Pool.Paused = h.Pool.State == worker.PoolPaused
}

// update takes rows in, all of them where the notice is a beat, and returns which.
func (h *host) update(n *Notice, f from, fresh func() int, record func(*worker.Event)) map[int]bool {
	updated := make(map[int]bool, len(n.Workers))
	for i := range n.Workers {
		w := &n.Workers[i]
		at, found := slices.BinarySearchFunc(h.rows, w.ID, func(r row, id int) int { return r.id - id })
		s, ok := f.status(w)
		if !ok || updated[w.ID] || !found && len(h.rows) >= workersMost {
			continue
		}
		if !found {
			h.rows = slices.Insert(h.rows, at, row{id: w.ID})
			h.rows[at].status.ID = fresh()
		}
		r := &h.rows[at]
		s.ID, s.Host, s.Name = r.status.ID, h.Name, h.Name+"/"+s.Name
		r.at, r.status = h.Heard, s
		if s.HasTask {
			r.begin(s.Task, known(w.Task.Wait), s.Started, record)
		}
		updated[w.ID] = true
	}
	if n.Pool != nil { // who is not in a beat has ended
		for i := range h.rows {
			if r := &h.rows[i]; (!updated[r.id] || n.Bye) && r.status.State != worker.StateGone {
				r.end(h.Heard)
			}
		}
		h.rows = slices.DeleteFunc(h.rows, func(r row) bool { return r.status.State == worker.StateGone && h.Heard.Sub(r.status.Since) > forgetOut })
	}
	return updated
}

// end makes it the row of a worker that is no more.
func (r *row) end(at time.Time) {
	r.status.State, r.status.Since, r.status.HasTask, r.status.Tag, r.status.Err = worker.StateGone, at, false, "", ""
	r.at = at
}

// find is the row of a worker by its own id, nil when it was not told of yet.
func (h *host) find(id int) *row {
	if at, found := slices.BinarySearchFunc(h.rows, id, func(r row, id int) int { return r.id - id }); found {
		return &h.rows[at]
	}
	return nil
}

// ended takes the end of a try in. The row's figures have it already where the same notice brought the row.
func (h *host) ended(t *Task, f from, updated map[int]bool, record func(*worker.Event)) {
	e, ok := f.event(t)
	r := h.find(t.Worker)
	if !ok || r == nil || h.Heard.Sub(e.At) > forgetIn {
		return
	}
	if e.At.After(h.Heard) {
		e.At = h.Heard
	}
	h.Told++
	e.Worker = r.status.ID
	s := &r.status
	if s.HasTask && s.Task.ID == e.Task.ID && !s.Started.After(e.At) {
		s.HasTask, s.Task, s.Started = false, worker.TaskRef{}, time.Time{}
		if s.State == worker.StateRunning {
			s.State, s.Since = worker.StateIdle, e.At
		}
	}
	if !updated[t.Worker] {
		count(s, &e)
	}
	if e.Kind != worker.TaskReturned || e.Run > 0 { // else it went back untried
		r.begin(e.Task, e.Wait, e.At.Add(-e.Run), record)
	}
	record(&e)
	r.begun = ""
}

// count adds an ended try to a worker's figures, as its own row does; the next beat has them exact.
func count(s *worker.WorkerStatus, e *worker.Event) {
	s.BusyTime += e.Run
	switch e.Kind {
	case worker.TaskDone:
		s.Done++
	case worker.TaskRetried:
		s.Failed++
	case worker.TaskFailed:
		s.Failed++
		s.Dead++
	case worker.TaskUnsettled:
		s.Unsettled++
	case worker.TaskReturned:
		s.Returned++
	}
}

func (h *host) noted(n *Note, f from, record func(*worker.Event)) {
	kind, ok := kindOf[n.Kind]
	if !ok || kind.Ended() || n.At <= 0 {
		return
	}
	e := worker.Event{At: f.moment(n.At), Kind: kind, Wait: -1, Err: clean(n.Text)}
	if e.At.After(h.Heard) {
		e.At = h.Heard
	}
	if r := h.find(n.Worker); r != nil {
		e.Worker = r.status.ID
	} else if kind == worker.PoolChanged {
		e.Err = h.Name + ": " + e.Err
	}
	record(&e)
}
