package worker_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/sandbox"
	"carousel/worker"
)

// oneTask is a client on a sandbox whose queue holds a task.
func oneTask(t *testing.T) *broker.Client {
	t.Helper()
	b, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	c, err := broker.Open(broker.ConfigFor(b.URL(), "pictures"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if r, err := c.Publish(t.Context(), broker.NewTask([]byte("cat.png"))); err != nil || r.Outcome != broker.Confirmed {
		t.Fatal(r, err)
	}
	return c
}

// ready is how many tasks the queue holds.
func ready(t *testing.T, c *broker.Client) int {
	t.Helper()
	info, err := c.Inspect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info.Ready
}

func TestRunEndsWhenTheHandlerCannotWork(t *testing.T) {
	t.Parallel()
	c := oneTask(t)
	err := worker.Run(t.Context(), c, worker.Config{}, func(context.Context, worker.Try) error {
		return worker.Hold(errors.New("there is no printer"))
	})
	if err == nil || err.Error() != "there is no printer" || ready(t, c) != 1 {
		t.Errorf("%v, %d tasks ready", err, ready(t, c))
	}
}

func TestRunHandsBackWhatDoesNotFinish(t *testing.T) {
	t.Parallel()
	c := oneTask(t)
	ctx, stop := context.WithCancel(t.Context())
	cfg := worker.Config{Count: 1, DrainTimeout: broker.Duration(50 * time.Millisecond)}
	err := worker.Run(ctx, c, cfg, func(ctx context.Context, _ worker.Try) error {
		stop()
		<-ctx.Done() // its own context, which outlives that of Run until the time is up
		return ctx.Err()
	})
	if err == nil || !strings.Contains(err.Error(), "still in hand after 50ms; they are in the queue again") || ready(t, c) != 1 {
		t.Errorf("%v, %d tasks ready", err, ready(t, c))
	}
}

// A program that names no policy loses no task: what fails waits for its next try.
func TestRunKeepsWhatFails(t *testing.T) {
	t.Parallel()
	c := oneTask(t)
	ctx, stop := context.WithCancel(t.Context())
	tries := 0
	err := worker.Run(ctx, c, worker.Config{Count: 1}, func(_ context.Context, task worker.Try) error {
		if tries++; tries == 1 {
			panic("out of paper")
		}
		if task.Attempt != 2 || task.Failed == nil || !strings.Contains(task.Failed.Err, "out of paper") {
			t.Errorf("%+v", task)
		}
		stop()
		return nil
	})
	if err != nil || tries != 2 || ready(t, c) != 0 {
		t.Errorf("%v, %d tries", err, tries)
	}
}
