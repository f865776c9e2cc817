package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"carousel/broker"
	"carousel/worker"
)

func (p *program) workCommand() *cobra.Command {
	var drain, asJSON bool
	c := &cobra.Command{
		Use:   "work",
		Short: "Run the worker pool without a screen",
		Long: `Run the worker pool without a screen, until a signal comes or, with --drain, until the queue is empty.
The first signal lets the tasks in hand finish, for at most workers.drain_timeout; the second one hands them back.

Exit status: 0 the queue is empty, 1 it failed, 3 it failed after some tasks were done, 130 interrupted.`,
		Example: "  carousel work --workers 8 --drain",
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return p.work(drain, asJSON) },
	}
	p.poolFlags(c.Flags())
	c.Flags().BoolVar(&drain, "drain", false, "end when the queue is empty")
	c.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return c
}

// work runs pools until one of them ended the work. It blocks until the last worker has ended.
func (p *program) work(drain, asJSON bool) error {
	s, err := p.readSettings()
	if err != nil {
		return err
	}
	p.speakAs(s.Log)
	p.warn(s)
	if reason := s.guard(); reason != "" {
		return usage("%s", reason)
	}
	monitor := p.standBy()
	err = p.workOn(s, drain, asJSON)
	monitor.end() // not deferred: a panic must find it at its post
	return err
}

// workOn runs pools with these settings until one of them ended the work, and reports.
func (p *program) workOn(s settings, drain, asJSON bool) error {
	status := &statusLine{out: p.Stderr}
	b, err := p.backendFor(s, status)
	if err != nil {
		return err
	}
	defer b.Close()

	if s.Log.File != "" { // otherwise standard error has them
		for _, danger := range s.dangers {
			b.log.Warn(danger)
		}
	}
	w := &workRun{program: p, settings: s, backend: b, drain: drain, began: time.Now()}
	if isTerminal(p.Stderr) {
		w.status = status
	}
	err = w.run()
	status.show("")
	if asJSON || len(w.total.rows) > 0 {
		told := p.reportWork(w.total.result(drain && err == nil, w.seconds()), asJSON)
		return errors.Join(w.end(err), told)
	}
	return w.end(err)
}

// standBy starts a monitor that keeps the report of a crash, where standard error is a file that it can be told on. The
// work goes on without one.
func (p *program) standBy() *monitor {
	speak := fileOf(p.Stderr)
	if speak == nil {
		return nil
	}
	m, err := startMonitor(speak, false, tasksBack)
	if err != nil {
		p.say("the report of a crash could not be kept: " + plainCause(err).Error())
	}
	return m
}

// workRun is one run of the work command. One goroutine uses it.
type workRun struct {
	*program
	settings
	*backend
	status *statusLine // nil: standard error is no terminal
	drain  bool
	began  time.Time

	total crew
	open  uint64    // tasks that went back, or could not be settled, as the last pool ended: the queue has them again
	first time.Time // the first task was taken
	last  time.Time // the last task ended

	warned bool // of failed tasks that are dropped
}

// run returns nil when the queue was empty, and otherwise why the work ended.
func (w *workRun) run() error {
	if w.drain {
		if err := connect(w.stop, w, broker.RoleWatch, w.Broker); err != nil {
			return err
		}
	}
	if _, err := w.EnsureQueue(w.stop); err != nil {
		return err
	}
	for {
		if err := w.shift(); err != nil || !w.drain {
			return err
		}
		left, err := w.look(w.stop)
		if err != nil || left.none() {
			return err
		}
		w.log.Info("tasks came back while the last ones finished; going on", "ready", left.ready, "waiting", left.waiting.Tasks)
	}
}

// shift runs one pool from its start until every worker has ended. It returns nil when the queue was found empty.
func (w *workRun) shift() error {
	pool, err := w.newPool(w.backend, 0)
	if err != nil {
		return err
	}
	pool.Start(context.Background()) // Drain alone ends it, at the second signal too: nothing goes back uncounted
	stopFollowing := w.follow(pool)
	why := w.awaitEnd(pool)
	before := pool.Totals()
	limited, cancel := context.WithTimeout(w.now, w.Workers.DrainTimeout.D())
	defer cancel()
	if pool.Drain(limited) != nil {
		w.log.Warn("tasks were still running after drain_timeout, or at the second signal; they went back")
	}
	stopFollowing()
	after := pool.Totals()
	w.open = after.Returned + after.Unsettled - before.Returned - before.Unsettled
	w.total.add(pool.Workers(nil))
	return why
}

// awaitEnd blocks until the pool should take no more: nil when the queue is empty, else why.
func (w *workRun) awaitEnd(pool *worker.Pool) error {
	ctx, cancel := context.WithCancel(w.stop)
	var looking sync.WaitGroup
	defer looking.Wait()
	defer cancel()
	empty := make(chan error, 1)
	if w.drain {
		looking.Go(func() { empty <- w.awaitEmpty(ctx, pool) })
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-w.stop.Done():
			return w.stop.Err()
		case err := <-empty:
			return err
		case <-tick.C:
			if s := pool.Status(); s.State == worker.PoolHeld {
				return w.held(s)
			}
		}
	}
}

func (w *workRun) held(s worker.Status) error {
	if s.Foreign {
		return fmt.Errorf("%s, with --allow-consume %s", s.Held, w.Queue.Name)
	}
	return errors.New(s.Held)
}

// How soon after a look at the queue the next one follows, at the earliest, and after one that failed.
const (
	lookEvery = 100 * time.Millisecond
	lookAgain = time.Second
)

// awaitEmpty blocks until no task is ready, none waits for its retry and none is in hand. Between the looks one may slip
// through to a worker; so the caller looks again when the workers have ended.
func (w *workRun) awaitEmpty(ctx context.Context, pool *worker.Pool) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for told := false; ; {
		if err := pool.AwaitIdle(ctx); err != nil {
			return err
		}
		left, err := w.look(ctx)
		if err != nil {
			return err
		}
		if left.none() && pool.Status().InHand == 0 {
			return nil
		}
		if waits := left.waiting; left.ready == 0 && waits.Tasks > 0 && !told {
			w.log.Info("the queue is empty, but failed tasks wait for their retry", "tasks", waits.Tasks)
			told = true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// remains is what the queue, and the retry queues beside it, hold.
type remains struct {
	ready   int
	waiting broker.Waiting
}

// none reports whether nothing is there, and nothing on its way from a retry queue.
func (r remains) none() bool { return r.ready == 0 && r.waiting.Tasks == 0 && r.waiting.Until.IsZero() }

// look asks for the queues' figures until the broker gives them, refuses, or ctx ends: the workers live through a link that
// is lost, and so does the wait for their end. The retry queues come first: a task that moves on meanwhile is then counted
// twice rather than not at all.
func (w *workRun) look(ctx context.Context) (left remains, err error) {
	for told := false; ; told = true {
		if left.waiting, err = w.Waiting(ctx); err == nil {
			var info broker.QueueInfo
			info, err = w.Inspect(ctx)
			left.ready = info.Ready
		}
		switch broker.KindOf(err) {
		case broker.LinkLost, broker.TimedOut, broker.Unreachable, broker.Unreadable:
		default:
			return left, err
		}
		if !told {
			w.log.Warn("cannot tell whether the queue is empty; trying again", "error", err)
		}
		select {
		case <-time.After(lookAgain):
		case <-ctx.Done():
			return left, ctx.Err()
		}
	}
}

// end turns why the work ended into an exit status.
func (w *workRun) end(why error) error {
	switch {
	case w.stop.Err() != nil && w.open > 0:
		return &exit{exitInterrupted, fmt.Errorf("interrupted; %d tasks that were in hand are in the queue again", w.open)}
	case w.stop.Err() != nil:
		return &exit{exitInterrupted, errors.New("interrupted; every task in hand was finished")}
	case why == nil:
		return nil
	case w.total.done() > 0:
		return &exit{exitPartly, why}
	}
	return &exit{exitFailed, why}
}
