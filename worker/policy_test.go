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
		want    settlement
	}{
		{ThenReject, 1, 1, nil, settleAck},
		{ThenRequeue, 3, 3, nil, settleAck},
		{ThenDeadLetter, 3, 1, fails, settleRetry},
		{ThenDeadLetter, 3, 2, fails, settleRetry},
		{ThenDeadLetter, 3, 3, fails, settleDeadLetter},
		{ThenDeadLetter, 3, 4, fails, settleDeadLetter}, // came with more tries than are allowed now
		{ThenDeadLetter, 1, 1, fails, settleDeadLetter},
		{ThenDeadLetter, 3, 1, Permanent(fails), settleDeadLetter},
		{ThenDeadLetter, 3, 1, errExhausted, settleRetry}, // a copy begins a new count
		{ThenReject, 3, 2, fails, settleRetry},
		{ThenReject, 3, 3, fails, settleReject},
		{ThenReject, 3, 1, Permanent(fails), settleReject},
		{ThenRequeue, 3, 1, fails, settleRetry},
		{ThenRequeue, 3, 3, fails, settleRequeue},
		{ThenRequeue, 3, 3, errExhausted, settleDeadLetter},
		{ThenRequeue, 3, 1, Permanent(fails), settleDeadLetter},
		{ThenRequeue, 1, 1, fmt.Errorf("resize: %w", Permanent(fails)), settleDeadLetter},
		{ThenReject, 3, 1, errCut, settleReturn},
		{ThenDeadLetter, 1, 1, errCut, settleReturn},
		{ThenRequeue, 1, 1, errCut, settleReturn},
		{ThenRequeue, 1, 1, context.Canceled, settleRequeue}, // the handler's own affair, unless the pool cut it
		{ThenDeadLetter, 3, 3, Hold(fails), settleReturn},
		{ThenRequeue, 3, 1, fmt.Errorf("resize: %w", Hold(fails)), settleReturn},
		{ThenDeadLetter, 3, 2, RetryAfter(fails, time.Hour), settleRetry},
		{ThenDeadLetter, 3, 3, RetryAfter(fails, time.Hour), settleDeadLetter},
		{ThenDeadLetter, 3, 1, RetryAfter(Permanent(fails), time.Hour), settleDeadLetter},
		{"", 0, 1, fails, settleReject},
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
