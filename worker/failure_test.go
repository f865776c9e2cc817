package worker

import (
	"context"
	"errors"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/brokertest"
)

// quick tries three times within half a second.
func quick(then string) FailureConfig {
	return FailureConfig{
		Attempts: 3, Backoff: broker.Duration(100 * time.Millisecond), BackoffMax: broker.Duration(time.Second), Jitter: 0.5, Then: then,
	}
}

// failOn runs a pool on RabbitMQ whose every task fails until its time has come, and returns how often each was tried when
// over says that all is settled.
func failOn(
	t *testing.T, change func(*broker.Config), policy FailureConfig, fails func(tries int) error, over func(p *Pool, s broker.Snapshot) bool,
) map[string]int {
	t.Helper()
	client, _, book := onRabbitMQ(t, 20, func(c *broker.Config) {
		c.Refresh = broker.Duration(100 * time.Millisecond)
		change(c)
	})
	p := New(Config{Count: 4, Max: 4, Prefetch: 1}, OnBroker(client), HandlerFunc(func(_ context.Context, task Try) error {
		return fails(book.note(task.ID))
	}), Options{Queue: "task_queue", Failure: policy})
	p.Start(t.Context())
	eventually(t, "the end of every task", func() bool { return over(p, client.Snapshot()) })
	if err := p.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	if got := p.Totals(); got.Unsettled+got.Returned > 0 || p.Status().Held != "" {
		t.Errorf("%+v, held %q", got, p.Status().Held)
	}
	book.mu.Lock()
	defer book.mu.Unlock()
	return book.tries
}

func TestFailurePoliciesOnRabbitMQ(t *testing.T) {
	t.Parallel()
	always := errors.New("it always fails")
	for _, kind := range []string{"classic", "quorum"} {
		for name, c := range map[string]struct {
			change func(*broker.Config)
			policy FailureConfig
			fails  func(tries int) error
			over   func(p *Pool, s broker.Snapshot) bool
			tries  int
		}{
			"dead-letter": {policy: quick(ThenDeadLetter), fails: func(int) error { return always }, tries: 3,
				over: func(p *Pool, s broker.Snapshot) bool { return p.Totals().Dead == 20 && s.Dead.Value == 20 }},
			"permanent": {policy: quick(ThenRequeue), fails: func(int) error { return Permanent(always) }, tries: 1,
				over: func(p *Pool, s broker.Snapshot) bool { return p.Totals().Dead == 20 && s.Dead.Value == 20 }},
			"reject": {policy: quick(ThenReject), fails: func(int) error { return always }, tries: 3,
				change: func(c *broker.Config) { // the user's own dead-lettering
					brokertest.Connect(t, c.URLs[0]).DeclareQueue("task_queue.dead")
					c.Queue.Arguments = map[string]any{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "task_queue.dead"}
				},
				over: func(p *Pool, s broker.Snapshot) bool { return p.Totals().Dead == 20 && s.Dead.Value == 20 }},
			"requeue": {policy: quick(ThenRequeue), tries: 7, fails: func(tries int) error {
				if tries < 7 {
					return always
				}
				return nil
			}, over: func(p *Pool, _ broker.Snapshot) bool { return p.Totals().Done == 20 }},
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				change := func(cfg *broker.Config) {
					cfg.Queue.Type, cfg.RetryWaits = kind, c.policy.Waits()
					if c.change != nil {
						c.change(cfg)
					}
				}
				for id, n := range failOn(t, change, c.policy, c.fails, c.over) {
					if n != c.tries {
						t.Errorf("%s was tried %d times, want %d", id, n, c.tries)
					}
				}
			})
		}
	}
}

// A task that takes its worker down each time would be dropped by a quorum queue with a delivery limit. It is kept instead.
func TestDeliveryLimitLosesNoTask(t *testing.T) {
	t.Parallel()
	client, _, book := onRabbitMQ(t, 1, func(c *broker.Config) {
		c.Queue.Type, c.Queue.Arguments = "quorum", map[string]any{"x-delivery-limit": 3}
		c.Refresh = broker.Duration(100 * time.Millisecond)
	})
	started := make(chan struct{})
	p := New(Config{Count: 1, Max: 1, Prefetch: 1}, OnBroker(client), HandlerFunc(func(ctx context.Context, task Try) error {
		book.note(task.ID)
		select {
		case started <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		<-ctx.Done()
		return ctx.Err()
	}), Options{Queue: "task_queue", Failure: FailureConfig{Attempts: 1, Then: ThenDeadLetter}})
	eventually(t, "the limit", func() bool { return client.Snapshot().DeliveryLimit.Value == 3 })
	p.Start(t.Context())
	for range 2 {
		<-started
		if err := p.Crash(1); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the dead letter", func() bool { return client.Snapshot().Dead.Value == 1 })
	if err := p.Drain(t.Context()); err != nil {
		t.Error(err)
	}
}
