package cli

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"carousel/ui"
	"carousel/worker"
)

// console runs the screen. It blocks until the user or a second signal ends it, and every task is settled or returned.
func (p *program) console() error {
	s, err := p.settings()
	if err != nil {
		return err
	}
	fate := tasksBack
	if !s.named {
		fate = tasksGone
	}
	return p.onTerminal(s, s.notices(), fate, (*consoleRun).run)
}

// onTerminal runs a console on the process's terminal, and sees to it that this is put in order after a crash. fate is that of
// the tasks in hand then.
func (p *program) onTerminal(s settings, notices []string, fate string, run func(*consoleRun) error) error {
	if !isTerminal(p.Stdout) {
		return usage("standard output is not a terminal; use carousel work, enqueue or check")
	}
	if p.Getenv("TERM") == "dumb" {
		return usage("this terminal cannot show the console, for TERM says that it is dumb; use carousel work, enqueue or check")
	}
	keys, err := p.keyboard()
	if err != nil {
		return err
	}
	s.Console.ASCII = s.Console.ASCII || !unicodeLocale(p.Getenv)
	c := &consoleRun{program: p, settings: s, keys: keys, notices: notices, fate: fate}
	c.monitor, err = startMonitor(fileOf(p.Stdout), true, c.fate)
	if err != nil {
		c.notices = append(c.notices, "A crash could not be cleaned up after: "+plainCause(err).Error()+".")
	}
	err = run(c)
	c.sayLeft()
	c.monitor.end() // not deferred: a panic must find it at its post
	return err
}

// consoleRun is one run of the console.
type consoleRun struct {
	*program
	settings
	keys    *os.File
	monitor *monitor
	notices []string
	fate    string // of the tasks in hand, when it ends unasked

	// Of the session on the screen, once it was started.
	onBroker bool // its queue is a broker's, not the sandbox's
	working  bool // it has workers

	first    *backend // whose log all sessions write
	sessions sessions
}

// run opens what the console shows, and shows it.
func (c *consoleRun) run() error {
	if !c.named {
		b, err := c.openSandbox()
		if err != nil {
			return err
		}
		defer b.Close()
	}
	b, err := c.backendFor(c.settings, nil) // nothing but the screen may write to the terminal
	if err != nil {
		return err
	}
	defer b.book.close()
	defer c.sessions.close()
	c.first = b
	var pool *worker.Pool
	if c.watchOnly() == "" {
		if pool, err = c.newPool(b, keptBytes, 0); err != nil {
			b.client.Close()
			return err
		}
	}
	start := c.session(c.settings, b, pool)
	left, elsewhere := c.leftHere(c.settings, b)
	c.notices = append(c.notices, elsewhere...)
	tape, err := c.recorder() // once nothing else can fail: a file that was begun would be in the way of the next attempt
	if err != nil {
		return err
	}
	defer c.recorded(tape)
	options := ui.Options{
		Config: c.Console, Broker: start.Broker, Pool: start.Pool, Journal: start.Journal, Kept: start.Kept, Dead: start.Dead, Admin: start.Admin,
		Others: start.Others, Trace: start.Trace, Left: left, Floor: start.Floor, Close: start.Close, Context: start.Context, Contexts: c.ways(),
		Switch: start.Switch, Unasked: start.Unasked, SwitchContext: c.goToContext, Version: version(), Sandbox: !c.named, ReadOnly: c.Broker.ReadOnly,
		Guarded: c.monitor != nil, Notices: c.notices, Templates: c.templates(), History: c.history(), Stop: c.stop.Done(), DrainTimeout: c.Workers.DrainTimeout.D(),
		Greet: !c.greeted(), Greeted: c.remember, Trouble: b.book.trouble, Input: c.keys, Output: fileOf(c.Stdout),
	}
	if tape != nil {
		options.Record = tape
		options.Trouble = func() string { return cmp.Or(b.book.trouble(), c.recordingTrouble(tape)) }
	}
	defer c.followJobs(&options)()
	start.Start()
	c.monitor.await() // it has come while all this was opened
	parting, err := ui.Run(c.now, options)
	if parting != "" {
		c.say(parting)
	}
	return c.end(err)
}

// followJobs lets the console give its terminal away, to the shell or to an editor, until end is called.
func (c *consoleRun) followJobs(o *ui.Options) (end func()) {
	jobs := watchJobs()
	o.Lend = func(use func() error) error {
		c.monitor.tell(screenGiven)
		defer c.monitor.tell(screenTaken)
		return c.lend(func() error { return jobs.lend(use) })
	}
	if jobs.suspend != nil {
		o.Suspend, o.Continued = jobs.suspend, jobs.continued
		o.Halt = func() bool {
			c.monitor.tell(screenGiven)
			defer c.monitor.tell(screenTaken)
			return jobs.halt()
		}
	}
	return jobs.end
}

// templates is the file of the enqueue form's templates, beside the user's own config; "" where there is no folder for it.
func (p *program) templates() string {
	if p.ConfigDir == "" {
		return ""
	}
	return filepath.Join(p.ConfigDir, "carousel", "enqueue-templates.toml")
}

// history is the folder of what the enqueue form has sent, beside the templates; "" where there is no place for it.
func (p *program) history() string {
	if p.ConfigDir == "" {
		return ""
	}
	return filepath.Join(p.ConfigDir, "carousel", "enqueue-history")
}

// end turns how the screen ended into an exit status.
func (c *consoleRun) end(err error) error {
	var crash *ui.Crash
	switch {
	case errors.As(err, &crash):
		return keepCrash(crash, c.fate)
	case c.stop.Err() != nil && c.onBroker && !c.working:
		return &exit{exitInterrupted, errors.New("interrupted; there were no workers here")}
	case c.stop.Err() != nil && c.onBroker:
		return &exit{exitInterrupted, errors.New("interrupted; what was not finished is in the queue again")}
	case c.stop.Err() != nil:
		return &exit{exitInterrupted, errors.New("interrupted; " + c.fate)}
	case errors.Is(err, ui.ErrTerminalGone):
		return &exit{exitInterrupted, err}
	}
	return err
}

// unicodeLocale reports whether the locale's characters are those of Unicode. Where no locale is set, as in most
// containers, the terminal outside most likely has them.
func unicodeLocale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(getenv(name)); locale != "" {
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return true
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

// keptBytes is how much of whole tasks the console keeps, to show, save and resend them.
const keptBytes = 16_000_000

// newPool returns the pool that the settings describe, which keeps so many bytes of whole tasks and takes so many tasks; 0: any
// number.
func (s settings) newPool(b *backend, keep, most int) (*worker.Pool, error) {
	handler, err := worker.NewHandler(s.Handler)
	if err != nil {
		return nil, &exit{exitUsage, err}
	}
	return worker.New(s.Workers, b.source, handler, worker.Options{
		Queue: s.Queue.Name, HandlerName: s.Handler.Kind, Failure: s.Failure, Guard: s.Handler.Simulated(), Keep: keep, MaxTasks: most,
		Slack: worker.UsualSlack, Depth: worker.DepthBy(b.client), Log: b.log,
	}), nil
}

// watchOnly says why the console has no workers; "" when it has.
func (s settings) watchOnly() string {
	if s.Broker.ReadOnly {
		return "Read-only: no workers, and nothing is published or purged."
	}
	if reason := s.guard(); reason != "" {
		return "Watch only: " + reason + "; W asks and starts them, --workers N does from the start."
	}
	return ""
}

// notices are what to know from the start.
func (s settings) notices() []string {
	var notices []string
	for _, w := range slices.Concat(s.dangers, s.warnings) {
		notices = append(notices, "Warning: "+w+".")
	}
	if !s.named {
		notices = append(notices,
			"A sandbox: a broker in memory, gone when you quit. For a real one: carousel --url amqp://user@host/")
	}
	if reason := s.watchOnly(); reason != "" {
		notices = append(notices, reason)
	}
	return notices
}
