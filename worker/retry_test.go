package worker

import (
	"slices"
	"testing"
	"time"

	"carousel/broker"

	"pgregory.net/rapid"
)

func TestWaitsDouble(t *testing.T) {
	c := FailureConfig{Attempts: 7, Backoff: broker.Duration(time.Second), BackoffMax: broker.Duration(10 * time.Second)}
	var got []time.Duration
	for tries := 1; tries <= 6; tries++ {
		got = append(got, c.wait(tries)/time.Second)
	}
	if want := []time.Duration{1, 2, 4, 8, 10, 10}; !slices.Equal(got, want) {
		t.Errorf("waits of %v s, want %v", got, want)
	}
	if want := []broker.Duration{1e9, 2e9, 4e9, 8e9, 10e9}; !slices.Equal(c.Waits(), want) {
		t.Errorf("retry queues for %v, want %v", c.Waits(), want)
	}
	c.Attempts = 1
	if got := c.Waits(); len(got) != 0 {
		t.Errorf("without retries: %v", got)
	}
}

func TestWaitProperties(t *testing.T) {
	duration := rapid.Int64Range(int64(backoffFloor), int64(backoffCeil))
	rapid.Check(t, func(t *rapid.T) {
		c := FailureConfig{
			Attempts: rapid.IntRange(1, maxAttempts).Draw(t, "attempts"),
			Backoff:  broker.Duration(duration.Draw(t, "backoff")),
			Jitter:   rapid.Float64Range(0, 1).Draw(t, "jitter"),
			Then:     ThenDeadLetter,
		}
		c.BackoffMax = broker.Duration(rapid.Int64Range(int64(c.Backoff), int64(backoffCeil)).Draw(t, "max"))
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		waits, before := c.Waits(), time.Duration(0)
		for tries := 1; tries < c.Attempts; tries++ {
			wait := c.wait(tries)
			if wait < max(before, c.Backoff.D()) || wait > c.BackoffMax.D() {
				t.Fatalf("the wait after try %d is %v, before it %v", tries, wait, before)
			}
			if !slices.Contains(waits, broker.Duration(wait)) {
				t.Fatalf("no retry queue for %v in %v", wait, waits)
			}
			soonest := c.soonest(wait, rapid.Float64Range(0, 0.999).Draw(t, "draw"))
			if soonest <= 0 || soonest > wait || float64(wait-soonest) > c.Jitter*float64(wait)+1 {
				t.Fatalf("with jitter %v, %v became %v", c.Jitter, wait, soonest)
			}
			before = wait
		}
		if len(waits) > 25 { // a day is 10 ms doubled 23 times
			t.Fatalf("%d retry queues", len(waits))
		}
	})
}
