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
		{ThenReject, 1, 1, nil, Acked},
		{ThenRequeue, 3, 3, nil, Acked},
		{ThenDeadLetter, 3, 1, fails, Retried},
		{ThenDeadLetter, 3, 2, fails, Retried},
		{ThenDeadLetter, 3, 3, fails, DeadLettered},
		{ThenDeadLetter, 3, 4, fails, DeadLettered}, // came with more tries than are allowed now
		{ThenDeadLetter, 1, 1, fails, DeadLettered},
		{ThenDeadLetter, 3, 1, Permanent(fails), DeadLettered},
		{ThenDeadLetter, 3, 1, errExhausted, Retried}, // a copy begins a new count
		{ThenReject, 3, 2, fails, Retried},
		{ThenReject, 3, 3, fails, Rejected},
		{ThenReject, 3, 1, Permanent(fails), Rejected},
		{ThenRequeue, 3, 1, fails, Retried},
		{ThenRequeue, 3, 3, fails, Requeued},
		{ThenRequeue, 3, 3, errExhausted, DeadLettered},
		{ThenRequeue, 3, 1, Permanent(fails), DeadLettered},
		{ThenRequeue, 1, 1, fmt.Errorf("resize: %w", Permanent(fails)), DeadLettered},
		{ThenReject, 3, 1, errCut, Returned},
		{ThenDeadLetter, 1, 1, errCut, Returned},
		{ThenRequeue, 1, 1, errCut, Returned},
		{ThenRequeue, 1, 1, context.Canceled, Requeued}, // the handler's own affair, unless the pool cut it
		{ThenDeadLetter, 3, 3, Hold(fails), Returned},
		{ThenRequeue, 3, 1, fmt.Errorf("resize: %w", Hold(fails)), Returned},
		{ThenDeadLetter, 3, 2, RetryAfter(fails, time.Hour), Retried},
		{ThenDeadLetter, 3, 3, RetryAfter(fails, time.Hour), DeadLettered},
		{ThenDeadLetter, 3, 1, RetryAfter(Permanent(fails), time.Hour), DeadLettered},
		{"", 0, 1, fails, Rejected},
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
