// Package metrics shows the figures of a worker pool to other programs: it serves them over HTTP in Prometheus' text format, and
// says whether the process is well and ready. As a screen does, it reads what the workers have recorded; no worker waits for it.
package metrics

import (
	"sync"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// other is the label of what has no figures of its own.
const other = "other"

// Meter counts what the journals of one pool after another tell. Its counts only grow, also from pool to pool. Its methods may
// be called from any goroutine, and hold each other up for a fraction of a millisecond at most.
type Meter struct {
	cfg Config

	mu      sync.Mutex // guards what follows: whoever reads the journal writes, whoever serves reads
	types   map[string]*typeTally
	workers []workerTally // from w01 on
	rest    workerTally   // of the other workers
	missed  uint64        // events that were overwritten before they were read
	reload  reload
}

// typeTally is what is counted of the tasks of one type.
type typeTally struct {
	started, redelivered uint64
	ended                [len(outcomes)]uint64
	wait, run            histogram
}

// workerTally is what is counted of the tasks of one worker.
type workerTally struct {
	ended [len(outcomes)]uint64
	busy  time.Duration // in handlers, of tries that have ended
}

// reload is how the newest reload of the config went.
type reload struct {
	failed bool
	loaded time.Time // when the config in use was read
}

// outcomes are the words of worker.Outcomes in the order in which they are shown.
var outcomes = [...]string{"done", "retried", "requeued", "dead-lettered", "rejected", "returned", "unsettled"}

// outcomeOf is an outcome's place among them; -1 for none.
func outcomeOf(word string) int {
	for i := range outcomes {
		if outcomes[i] == word {
			return i
		}
	}
	return -1
}

// NewMeter returns a meter that has counted nothing. The config has passed Validate.
func NewMeter(cfg Config) *Meter {
	return &Meter{cfg: cfg, types: map[string]*typeTally{}, reload: reload{loaded: time.Now()}}
}

// Count takes in what was read from a journal, in its order, and how many events were missed before it.
func (m *Meter) Count(events []worker.Event, missed uint64) {
	if len(events) == 0 && missed == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.missed += missed
	for i := range events {
		m.count(&events[i])
	}
}

func (m *Meter) count(e *worker.Event) {
	if e.Kind == worker.TaskStarted {
		t := m.typed(e.Task.Type)
		t.started++
		if e.Task.Redelivered {
			t.redelivered++
		}
		if e.Wait >= 0 {
			t.wait.observe(e.Wait)
		}
		return
	}
	i := outcomeOf(e.Outcome())
	if i < 0 {
		return
	}
	t, w := m.typed(e.Task.Type), m.worker(e.Worker)
	t.ended[i]++
	w.ended[i]++
	w.busy += e.Run
	if e.Kind != worker.TaskReturned { // which tells how long it was let run, or nothing
		t.run.observe(e.Run)
	}
}

// typed is where tasks of a type are counted. The label is made plain here, once, so that two types never have the same.
func (m *Meter) typed(name string) *typeTally {
	if t := m.types[name]; t != nil {
		return t
	}
	name = broker.Plain(name)
	if t := m.types[name]; t != nil {
		return t
	}
	if len(m.types) >= m.cfg.Types {
		name = other
	}
	if m.types[name] == nil {
		m.types[name] = &typeTally{}
	}
	return m.types[name]
}

func (m *Meter) worker(id int) *workerTally {
	if id > m.cfg.Workers {
		return &m.rest
	}
	for len(m.workers) < id {
		m.workers = append(m.workers, workerTally{})
	}
	return &m.workers[id-1]
}

// Reloaded notes that the config was read again, and whether it could be used.
func (m *Meter) Reloaded(ok bool, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reload.failed = !ok
	if ok {
		m.reload.loaded = now
	}
}
