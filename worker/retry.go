package worker

import (
	"errors"
	"time"

	"carousel/broker"
)

// wait is how long a task waits for its next try after the given number of tries, at least 1: Backoff, doubled with each
// further try, up to BackoffMax. It names the retry queue, so there are few different ones.
func (c FailureConfig) wait(tries int) time.Duration {
	wait := c.Backoff.D()
	for range tries - 1 {
		if wait >= c.BackoffMax.D()/2 {
			return c.BackoffMax.D()
		}
		wait *= 2
	}
	return wait
}

// soonest is the wait less a random share r of its jitter, r drawn from [0, 1): tasks that failed together, because what they
// need was gone, do not all come back together.
func (c FailureConfig) soonest(wait time.Duration, r float64) time.Duration {
	return wait - time.Duration(r*c.Jitter*float64(wait))
}

// delay is how soon, and how late, the task comes back whose handler returned err at the given try; r is drawn from [0, 1).
// A wait that err asks for makes it later: by as many doublings as it takes, so that there are no other retry queues.
func (c FailureConfig) delay(err error, attempt int, r float64) (soonest, latest time.Duration) {
	latest = c.wait(max(1, attempt))
	soonest = c.soonest(latest, r)
	var asked retryAfter
	if errors.As(err, &asked) {
		for latest < asked.wait && latest < c.BackoffMax.D() {
			latest = min(2*latest, c.BackoffMax.D())
		}
		soonest = min(max(soonest, asked.wait), latest)
	}
	return soonest, latest
}

// Waits are the different waits of the policy, shortest first: each has a retry queue.
func (c FailureConfig) Waits() []broker.Duration {
	var waits []broker.Duration
	for tries := 1; tries < c.Attempts; tries++ {
		wait := broker.Duration(c.wait(tries))
		if len(waits) > 0 && waits[len(waits)-1] == wait {
			break // the maximum; it stays there
		}
		waits = append(waits, wait)
	}
	return waits
}
