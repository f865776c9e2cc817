package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"carousel/broker"
	"carousel/worker"
)

const (
	readEvery  = 5 * time.Millisecond   // how often the pool's journal is read
	watchEvery = 100 * time.Millisecond // how often a watcher is told
	stallAfter = 10 * time.Second       // without a task being handed out, though all workers are free
)

// Measure runs the experiment on a floor, with a pool of carousel's own workers and in queues of the run's own, and returns what
// happened. Workers start before the tasks come, the first of the crew first; a task takes its worker Work/Speed by a timer,
// and is acknowledged then; a worker that dies closes its channel without an acknowledgement, and is not replaced. The run
// ends when every task is done that can be.
//
// Measure blocks until then, or until ctx ends. When it returns, also with an error, every goroutine has ended, and the broker
// deletes the queues; the Run is as far as it came. The error is ctx's, or says in words for a person why the run failed. watch,
// unless it is nil, is called about ten times a second from the calling goroutine with the run as far as it has come. It may keep
// the Run, whose slices are never written again.
func Measure(ctx context.Context, e Experiment, f Floor, watch func(Run)) (Run, error) {
	if err := e.runnable(); err != nil {
		return Run{Experiment: e}, err
	}
	m := newMeasurement(e)
	err := m.run(ctx, f, watch)
	if err != nil && ctx.Err() != nil { // it ended the rest
		err = ctx.Err()
	}
	return m.book.final(m.queued()), err
}

// runnable reports what no broker could run.
func (e Experiment) runnable() error {
	switch n := len(e.Crew); {
	case n == 0:
		return errors.New("an experiment needs at least one worker")
	case n > worker.MaxWorkers:
		return fmt.Errorf("a run on a broker has %d workers at most, and %d are asked for; the model takes any number", worker.MaxWorkers, n)
	}
	for w, worker := range e.Crew {
		if !(worker.Speed > 0) { // the negation catches NaN
			return fmt.Errorf("worker %d has a speed of %v, and would never end a task", w+1, worker.Speed)
		}
	}
	return nil
}

func (m *measurement) run(ctx context.Context, f Floor, watch func(Run)) error {
	queues, err := f.Open(ctx, m.deal.Queues)
	if err != nil {
		return err
	}
	m.queues = queues
	crew := worker.Config{Count: len(m.e.Crew), Max: len(m.e.Crew), Prefetch: 1} // Consume asks for the strategy's prefetch
	pool := worker.New(crew, m, m, worker.Options{Queue: "lab", HandlerName: "lab", Events: m.events()})
	work, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		queues.Close() // before the workers are waited for: a broker that does not answer would hold each of them up
		_ = pool.Drain(context.WithoutCancel(ctx))
		m.publishing.Wait()
	}()
	pool.Start(work)
	if err = m.attached(ctx); err == nil {
		m.start = time.Now()
		m.book.start, m.moved = m.start, m.start
		m.publishing.Go(func() { m.publish(work) })
		err = m.follow(ctx, pool, watch)
	}
	if why := queues.Err(); err != nil && why != nil { // all else comes of that
		err = why
	}
	if err != nil {
		err = fmt.Errorf("the run was broken off: %w", err)
	}
	return err
}

var errOff = errors.New("its queues were closed")

// attached waits until every worker has its channel.
func (m *measurement) attached(ctx context.Context) error {
	select {
	case <-m.turns[len(m.e.Crew)]:
		return nil
	case err := <-m.failed:
		return err
	case <-m.queues.Off():
		return errOff
	case <-ctx.Done():
		return ctx.Err()
	}
}

// follow keeps the books and lets workers die, until the run is over.
func (m *measurement) follow(ctx context.Context, pool *worker.Pool, watch func(Run)) error {
	tick := time.NewTicker(readEvery)
	defer tick.Stop()
	deaths := m.deaths()
	death := m.first(deaths)
	shown := m.start
	for !m.book.over() {
		select {
		case <-tick.C:
		case <-death:
			if err := pool.Crash(deaths[0] + 1); err != nil {
				return err
			}
			deaths = deaths[1:]
			death = m.first(deaths)
		case err := <-m.failed:
			return err
		case <-m.queues.Off():
			return errOff
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := m.read(pool.Journal()); err != nil {
			return err
		}
		if now := time.Now(); watch != nil && now.Sub(shown) >= watchEvery {
			shown = now
			watch(m.book.sofar(m.queued(), now))
		}
	}
	return nil
}

// deaths are the workers that die, in the order of that.
func (m *measurement) deaths() (workers []int) {
	for w, worker := range m.e.Crew {
		if worker.Dies > 0 {
			workers = append(workers, w)
		}
	}
	slices.SortStableFunc(workers, func(a, b int) int { return cmp.Compare(m.e.Crew[a].Dies, m.e.Crew[b].Dies) })
	return workers
}

// first tells when the first of them dies; nil: nobody does.
func (m *measurement) first(deaths []int) <-chan time.Time {
	if len(deaths) == 0 {
		return nil
	}
	return time.After(time.Until(m.start.Add(m.e.Crew[deaths[0]].Dies)))
}

// read takes what the journal has into the book. A queue that hands out nothing for long, though somebody is free, has lost
// tasks: nothing else would end the run.
func (m *measurement) read(journal *worker.Journal) error {
	var missed uint64
	m.fresh, m.cursor, missed = journal.Since(m.cursor, m.fresh[:0])
	if missed > 0 {
		return fmt.Errorf("%d events came faster than they could be read", missed)
	}
	for i := range m.fresh {
		if err := m.book.enter(&m.fresh[i]); err != nil {
			return err
		}
	}
	now := time.Now()
	if len(m.fresh) > 0 || m.book.busy > 0 || int(m.sent.Load()) < len(m.e.Tasks) {
		m.moved = now
	}
	if now.Sub(m.moved) > m.stall {
		return fmt.Errorf("%d of %d tasks are not done, and the broker has handed out none for %v; "+
			"does a policy of the vhost let messages expire, or limit the length of queues?", m.book.left(), len(m.e.Tasks), m.stall)
	}
	return nil
}

// publish enqueues the tasks, each when it is due.
func (m *measurement) publish(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i, task := range m.e.Tasks {
		if wait := task.At - time.Since(m.start); wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
		}
		m.enqueued[i] = time.Since(m.start)
		m.sent.Store(int64(i + 1))
		if err := m.queues.Send(ctx, m.deal.Queue[i], taskOf(i), m.outcome); err != nil {
			m.fail(err)
			return
		}
	}
}

// outcome ends the run when a task is not where it should be.
func (m *measurement) outcome(r broker.Receipt) {
	if r.Outcome != broker.Confirmed {
		m.fail(fmt.Errorf("a task could not be enqueued: %s", r.Why))
	}
}
