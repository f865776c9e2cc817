package ui

import (
	"slices"
	"time"

	"carousel/broker"
	"carousel/ui/tape"
	"carousel/worker"
	"carousel/worker/fleet"
)

// sample is what one look at the broker and the pool found. Its slices are valid until the look after the next is
// ordered.
type sample struct {
	by      *sampler
	now     time.Time
	links   []broker.LinkState
	queue   broker.Snapshot
	pool    worker.Status
	workers []worker.WorkerStatus
	events  []worker.Event
	missed  uint64
	far     []worker.WorkerStatus // of pools elsewhere
	hosts   []fleet.Host          // these
	deaf    error                 // why nothing is heard of them
	still   bool                  // of a recording: nothing was read, and all but the time is as it was
	stage   *tape.Stage           // of a recording: where the console was; nil: it is not known yet
}

// scene is all that the panes draw: the newest sample and what follows from the ones before it. It is written by Update
// and read by View, both on the program's goroutine.
type scene struct {
	sample
	hasPool  bool
	sandbox  bool
	readOnly bool                  // r declares no queue
	taped    bool                  // a recording, where nothing can be steered
	workable bool                  // W lets workers start on a queue that is only watched
	shown    []worker.WorkerStatus // the workers that have a row, by id; those elsewhere are the last
	all      []worker.WorkerStatus // scratch of everybody
	gaps     map[string]time.Time  // until when a host's workers were drawn as not observed
	past     *history
	worked   *taskStore
	depth    depth
	steady   time.Time // since when the pool has its size and state
	pace     pace
	rates    rates
	trend    float64 // of the depth, tasks a second
	trending bool    // trend is known
	lasting  bool    // it is more than a burst
	course   course
	idle     worker.IdleBacklog
	fair     worker.Fairness
	fairAt   time.Time
	symptoms symptoms
	verdict  verdict
}

func newScene(hasPool, sandbox bool) *scene {
	return &scene{past: newHistory(), worked: newTaskStore(), hasPool: hasPool, sandbox: sandbox}
}

// clone is a copy of what the Dispatch pane draws, which stays as it is.
func (s *scene) clone() *scene {
	c := *s
	c.shown, c.past = slices.Clone(s.shown), s.past.clone()
	c.sample.workers, c.sample.events, c.sample.far, c.sample.hosts = nil, nil, nil, nil // the sampler writes them anew
	return &c
}

// take takes a sample in.
func (s *scene) take(n sample) {
	stretch, counted := n.now.Sub(s.now), s.queue.Ready.At
	first := s.now.IsZero()
	if !first && (n.pool.Target != s.pool.Target || n.pool.State != s.pool.State) {
		s.steady = n.now // what was measured before says little of what is now
		s.pace = pace{}
	}
	s.sample = n
	if s.queue.Missing && s.consumed() {
		s.queue.Missing = false
	}
	if s.queue.Ready.Known() {
		s.depth.record(s.queue.Ready.At, s.queue.Ready.Value)
	}
	if !s.queue.Ready.At.Equal(counted) {
		s.idle.Counted(s.queue.Ready.Value)
	}
	s.trend, s.trending = s.depth.trend(n.now, s.steady)
	s.keepRows()
	s.past.apply(n.now, n.events, n.missed)
	s.past.keep(n.now, s.shown)
	s.unheard()
	s.worked.take(n.events, n.missed, s.everybody())
	if s.hasPool {
		s.pace.record(n.now, n.workers)
		s.rates = s.pace.rates()
		if !first && s.pool.State == worker.PoolRunning {
			s.idle.Observe(stretch, s.idleWorkers(), s.pool.Size)
		}
		s.weigh()
	}
	s.lasting = s.depth.lasts(n.now, s.steady, s.swing()*stickiness)
	s.course = s.heading()
	s.symptoms.observe(s)
	s.verdict = s.judge()
}

// consumed reports whether a worker has got a consumer since the queue was looked for last: then the queue is there by now. So
// it is at the start, when the first look at it and its declaration are under way side by side.
func (s *scene) consumed() bool {
	for i := range s.workers {
		w := &s.workers[i]
		if (w.State == worker.StateIdle || w.State == worker.StateRunning) && w.Since.After(s.queue.AMQP.At) {
			return true
		}
	}
	return false
}

// goneFor is how long the row of a worker that has ended stays.
const goneFor = 10 * time.Second

// keepRows picks the workers that have a row: those alive, and below them those that ended just now or with the pool.
func (s *scene) keepRows() {
	s.shown = s.shown[:0]
	for i := range s.workers {
		if w := &s.workers[i]; w.State != worker.StateGone {
			s.shown = append(s.shown, *w)
		}
	}
	for i := range s.workers {
		if w := &s.workers[i]; w.State == worker.StateGone && (s.pool.Size == 0 || s.now.Sub(w.Since) < goneFor) {
			s.shown = append(s.shown, *w)
		}
	}
	s.farRows()
}

func (s *scene) idleWorkers() (n int) {
	for i := range s.workers {
		if s.workers[i].State == worker.StateIdle {
			n++
		}
	}
	return n
}

// weigh sums up fairness once a second: a figure that changes with every frame cannot be read.
func (s *scene) weigh() {
	if s.now.Sub(s.fairAt) < time.Second {
		return
	}
	s.fairAt = s.now
	alive := make([]worker.WorkerStatus, 0, len(s.workers))
	for i := range s.workers {
		if s.workers[i].State != worker.StateGone {
			alive = append(alive, s.workers[i])
		}
	}
	s.fair = worker.FairnessOf(alive)
}

// busy reports whether something on the screen moves by itself, so that it is worth looking often.
func (s *scene) busy() bool { return s.pool.InHand > 0 || len(s.events) > 0 }

// watched reports whether the link is up by which the queue is looked at.
func (s *scene) watched() bool {
	for i := range s.links {
		if l := &s.links[i]; l.Role == broker.RoleWatch {
			return l.Status == broker.LinkUp
		}
	}
	return false
}

// row is the shown worker with the given id, nil when there is none.
func (s *scene) row(id int) *worker.WorkerStatus {
	for i := range s.shown {
		if s.shown[i].ID == id {
			return &s.shown[i]
		}
	}
	return nil
}

// ago is how long before now something was, in whole seconds; what another machine's clock puts behind now is now.
func (s *scene) ago(t time.Time) string { return age(s.now, t) }

// moment is a time with its age; a dash for one that is not known.
func (s *scene) moment(t time.Time) string {
	if t.IsZero() {
		return unknown
	}
	return t.In(s.now.Location()).Format("2006-01-02 15:04:05") + ", " + s.ago(t) + " ago"
}

// staleAfter is how old a figure of the queue may be before it is drawn as stale: twice the slowest refresh.
const staleAfter = 15 * time.Second

func stale[T any](f broker.Figure[T], now time.Time) bool {
	return f.Known() && f.Age(now) > staleAfter
}
