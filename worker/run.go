package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carousel/broker"
)

// Run works on the client's queue: cfg.Count workers take its tasks, f does each, many at a time. A task is acknowledged when f
// has returned nil for it. When f returns an error, or panics, the task is tried again as DefaultFailureConfig says, and in the
// end kept in the dead-letter queue; Permanent, RetryAfter, Hold and Rest say more by the error.
//
// Run blocks until ctx ends. Then no more tasks are taken, and those in hand may finish, for cfg.DrainTimeout at most (0: 30 s);
// Run returns nil when all of them have, and otherwise says that the rest is in the queue again. A link that is lost, and a broker
// that is not there yet, are waited for; what only a person can mend, such as a missing right, ends Run with that error. Figures of
// cfg that are 0 are DefaultConfig's. For a pool that is steered and watched while it runs there are New and Pool.Start.
func Run(ctx context.Context, c *broker.Client, cfg Config, f HandlerFunc) error {
	pool := New(cfg, OnBroker(c), f, Options{})
	pool.Start(context.WithoutCancel(ctx))
	var why error
	select {
	case <-ctx.Done():
	case <-pool.stuck:
		why = errors.New(pool.Status().Held)
	}
	patience := cfg.DrainTimeout.D()
	if patience == 0 {
		patience = DefaultConfig().DrainTimeout.D()
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if pool.Drain(limited) != nil && why == nil {
		why = fmt.Errorf("tasks were still in hand after %v; they are in the queue again", patience.Round(time.Millisecond))
	}
	return why
}
