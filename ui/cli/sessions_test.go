package cli

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/brokertest"
	"carousel/worker"
)

// runOn is a console's run before its screen, on the sandbox or on the broker that args name.
func runOn(t *testing.T, args ...string) *consoleRun {
	t.Helper()
	p := &program{open: openBackend, now: t.Context(), stop: t.Context()}
	c := &consoleRun{program: p, settings: loaded(t, args, nil, "")}
	if !c.named {
		b, err := c.openSandbox()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
	}
	b, err := c.open(c.settings.Broker, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	b.log = slog.New(slog.DiscardHandler)
	c.first = b
	c.session(c.settings, b, nil)
	t.Cleanup(c.sessions.close)
	return c
}

// Another queue of the sandbox is watched, worked, and closed again, without a --workers: there is nothing to guard.
func TestGoToAnotherQueue(t *testing.T) {
	c := runOn(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	other := brokertest.Connect(t, c.Broker.URLs[0])
	other.DeclareQueue("other")
	other.Publish("other", "one", "two", "three")
	if _, err := c.goTo(ctx, c.settings, "missing", true); broker.KindOf(err) != broker.QueueMissing {
		t.Errorf("a missing queue: %v", err)
	}
	watch, err := c.goTo(ctx, c.settings, "other", false)
	if err != nil || watch.Pool != nil || watch.Journal != nil || watch.Start == nil || watch.Admin == nil {
		t.Fatalf("%+v, %v", watch, err)
	}
	watch.Close()
	watch.Close()
	s, err := c.goTo(ctx, c.settings, "other", true)
	if err != nil {
		t.Fatal(err)
	}
	if other.Ready("other") != 3 {
		t.Error("the pool takes tasks before its start")
	}
	s.Start()
	await(t, func() string {
		if n := other.Ready("other"); n > 0 {
			return "tasks are left"
		}
		return ""
	})
	if n := len(c.sessions.open); n != 2 {
		t.Errorf("%d sessions are open, of two", n)
	}
	c.sessions.close()
	if n := len(c.sessions.open); n != 0 {
		t.Errorf("%d sessions are left open", n)
	}
	if st := s.Pool.Status(); st.State != worker.PoolStopped {
		t.Errorf("the pool is %s", st.State)
	}
}

// What guards the first queue guards the next: read-only, names that cannot be, a broker that is silent. Nothing is left open.
func TestGoToIsGuarded(t *testing.T) {
	for name, c := range map[string]struct {
		args        []string
		queue, want string
	}{
		"read-only":    {[]string{"--url", "amqp://127.0.0.1:1/", "--read-only"}, "other", "read-only"},
		"name":         {[]string{"--url", "amqp://127.0.0.1:1/"}, "amq.gen-1", "RabbitMQ's own"},
		"dead letters": {[]string{"--url", "amqp://127.0.0.1:1/"}, "jobs.dead", "keeps failed tasks of jobs"},
		"silent":       {[]string{"--url", "amqp://127.0.0.1:1/"}, "other", "did not answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			r := runOn(t, c.args...)
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if _, err := r.goTo(ctx, r.settings, c.queue, true); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
			if len(r.sessions.open) != 1 {
				t.Errorf("%d sessions are open", len(r.sessions.open))
			}
		})
	}
}

// On another machine's broker the console asks for the queue's name before workers start, but where the user has asked for them
// or allowed the queue; this machine's is no such broker.
func TestSessionsAskOnAnotherMachine(t *testing.T) {
	for name, c := range map[string]struct {
		args  []string
		asked []string
	}{
		"another machine": {[]string{"--url", "amqp://db.example/"}, []string{"task_queue", "other"}},
		"allowed":         {[]string{"--url", "amqp://db.example/", "--allow-consume", "task_queue"}, []string{"other"}},
		"asked for":       {[]string{"--url", "amqp://db.example/", "--workers", "2"}, nil},
		"this machine":    {[]string{"--url", "amqp://127.0.0.1:1/"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := runOn(t, c.args...)
			unasked := r.session(r.settings, r.first, nil).Unasked
			for _, queue := range []string{"task_queue", "other"} {
				want := ""
				if slices.Contains(c.asked, queue) {
					want = "db.example is not this machine, so no workers start on queue \"" + queue + "\" unasked"
				}
				if got := unasked(queue); got != want {
					t.Errorf("%s: %q, want %q", queue, got, want)
				}
			}
		})
	}
}

// The config's queue keeps what the config says of it; another one is never declared by that.
func TestSettingsOnAnotherQueue(t *testing.T) {
	s := loaded(t, []string{"--url", "amqp://localhost/"}, nil, "")
	s.Queue.Arguments = map[string]any{"x-max-length": 5}
	if q := s.onQueue("task_queue").Broker.Queue; !q.Declare || q.Arguments == nil {
		t.Errorf("%+v", q)
	}
	if q := s.onQueue("other").Broker.Queue; q.Name != "other" || q.Declare || q.Arguments != nil {
		t.Errorf("%+v", q)
	}
	if len(s.Workers.AllowConsume) != 0 || s.Queue.Name != "task_queue" {
		t.Errorf("the settings themselves changed: %+v", s.Queue)
	}
}
