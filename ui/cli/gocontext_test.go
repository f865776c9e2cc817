package cli

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// twoSandboxes is a config with the contexts blue and red, each a broker of its own; red is protected. gone is a broker that
// is not there.
func twoSandboxes(t *testing.T) (blue, red onRabbitMQ, config string) {
	t.Helper()
	blue, red = onSandbox(t), onSandbox(t)
	table := func(name string, r onRabbitMQ, more string) string {
		return fmt.Sprintf("[context.%s]\nurls = [%q]\nmanagement = [%q]\n%s\n", name, r.url, r.management, more)
	}
	return blue, red, writeConfig(t, table("blue", blue, "colour = \"#5fb8a4\"")+
		table("red", red, "colour = \"alarm\"\nprotected = true\nqueue = \"letters\"\n")+
		"[context.far]\nurls = [\"amqp://192.0.2.1/\"]\n"+
		"[context.look]\nurls = [\""+red.url+"\"]\nread_only = true\n"+
		"[context.gone]\nurls = [\"amqp://127.0.0.1:1/\"]\n")
}

// runIn is a console's run in the context blue.
func runIn(t *testing.T, config string) *consoleRun {
	t.Helper()
	c := runOn(t, "--config", config, "--context", "blue")
	c.config, c.Getenv = config, func(string) string { return "" }
	return c
}

// From one broker to another: the pool is the new one's and takes nothing before its start, and the rules that the config has for it
// hold.
func TestGoToContext(t *testing.T) {
	_, red, config := twoSandboxes(t)
	c := runIn(t, config)
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	there := brokertest.Connect(t, red.url)
	there.DeclareQueue("letters")
	there.Publish("letters", "one", "two")

	s, err := c.goToContext(ctx, "red")
	if err != nil {
		t.Fatal(err)
	}
	if s.Context.Name != "red" || s.Context.Colour != "alarm" || !s.Context.Protected || s.ReadOnly || s.Sandbox || s.Pool == nil {
		t.Errorf("%+v", s)
	}
	if q := s.Broker.Snapshot().Queue; q != "letters" || there.Ready("letters") != 2 {
		t.Errorf("on %s, %d tasks are left", q, there.Ready("letters"))
	}
	there.DeclareQueue("other")
	other, err := s.Switch(ctx, "other", false)
	if err != nil || other.Context != s.Context {
		t.Fatalf("%+v, %v", other.Context, err)
	}
	look, err := c.goToContext(ctx, "look")
	if err != nil || !look.ReadOnly || look.Pool != nil {
		t.Fatalf("%+v, %v", look, err)
	}
	if _, err := look.Switch(ctx, "other", true); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("%v", err)
	}
	if back, err := c.goToContext(ctx, ""); err != nil || back.Context.Name != "blue" {
		t.Errorf("%+v, %v", back.Context, err)
	}
	c.sessions.close()
	if n := len(c.sessions.open); n != 0 {
		t.Errorf("%d sessions are left open", n)
	}
}

// A broker that is not there, one that is silent, a name that is none, and a config that was broken meanwhile: a sentence each,
// and nothing is left open.
func TestGoToContextFails(t *testing.T) {
	_, _, config := twoSandboxes(t)
	for name, c := range map[string]struct{ config, want string }{
		"gone":   {config, "cannot go to context gone: "},
		"nobody": {config, "cannot go to context nobody, for the config is wrong now: context: there is no context \"nobody\"; allowed are blue, far, gone, look, red"},
		"blue":   {writeConfig(t, "[context.blue]\nurls = 3\n"), "cannot go to context blue, for the config is wrong now: "},
	} {
		t.Run(name, func(t *testing.T) {
			r := runIn(t, config)
			r.config = c.config
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if _, err := r.goToContext(ctx, name); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
			if len(r.sessions.open) != 1 {
				t.Errorf("%d sessions are open", len(r.sessions.open))
			}
		})
	}
}

// On another machine's broker no worker starts, though --workers was said where the console began.
func TestNoWorkersUnaskedInAnotherContext(t *testing.T) {
	_, _, config := twoSandboxes(t)
	p := &program{Process: Process{Getenv: func(string) string { return "" }}}
	console, rest, err := p.root().Find([]string{"work", "--config", config, "--context", "blue", "--workers", "2", "--allow-consume", "task_queue"})
	if err == nil {
		err = console.ParseFlags(rest)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.settingsIn("far")
	if err != nil {
		t.Fatal(err)
	}
	if why := s.watchOnly(); !strings.Contains(why, "192.0.2.1 is not this machine") || s.Broker.URLs[0] != "amqp://192.0.2.1/" {
		t.Errorf("says %q", why)
	}
}

// On the screen: from one broker to the other by :context, with tasks in hand, and to one that is not there.
func TestConsoleGoesToAnotherContext(t *testing.T) {
	t.Parallel()
	blue, _, config := twoSandboxes(t)
	blue.put(t, 1, time.Second)
	s := startCommand(t, carousel(t, "", "--config", config, "--context", "blue", "--workers", "1"))
	s.until("[blue]")
	s.until("w01    running")
	s.press(":")
	s.until("commands")
	s.press("context red")
	s.until("go to it")
	s.press("\r")
	s.until("Leave for red")
	s.press("\r")
	s.until("[red] [protected]")
	s.until("Idle") // the pool has made the queue
	s.press("P")
	s.until("(red)")
	s.press("\x1b")
	blue.worked(t, "the task in hand was not finished")
	s.press(":")
	s.until("commands")
	s.press("context gone")
	s.until("go to it")
	s.press("\r")
	s.until("Leave for gone")
	s.press("\r")
	s.until("Cannot go to context gone")
	s.until("[red]")
	s.quit()
	s.end(exitDone)
	blue.left(t, 0)
}

// Whoever went from the sandbox to a broker is told at the end of that one's tasks.
func TestEndIsOfTheContextOnTheScreen(t *testing.T) {
	t.Parallel()
	blue, _, config := twoSandboxes(t)
	s := startCommand(t, carousel(t, "", "--config", config))
	s.until("[sandbox]")
	s.press(":")
	s.until("commands")
	s.press("context blue")
	s.until("go to it")
	s.press("\r")
	s.until("Leave for blue")
	s.press("\r")
	s.until("[blue]")
	s.until("workers wait")
	s.signal(syscall.SIGTERM)
	s.untilSaid("what was not finished is in the queue again")
	s.end(exitInterrupted)
	blue.left(t, 0)
}
