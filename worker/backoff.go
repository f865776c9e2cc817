package worker

import "time"

// The bounds of the wait before a worker opens its channel again.
const (
	backoffBase = 250 * time.Millisecond
	backoffMax  = 15 * time.Second
)

// backoff is the wait before the try that follows the given number of failed ones, at least 1: a share r, drawn from
// [0, 1), of a bound that doubles with every failure. The whole wait is random ("full jitter", Brooker, "Exponential
// Backoff And Jitter", AWS 2015), so that a thousand workers that lost one broker do not return to it in step.
func backoff(failures int, r float64) time.Duration {
	bound := backoffMax
	if doublings := failures - 1; doublings < 6 { // 250 ms doubled six times is past the maximum
		bound = backoffBase << doublings
	}
	return time.Duration(r * float64(bound))
}
