package worker

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestSettlement(t *testing.T) {
	fails := errors.New("it failed")
	for _, c := range []struct {
		then    string
		tries   int // in all
		attempt int
		err     error
		want    Settlement
	}{
		{ThenReject, 1, 1, nil, Ack},
		{ThenRequeue, 3, 3, nil, Ack},
		{ThenDeadLetter, 3, 1, fails, Retry},
		{ThenDeadLetter, 3, 2, fails, Retry},
		{ThenDeadLetter, 3, 3, fails, DeadLetter},
		{ThenDeadLetter, 3, 4, fails, DeadLetter}, // came with more tries than are allowed now
		{ThenDeadLetter, 1, 1, fails, DeadLetter},
		{ThenDeadLetter, 3, 1, Permanent(fails), DeadLetter},
		{ThenDeadLetter, 3, 1, errExhausted, Retry}, // a copy begins a new count
		{ThenReject, 3, 2, fails, Retry},
		{ThenReject, 3, 3, fails, Reject},
		{ThenReject, 3, 1, Permanent(fails), Reject},
		{ThenRequeue, 3, 1, fails, Retry},
		{ThenRequeue, 3, 3, fails, Requeue},
		{ThenRequeue, 3, 3, errExhausted, DeadLetter},
		{ThenRequeue, 3, 1, Permanent(fails), DeadLetter},
		{ThenRequeue, 1, 1, fmt.Errorf("resize: %w", Permanent(fails)), DeadLetter},
		{ThenReject, 3, 1, errCut, Return},
		{ThenDeadLetter, 1, 1, errCut, Return},
		{ThenRequeue, 1, 1, errCut, Return},
		{ThenRequeue, 1, 1, context.Canceled, Requeue}, // the handler's own affair, unless the pool cut it
		{ThenDeadLetter, 3, 3, Hold(fails), Return},
		{ThenRequeue, 3, 1, fmt.Errorf("resize: %w", Hold(fails)), Return},
		{ThenDeadLetter, 3, 2, RetryAfter(fails, time.Hour), Retry},
		{ThenDeadLetter, 3, 3, RetryAfter(fails, time.Hour), DeadLetter},
		{ThenDeadLetter, 3, 1, RetryAfter(Permanent(fails), time.Hour), DeadLetter},
		{"", 0, 1, fails, Reject},
	} {
		policy := FailureConfig{Then: c.then, Attempts: c.tries}
		if got := policy.settlement(c.err, c.attempt); got != c.want {
			t.Errorf("then %q, try %d of %d, %v: %d, want %d", c.then, c.attempt, c.tries, c.err, got, c.want)
		}
	}
}

func TestMarks(t *testing.T) {
	fails := errors.New("it failed")
	for name, mark := range map[string]func(error) error{
		"Permanent": Permanent, "Hold": Hold, "RetryAfter": func(err error) error { return RetryAfter(err, time.Second) },
	} {
		if mark(nil) != nil {
			t.Errorf("%s of nil is an error", name)
		}
		if err := mark(fails); !errors.Is(err, fails) || err.Error() != "it failed" {
			t.Errorf("%s hides its cause: %v", name, err)
		}
	}
}
