package lab

import (
	"slices"
	"time"
)

// Costs are what Model leaves out: a broker takes a while to hand out a task, and handlers do not end on time.
type Costs struct {
	Trip time.Duration // from when a worker may have a delivery until it has it
	Over time.Duration // how much longer each handler takes than its work
}

// Model says what the experiment comes to where nothing costs time but the work; see ModelWith.
func Model(e Experiment) Run { return ModelWith(e, Costs{}) }

// ModelWith is a discrete-event model of how RabbitMQ dispatches. A queue hands its tasks in order to its consumers in turn: of those
// that hold fewer than their prefetch unacknowledged the ones of the highest priority, and among these the one that has been able
// to take one for the longest time. A worker does what it holds one by one, in order, and acknowledges each at its end. What a dead
// worker held goes back to its place in the queue, redelivered. All workers consume before the first task is enqueued.
//
// It is deterministic and does no I/O. 100 000 tasks take a small part of a second.
func ModelWith(e Experiment, costs Costs) Run {
	m := newModel(e, costs)
	for m.step() {
	}
	return m.run()
}

// model is an experiment under way.
type model struct {
	Experiment
	costs   Costs
	deal    Deal
	now     time.Duration
	workers []modelWorker
	queues  []modelQueue
	next    int // the task to be enqueued
	agenda  agenda
	again   []bool // tasks that a dead worker held
	stints  []Stint
}

type modelWorker struct {
	held  []held // unacknowledged, in order
	doing int    // the stint in which the first of held is done; -1: none
	dead  bool
}

type held struct {
	task int
	from time.Duration // when the worker has it
}

type modelQueue struct {
	back  []int   // tasks that dead workers held, in order; all of them are older than ready
	ready []int   // in order
	turns [][]int // workers that may take a task, by rank, each in turn
}

func newModel(e Experiment, costs Costs) *model {
	m := &model{
		Experiment: e, costs: costs, deal: e.Deal(), workers: make([]modelWorker, len(e.Crew)),
		again: make([]bool, len(e.Tasks)), stints: make([]Stint, 0, len(e.Tasks)),
	}
	m.queues = make([]modelQueue, m.deal.Queues)
	for w := range e.Crew {
		q, rank := &m.queues[m.deal.From[w]], m.deal.Rank[w]
		m.workers[w].doing = -1
		for len(q.turns) <= rank {
			q.turns = append(q.turns, nil)
		}
		q.turns[rank] = append(q.turns[rank], w)
		if dies := e.Crew[w].Dies; dies > 0 {
			m.agenda.push(event{dies, death, w})
		}
	}
	return m
}

// step lets the next thing happen. It reports whether there was one.
func (m *model) step() bool {
	if m.next < len(m.Tasks) && (len(m.agenda) == 0 || m.Tasks[m.next].At < m.agenda[0].at) {
		m.now = m.Tasks[m.next].At
		q := &m.queues[m.deal.Queue[m.next]]
		q.ready = append(q.ready, m.next)
		m.next++
		m.dispatch(q)
		return true
	}
	if len(m.agenda) == 0 {
		return false
	}
	e := m.agenda.pop()
	m.now = e.at
	switch w := &m.workers[e.worker]; {
	case w.dead:
	case e.kind == death:
		m.die(e.worker)
	case e.kind == arrival:
		m.begin(e.worker)
	case e.kind == end:
		m.end(e.worker)
	}
	return true
}

// dispatch hands out what can be.
func (m *model) dispatch(q *modelQueue) {
	for len(q.back)+len(q.ready) > 0 {
		w := m.turn(q)
		if w < 0 {
			return
		}
		from := &q.ready
		if len(q.back) > 0 {
			from = &q.back
		}
		task := (*from)[0]
		*from = (*from)[1:]
		to := &m.workers[w]
		to.held = append(to.held, held{task, m.now + m.costs.Trip})
		if m.free(to) {
			m.lineUp(q, w)
		}
		if len(to.held) == 1 {
			m.begin(w)
		}
	}
}

// turn takes whose turn it is; -1: nobody can take a task.
func (m *model) turn(q *modelQueue) int {
	for rank := len(q.turns) - 1; rank >= 0; rank-- {
		for len(q.turns[rank]) > 0 {
			w := q.turns[rank][0]
			q.turns[rank] = q.turns[rank][1:]
			if !m.workers[w].dead {
				return w
			}
		}
	}
	return -1
}

// lineUp puts the worker behind the others whose turn comes.
func (m *model) lineUp(q *modelQueue, w int) {
	rank := m.deal.Rank[w]
	q.turns[rank] = append(q.turns[rank], w)
}

// free reports whether the worker may hold one more.
func (m *model) free(w *modelWorker) bool {
	return m.Strategy.Prefetch == 0 || len(w.held) < m.Strategy.Prefetch
}

// begin lets the worker do the first that it holds, once it has it.
func (m *model) begin(i int) {
	w := &m.workers[i]
	first := w.held[0]
	if first.from > m.now {
		m.agenda.push(event{first.from, arrival, i})
		return
	}
	w.doing = len(m.stints)
	until := m.now + m.Crew[i].Takes(m.Tasks[first.task].Work) + m.costs.Over
	m.stints = append(m.stints, Stint{Task: first.task, Worker: i, Begin: m.now, End: until, Redelivered: m.again[first.task]})
	m.agenda.push(event{until, end, i})
}

// end acknowledges what the worker has done.
func (m *model) end(i int) {
	w := &m.workers[i]
	q := &m.queues[m.deal.From[i]]
	if !m.free(w) {
		m.lineUp(q, i)
	}
	w.held, w.doing = w.held[1:], -1
	if len(w.held) > 0 {
		m.begin(i)
	}
	m.dispatch(q)
}

// die puts all that the worker holds back.
func (m *model) die(i int) {
	w := &m.workers[i]
	w.dead = true
	if w.doing >= 0 {
		m.stints[w.doing].End, m.stints[w.doing].Lost = m.now, true
	}
	q := &m.queues[m.deal.From[i]]
	q.back = slices.Clone(q.back)
	for _, h := range w.held {
		q.back = append(q.back, h.task)
		m.again[h.task] = true
	}
	slices.Sort(q.back)
	w.held = nil
	m.dispatch(q)
}

func (m *model) run() Run {
	r := Run{Experiment: m.Experiment, Queued: make([]time.Duration, len(m.Tasks)), Stints: m.stints}
	for i, t := range m.Tasks {
		r.Queued[i] = t.At
	}
	for _, q := range m.queues {
		r.Stranded += len(q.back) + len(q.ready)
	}
	return r
}
