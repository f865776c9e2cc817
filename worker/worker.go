package worker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"carousel/broker"
)

// worker is one seat of the pool: a goroutine that consumes on a channel of its own, one task at a time.
type worker struct {
	id   int
	name string
	pool *Pool
	row  row
	wake chan struct{} // the pool puts a value in; the worker takes it and reads its orders

	leaving, paused, left bool // guarded by Pool.mu, as is the writing of orders

	mu        sync.Mutex
	orders    orders             // the pool writes, the worker reads
	crash     bool               // Crash sets it while open, the worker clears it with the channel
	open      bool               // has a channel; the worker writes
	interrupt context.CancelFunc // ends the Consume under way; nil: none is
	busy      *stint             // whose handler works in the worker's goroutine; nil: none does
	heeding   chan struct{}      // closed when the goroutine that follows orders meanwhile ends; nil: there is none

	heard  uint64    // number of the newest ping that it has answered; guarded by mu
	silent time.Time // since when it has answered none; only Pool.Unresponsive

	failures int     // tries in a row that gave no working channel; only the worker's goroutine
	last     *manner // that a task was worked in; only the worker's goroutine
}

// Name is what a worker is called, by its WorkerStatus.ID.
func Name(id int) string { return fmt.Sprintf("w%02d", id) }

func newWorker(p *Pool, id int) *worker {
	name := Name(id)
	return &worker{id: id, name: name, pool: p, row: newRow(id, name, time.Now()), wake: make(chan struct{}, 1)}
}

// run is the life of the worker.
func (w *worker) run() {
	w.note(WorkerStarted, "")
	w.work()
}

// work opens channels and works on them until the worker is told to end. A handler may end the goroutine; then the worker goes
// on in another.
func (w *worker) work() {
	ended := false
	defer func() {
		if !ended {
			w.pool.team.Go(w.work)
		}
	}()
	for w.awaitOrder() {
		consumer, prefetch, err := w.consume()
		if err != nil {
			w.trouble(err)
			continue
		}
		s := &stint{worker: w, consumer: consumer, prefetch: prefetch, taking: true}
		opened := time.Now()
		err = s.serve()
		if s.tried > 0 || time.Since(opened) > backoffMax {
			w.failures = 0
		}
		if s.crashed {
			w.note(WorkerCrashed, "")
		}
		if err != nil {
			w.note(WorkerLost, oneLine(err))
			w.trouble(err)
		}
	}
	ended = true
	w.leave()
	w.row.gone(time.Now())
	w.note(WorkerStopped, "")
	w.pool.retire(w)
}

// use is called before a task is worked in a manner: what a handler that was replaced meanwhile keeps for the worker ends.
func (w *worker) use(m *manner) {
	if w.last != m {
		w.leave()
		w.last = m
	}
}

// leave ends what the handler of the worker's last task keeps for it.
func (w *worker) leave() {
	if w.last == nil {
		return
	}
	if r, ok := w.last.handler.(Resident); ok {
		r.Leave(w.pool.work, w.id)
	}
	w.last = nil
}

// awaitOrder rests until the orders are to take. It reports false when they are to end.
func (w *worker) awaitOrder() bool {
	for {
		o, _ := w.read()
		switch {
		case o.end || w.pool.work.Err() != nil:
			return false
		case o.take:
			w.row.enter(StateConnecting, time.Now(), "")
			return true
		case o.held != "":
			w.row.enter(StateHeld, time.Now(), o.held)
		default:
			w.row.enter(StatePaused, time.Now(), "")
		}
		<-w.wake
	}
}

// errNotNow is returned for a Consume that new orders interrupted.
var errNotNow = errors.New("interrupted by new orders")

// consume opens a channel. It blocks until the link is up; orders not to take end it.
func (w *worker) consume() (c Consumer, prefetch int, err error) {
	ctx, cancel := context.WithCancel(w.pool.work)
	defer cancel()
	w.mu.Lock()
	prefetch, w.interrupt = w.orders.prefetch, cancel
	take := w.orders.take
	w.mu.Unlock()
	if take {
		c, err = w.pool.source.Consume(ctx, broker.ConsumeOptions{Name: w.name, Index: w.id - 1, Prefetch: prefetch})
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.interrupt = nil
	switch {
	case err == nil && take:
		w.open = true
		w.row.consuming(c.Tag(), time.Now())
		return c, prefetch, nil
	case ctx.Err() != nil || !take:
		return nil, 0, errNotNow
	}
	return nil, 0, err
}

// trouble waits after a channel that could not be opened, or was lost, or holds the pool when waiting mends nothing.
func (w *worker) trouble(err error) {
	if errors.Is(err, errNotNow) {
		return
	}
	if kind := broker.KindOf(err); holds(kind) || kind == broker.Unreadable && w.pool.poisoned() {
		w.failures = 0
		w.pool.hold(err.Error())
		return
	}
	w.failures++
	w.row.enter(StateConnecting, time.Now(), err.Error())
	w.pool.log.Warn("a worker has no channel", "worker", w.name, "failures", w.failures, "error", err)
	w.rest(backoff(w.failures, rand.Float64()))
}

// rest waits, less when the orders are no longer to take.
func (w *worker) rest(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return
		case <-w.wake:
			if o, _ := w.read(); !o.take {
				return
			}
		}
	}
}

// note puts an event of the worker itself into the journal.
func (w *worker) note(kind EventKind, why string) {
	w.pool.journal.Record(&Event{At: time.Now(), Kind: kind, Worker: w.id, Wait: -1, Err: why})
}
