package cli

import (
	"context"
	"errors"
	"os"

	"carousel/ui"
	"carousel/worker"
)

// console runs the screen. It blocks until the user or a second signal ends it, and every task is settled or returned.
func (p *program) console() error {
	s, err := p.settings()
	if err != nil {
		return err
	}
	if !isTerminal(p.Stdout) {
		return usage("standard output is not a terminal; use carousel work, enqueue or check")
	}
	notices, fate := s.notices(), tasksBack
	if !s.named {
		fate = tasksGone
	}
	keys, err := p.keyboard()
	if err != nil {
		return err
	}
	monitor, err := startMonitor(fileOf(p.Stdout), true, fate)
	guarded := err == nil
	if err != nil {
		notices = append(notices, "A crash could not be cleaned up after: "+plainCause(err).Error()+".")
	}
	defer monitor.end()
	if !s.named {
		b, err := s.openSandbox()
		if err != nil {
			return err
		}
		defer b.Close()
	}
	b, err := p.backendFor(s, nil) // nothing but the screen may write to the terminal
	if err != nil {
		return err
	}
	defer b.Close()

	options := ui.Options{
		Config: s.Console, Broker: b.client, Version: version(), Sandbox: !s.named, ReadOnly: s.Broker.ReadOnly,
		Guarded: guarded, Notices: notices, Stop: p.stop.Done(), DrainTimeout: s.Workers.DrainTimeout.D(),
		Trouble: b.trouble, Input: keys, Output: fileOf(p.Stdout),
	}
	jobs := watchJobs()
	defer jobs.end()
	if jobs.suspend != nil {
		options.Suspend, options.Continued = jobs.suspend, jobs.continued
		options.Halt = func() bool {
			monitor.tell(screenGiven)
			defer monitor.tell(screenTaken)
			return jobs.halt()
		}
	}
	if s.watchOnly() == "" {
		pool, err := s.newPool(b)
		if err != nil {
			return err
		}
		options.Pool, options.Journal = pool, pool.Journal()
		pool.Start(p.now)
		defer endNow(pool)
	}
	parting, err := ui.Run(p.now, options)
	if parting != "" {
		p.say(parting)
	}
	switch {
	case p.stop.Err() != nil && s.named:
		return &exit{exitInterrupted, errors.New("interrupted; what was not finished is in the queue again")}
	case p.stop.Err() != nil:
		return &exit{exitInterrupted, errors.New("interrupted; " + fate)}
	case errors.Is(err, ui.ErrTerminalGone):
		return &exit{exitInterrupted, err}
	}
	return err
}

// keyboard is the terminal that keys are read from. Standard input may be something else: a pipe, or nothing.
func (p *program) keyboard() (*os.File, error) {
	if isTerminal(p.Stdin) {
		return fileOf(p.Stdin), nil
	}
	f, err := os.Open("/dev/tty")
	if err != nil {
		return nil, usage("there is no terminal to read keys from: standard input is not one, and the process has no other; " +
			"use carousel work, enqueue or check")
	}
	return f, nil // ends with the process
}

// endNow ends what is left of a pool: nothing after the console's own drain.
func endNow(pool *worker.Pool) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = pool.Drain(ctx) // ctx's own end is no news
}

// newPool returns the pool that the settings describe.
func (s settings) newPool(b *backend) (*worker.Pool, error) {
	handler, err := worker.NewHandler(s.Handler)
	if err != nil {
		return nil, err
	}
	return worker.New(s.Workers, b.source, handler, worker.Options{
		Queue: s.Queue.Name, HandlerName: s.Handler.Kind, Failure: s.Failure, Guard: true, Log: b.log,
	}), nil
}

// watchOnly says why the console has no workers; "" when it has.
func (s settings) watchOnly() string {
	if s.Broker.ReadOnly {
		return "Read-only: no workers, and nothing is published or purged."
	}
	if reason := s.guard(); reason != "" {
		return "Watch only: " + reason + "."
	}
	return ""
}

// notices are what to know from the start.
func (s settings) notices() []string {
	notices := append([]string{}, s.warnings...)
	if !s.named {
		notices = append(notices,
			"A sandbox: a broker in this program's memory, gone when you quit. Work on a real one with --url amqp://user@host/")
	}
	if reason := s.watchOnly(); reason != "" {
		notices = append(notices, reason)
	}
	return notices
}
