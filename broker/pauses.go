package broker

import (
	"context"
	"time"
)

// What a large broker is asked, and how often. Every list makes RabbitMQ walk over all queues of the vhost, however few of them
// the page holds: with 10,000 queues one look at the fresh totals of a single queue costs it half a second of a core (3.10).
const (
	// manyQueues is from when on a vhost's lists are asked for the more seldom, the longer they take.
	manyQueues = 500
	// listShare: a list is asked for no more than one part in so many of the time that the broker takes to answer.
	listShare = 50
	// oneShare is the same for the questions about one thing, which are cheap unless the broker is in trouble.
	oneShare = 3
	// longestPause is the longest time between two looks.
	longestPause = time.Minute
)

// pauseAfter is the pause after an answer that took so long, when the look before took last: one that was slow by chance changes
// nothing.
func pauseAfter(interval, took, last time.Duration, share int) time.Duration {
	return max(interval, min(time.Duration(share)*min(took, last), longestPause))
}

// listPause is the pause until the next list of a vhost with so many queues, as far as that is known.
func listPause(interval, took, last time.Duration, queues int) time.Duration {
	if queues < manyQueues && min(took, last) < apiTimeout {
		return interval
	}
	return pauseAfter(interval, took, last, listShare)
}

// every calls look at once and then each interval, counted from the end of the look before it: one is in flight at a time.
func every(ctx context.Context, interval time.Duration, look func()) {
	paced(ctx, func(_, _ time.Duration) time.Duration { return interval }, look)
}

// paced is every with a pause that follows from how long the look took, and the one before it.
func paced(ctx context.Context, pause func(took, last time.Duration) time.Duration, look func()) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	last := time.Duration(-1)
	for {
		select {
		case <-timer.C:
			start := time.Now()
			look()
			took := time.Since(start)
			if last < 0 {
				last = took
			}
			timer.Reset(pause(took, last))
			last = took
		case <-ctx.Done():
			return
		}
	}
}
