package worker

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestSettlement(t *testing.T) {
	fails := errors.New("it failed")
	for _, c := range []struct {
		then string
		err  error
		want Settlement
	}{
		{ThenReject, nil, Ack},
		{ThenRequeue, nil, Ack},
		{ThenReject, fails, Reject},
		{ThenRequeue, fails, Requeue},
		{ThenRequeue, Permanent(fails), Reject},
		{ThenRequeue, fmt.Errorf("resize: %w", Permanent(fails)), Reject},
		{ThenReject, errCut, Return},
		{ThenRequeue, errCut, Return},
		{ThenRequeue, context.Canceled, Requeue}, // the handler's own affair, unless the pool cut it
		{"", fails, Reject},
	} {
		if got := (FailureConfig{Then: c.then}).settlement(c.err); got != c.want {
			t.Errorf("then %q, %v: %d, want %d", c.then, c.err, got, c.want)
		}
	}
}

func TestPermanent(t *testing.T) {
	fails := errors.New("it failed")
	if Permanent(nil) != nil {
		t.Error("Permanent(nil) is an error")
	}
	if err := Permanent(fails); !errors.Is(err, fails) || err.Error() != "it failed" {
		t.Errorf("Permanent hides its cause: %v", err)
	}
}
