package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"carousel/broker"
	"carousel/worker"
)

func (p *program) checkCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "check [-- COMMAND [ARGUMENT…]]",
		Short: "Check config, handler, broker, login, queue, rights and management API",
		Long: `Check config, handler, broker, login, queue, rights and management API, one line each, and say what to do about what fails.
Nothing is declared, put into a queue or taken from one. A command after -- is looked for as carousel work would, and is not run.

Exit status: 0 all is well, 1 a check failed, 2 the config is wrong.`,
		Args: func(c *cobra.Command, args []string) error { return p.takeCommand(c, args, noArgs) },
		RunE: func(*cobra.Command, []string) error { return p.check(asJSON) },
	}
	p.handlerFlags(c.Flags())
	c.Flags().BoolVar(&asJSON, "json", false, "print each line as a JSON object")
	return c
}

// finding is the outcome of one check.
type finding struct {
	Event string `json:"event"`
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Text  string `json:"text"`
}

// checker prints findings as they come.
type checker struct {
	*program
	asJSON bool
	failed int
	broken error // standard output could not be written
}

func (c *checker) ok(name, format string, args ...any) {
	c.tell(name, true, fmt.Sprintf(format, args...))
}

func (c *checker) fail(name string, err error) {
	c.failed++
	c.tell(name, false, err.Error())
}

func (c *checker) tell(name string, ok bool, text string) {
	text = broker.Plain(text)
	var err error
	if c.asJSON {
		err = json.NewEncoder(c.Stdout).Encode(finding{"check", name, ok, text})
	} else {
		_, err = fmt.Fprintf(c.Stdout, "%-4s %-10s %s\n", map[bool]string{true: "ok", false: "fail"}[ok], name, text)
	}
	if c.broken == nil { // what cannot be written is told once
		c.broken = err
	}
}

// check runs the checks in the order in which they need each other.
func (p *program) check(asJSON bool) error {
	c := &checker{program: p, asJSON: asJSON}
	s, err := p.settings()
	if err != nil {
		for _, part := range parts(err) {
			c.fail("config", part)
		}
		return &exit{exitUsage, errors.Join(errors.New("the config is wrong; nothing was connected"), c.broken)}
	}
	c.ok("config", "%s", s.origin())
	if x := s.context(); x.Name != "" {
		c.ok("context", "%s", s.describe(x))
	}
	c.checkHandler(s)
	if err := c.checkBroker(s); err != nil {
		return err
	}
	switch {
	case p.stop.Err() != nil:
		return &exit{exitInterrupted, errors.New("interrupted; not everything was checked")}
	case c.failed > 0:
		return errors.Join(fmt.Errorf("%d of the checks failed", c.failed), c.broken)
	}
	return c.broken
}

// checkHandler asks the handler whether it could work, if it has a way to tell.
func (c *checker) checkHandler(s settings) {
	h, err := worker.NewHandler(s.Handler)
	able, told := h.(worker.Checker)
	if told && err == nil {
		err = able.Check()
	}
	there, reaches := h.(worker.Prober)
	if reaches && err == nil {
		err = there.Probe(c.stop)
	}
	switch {
	case err != nil:
		c.fail("handler", err)
	case told || reaches:
		c.ok("handler", "%s: %v", s.Handler.Kind, h)
	}
}

// checkBroker opens the broker and looks at it from every side. Its error is that it could not begin.
func (c *checker) checkBroker(s settings) error {
	b, err := c.backendFor(s, nil)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := connect(c.stop, b, broker.RoleWatch, s.Broker); err != nil {
		c.fail(blamed(err), err)
		return nil
	}
	l := linkOf(b, broker.RoleWatch)
	c.ok("broker", "%s, %s %s, %s", l.Address, l.Product, l.Version, transport(l))
	c.ok("login", "user %s, vhost %s", l.User, l.VHost)
	seen := c.awaitSnapshot(b, s)
	c.checkQueue(b, s, seen)
	c.checkRights(b, s)
	c.checkFailures(s, seen)
	c.checkManagement(seen)
	c.checkTracing(b)
	return nil
}

// checkTracing warns of tracing that somebody has left on: nothing else tells of it, and it costs everybody on the vhost. Why it could
// not be asked, the check before has said.
func (c *checker) checkTracing(b *backend) {
	if b.meet == nil {
		return
	}
	ctx, cancel := context.WithTimeout(c.stop, untraceTime)
	defer cancel()
	if nodes, err := b.meet.TracedAt(ctx); err == nil && len(nodes) > 0 {
		vhost := b.meet.Snapshot().VHost
		c.tell("tracing", true, fmt.Sprintf("warning: vhost %s is traced at %s, which copies every delivery; unless somebody needs it just now: rabbitmqctl trace_off -p %s there",
			vhost, strings.Join(nodes, ", "), vhost))
	}
}

// blamed names the check that a failed connection belongs to: a refusal is the login's, unless TLS came to nothing before.
func blamed(err error) string {
	if broker.KindOf(err) != broker.Refused || broker.BeforeLogin(err) {
		return "broker"
	}
	return "login"
}

func transport(l broker.LinkState) string {
	switch {
	case l.TLS && l.Insecure:
		return "TLS, certificate not verified"
	case l.TLS:
		return "TLS"
	}
	return "not encrypted"
}

// awaitSnapshot waits until both halves of the management API have answered or failed; at most the time of two calls.
func (c *checker) awaitSnapshot(b client, s settings) broker.Snapshot {
	ctx, cancel := context.WithTimeout(c.stop, 2*s.Broker.RPCTimeout.D())
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		seen := b.Snapshot()
		if answered(seen.Totals) && answered(seen.API) {
			return seen
		}
		select {
		case <-ctx.Done():
			return seen
		case <-tick.C:
		}
	}
}

func answered(s broker.Source) bool { return !s.At.IsZero() || s.Err != nil }

// sound reports whether the management API gave what it has. It has nothing of a queue that does not exist.
func sound(s broker.Source) bool { return s.Err == nil || broker.KindOf(s.Err) == broker.QueueMissing }

func (c *checker) checkQueue(b client, s settings, seen broker.Snapshot) {
	info, err := b.Inspect(c.stop)
	switch {
	case broker.KindOf(err) == broker.QueueMissing && s.Queue.Declare && !s.Broker.ReadOnly:
		c.ok("queue", "%s does not exist yet; carousel declares it (%s) when it first needs it", s.Queue.Name, s.Queue.Type)
	case err != nil:
		c.fail("queue", err)
	default:
		text := fmt.Sprintf("%s: %d ready, %d consumers", s.Queue.Name, info.Ready, info.Consumers)
		if seen.Type.Known() {
			text += ", " + seen.Type.Value
		}
		c.ok("queue", "%s", text)
	}
}

// checkRights tries what can be tried without a trace. Taking a task to see whether that is allowed would be one.
func (c *checker) checkRights(b client, s settings) {
	if s.Broker.ReadOnly {
		c.ok("rights", "read-only, so none but to look are needed")
		return
	}
	err := connect(c.stop, b, broker.RolePublish, s.Broker)
	if err == nil {
		err = b.CheckPublish(c.stop)
	}
	if err != nil {
		c.fail("rights", err)
		return
	}
	c.ok("rights", "the user may publish; whether it may consume shows when workers start")
}

// checkFailures tells what becomes of a task that fails, and finds the one way to lose it.
func (c *checker) checkFailures(s settings, seen broker.Snapshot) {
	if d := seen.DeadLetters; s.Failure.Then == worker.ThenReject && d.Known() && !d.Value {
		c.fail("failures", errors.New("a task that fails for good is dropped: it is rejected, and the queue has no dead-letter exchange; "+
			"give it one, or set then = \"dead-letter\" under [failure]"))
		return
	}
	text := "one try"
	if waits := s.Failure.Waits(); len(waits) > 0 {
		text = fmt.Sprintf("%d tries, %v to %v apart", s.Failure.Attempts, waits[0].D(), waits[len(waits)-1].D())
	}
	switch s.Failure.Then {
	case worker.ThenDeadLetter:
		text += ", then a copy in " + broker.DeadQueue(s.Queue.Name)
	case worker.ThenReject:
		text += ", then the task is rejected"
	case worker.ThenRequeue:
		text += ", then at once and for ever"
	}
	c.ok("failures", "%s", text)
}

func (c *checker) checkManagement(seen broker.Snapshot) {
	switch {
	case !sound(seen.Totals):
		c.fail("management", seen.Totals.Err)
	case !sound(seen.API):
		c.fail("management", seen.API.Err)
	case !answered(seen.Totals) || !answered(seen.API):
		c.fail("management", errors.New("the management API gave no answer in time; "+
			"enable the plugin with rabbitmq-plugins enable rabbitmq_management, or name its address with --management"))
	default:
		c.ok("management", "it answers, and the user may see the queue's figures")
	}
	if alarms := seen.Alarms.Value; len(alarms) > 0 {
		c.fail("alarms", fmt.Errorf("%s; the broker blocks publishers until that is over", strings.Join(alarms, ", ")))
	}
}
