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
	var o workOptions
	c := &cobra.Command{
		Use:   "work [-- COMMAND [ARGUMENT…]]",
		Short: "Run the worker pool without a screen",
		Long: `Run the worker pool without a screen, until a signal comes, until the queue is empty with --drain, or until so many tasks were
taken with --max-tasks. The first signal lets the tasks in hand finish, for at most workers.drain_timeout; the second one hands
them back. SIGHUP reads the config again, and opens the log file anew; on a terminal that has gone it is the first signal.

A command after -- does the tasks (--handler exec): no shell sees it, a task's body is its standard input, and the rest of the
task is in CAROUSEL_ID, CAROUSEL_TYPE, CAROUSEL_ATTEMPT, CAROUSEL_HEADERS and the like. It ends with status 0 when the task is
done; what other statuses mean says [handler.exec] in the config.

With handler.exec.persistent it stays, one for each worker, and reads a task a line, as JSON. It answers each with a line:
  {"id":"0193…","queue":"task_queue","attempt":1,"attempts":5,"worker":3,"headers":{},"body":"resize cat.png"}
  {"id":"0193…","result":"done"}        or "retry" or "dead-letter", with "error":"why"; "output":"…" is shown
A body that is no text is in "body_base64". What it writes to standard error is shown with the task.

Exit status: 0 the queue is empty or the tasks were taken, 1 it failed, 3 it failed after some tasks were done, 130 interrupted.`,
		Example: "  carousel work --workers 8 --drain\n  carousel work --max-tasks 10000 --metrics 127.0.0.1:9464 --log-format json\n" +
			"  carousel work -- convert - -resize 50% out.png",
		Args: func(c *cobra.Command, args []string) error { return p.takeCommand(c, args, noArgs) },
		RunE: func(*cobra.Command, []string) error { return p.work(o) },
	}
	p.poolFlags(c.Flags())
	stands(p, c.Flags(), c.Flags().StringVar, "metrics", "metrics.listen", "serve figures for Prometheus, health and readiness on `host:port`",
		func(c *Config, v string) { c.Metrics.Listen = v })
	c.Flags().BoolVar(&o.drain, "drain", false, "end when the queue is empty")
	c.Flags().IntVar(&o.most, "max-tasks", 0, "end after this `number` of tasks were taken, tries of one task counted each; 0: any number")
	c.Flags().BoolVar(&o.json, "json", false, "print the result as JSON")
	return c
}

// workOptions are what is said of a run of the work command beside the config.
type workOptions struct {
	drain bool // end when the queue is empty
	most  int  // end after so many tasks; 0: any number
	json  bool // print the result as JSON
}

// work runs pools until one of them ended the work. It blocks until the last worker has ended.
func (p *program) work(o workOptions) error {
	if o.most < 0 {
		return usage("--max-tasks: take 1 task or more; 0 is any number")
	}
	p.hangup.Store(newHangup(p.Terminal))
	s, err := p.readSettings()
	if err != nil {
		return err
	}
	p.speakAs(s.Log)
	p.warn(s)
	if reason := s.guard(); reason != "" {
		return usage("%s; say --workers N", reason)
	}
	monitor := p.standBy()
	err = p.workOn(s, o)
	monitor.end() // not deferred: a panic must find it at its post
	return err
}

// workOn runs pools with these settings until one of them ended the work, and reports.
func (p *program) workOn(s settings, o workOptions) error {
	if _, err := worker.NewHandler(s.Handler); err != nil { // before anything is connected
		return &exit{exitUsage, err}
	}
	server, err := listenForMetrics(s.Metrics)
	if err != nil {
		return err
	}
	status := &statusLine{out: p.Stderr}
	b, err := p.backendFor(s, status)
	if err != nil {
		if server != nil {
			server.Close()
		}
		return err
	}
	defer b.Close()

	if s.Log.File != "" { // otherwise standard error has them
		for _, danger := range s.dangers {
			b.log.Warn(danger)
		}
	}
	w := &workRun{program: p, settings: s, backend: b, workOptions: o, began: time.Now(), ordered: make(chan struct{}, 1)}
	if isTerminal(p.Stderr) {
		w.status = status
	}
	w.service = p.startService(s, b, server)
	err = w.run()
	w.service.end()
	status.show("")
	if o.json || len(w.total.rows) > 0 {
		told := p.reportWork(w.total.result(w.event(err), w.seconds()), o.json)
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
	m.await()
	return m
}

// errOrdered ends the work in good order.
var errOrdered = errors.New("a console elsewhere has ordered to drain")

// workRun is one run of the work command. One goroutine uses it.
type workRun struct {
	*program
	settings
	*backend
	workOptions
	service *service
	ordered chan struct{} // a console elsewhere has ordered to drain
	status  *statusLine   // nil: standard error is no terminal
	began   time.Time

	total crew
	taken int       // of most
	open  uint64    // tasks that went back, or could not be settled, as the last pool ended: the queue has them again
	first time.Time // the first task was taken
	last  time.Time // the last task ended

	warned bool // of failed tasks that are dropped
}

// run returns nil when the queue was empty or the tasks were taken, and otherwise why the work ended.
func (w *workRun) run() error {
	if err := w.reach(); err != nil {
		return err
	}
	for {
		if err := w.shift(); err != nil || !w.drain || w.spent() {
			return err
		}
		left, err := w.look(w.stop)
		if err != nil || left.none() {
			return err
		}
		w.log.Info("tasks came back while the last ones finished; going on", "ready", left.ready, "waiting", left.waiting.Tasks)
	}
}

// reach waits for the broker and its queue, and reads the config again meanwhile where that is ordered.
func (w *workRun) reach() error {
	there := make(chan error, 1)
	var reaching sync.WaitGroup
	defer reaching.Wait()
	reaching.Go(func() {
		if w.drain {
			if err := connect(w.stop, w, broker.RoleWatch, w.Broker); err != nil {
				there <- err
				return
			}
		}
		_, err := w.EnsureQueue(w.stop)
		there <- err
	})
	for {
		select {
		case err := <-there:
			return err
		case <-w.hangup.Load().reload:
			w.reload(nil)
		}
	}
}

// spent reports whether as many tasks were taken as wanted.
func (w *workRun) spent() bool { return w.most > 0 && w.taken >= w.most }

// shift runs one pool from its start until every worker has ended. It returns nil when the queue was found empty, or when as many
// tasks as wanted were taken.
func (w *workRun) shift() error {
	left := 0
	if w.most > 0 {
		left = w.most - w.taken
	}
	pool, err := w.newPool(w.backend, 0, left)
	if err != nil {
		return err
	}
	w.service.pool.Store(pool)
	defer w.service.pool.Store(nil)
	pool.Start(context.Background()) // Drain alone ends it, at the second signal too: nothing goes back uncounted
	_, quiet := w.report(w.backend, pool, false, func() {
		select {
		case w.ordered <- struct{}{}:
		default: // it was ordered before
		}
	})
	defer quiet()
	stopFollowing := w.follow(pool)
	why := w.awaitEnd(pool)
	w.taken += pool.Taken()
	if why != nil || !w.drain || w.spent() {
		w.service.leave()
	}
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

// awaitEnd blocks until the pool should take no more: nil when the queue is empty, or when the tasks that it was to take are
// finished, else why.
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
		case <-w.ordered:
			return errOrdered
		case err := <-empty:
			return err
		case <-w.hangup.Load().reload:
			w.reload(pool)
		case <-tick.C:
			switch s := pool.Status(); {
			case s.State == worker.PoolHeld && !s.Rests:
				return w.held(s)
			case s.State == worker.PoolStopped && pool.Spent():
				return nil
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

// end turns why the work ended into an exit status.
func (w *workRun) end(why error) error {
	switch {
	case w.stop.Err() != nil && w.open > 0:
		return &exit{exitInterrupted, fmt.Errorf("interrupted; %d tasks that were in hand are in the queue again", w.open)}
	case w.stop.Err() != nil:
		return &exit{exitInterrupted, errors.New("interrupted; every task in hand was finished")}
	case why == nil, errors.Is(why, errOrdered):
		return nil
	case w.total.done() > 0:
		return &exit{exitPartly, why}
	}
	return &exit{exitFailed, why}
}
