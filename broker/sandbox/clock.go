package sandbox

import "time"

// now is the time since the broker's start: steady, and 8 octets in each entry of a queue.
func (b *Broker) now() time.Duration { return time.Since(b.started) }

// timer calls a function once, under the broker's lock. Close waits for those that run.
type timer struct {
	timer   *time.Timer
	stopped bool // by stop: a function that already waits for the lock does nothing
}

// after calls f in d. The caller holds the lock, and stops the timer before its broker is closed.
func (b *Broker) after(d time.Duration, f func()) *timer {
	t := &timer{}
	b.running.Add(1)
	t.timer = time.AfterFunc(d, func() {
		defer b.running.Done()
		b.mu.Lock()
		defer b.mu.Unlock()
		if !t.stopped {
			t.stopped = true
			f()
		}
	})
	return t
}

// stop is for the lock's holder. A nil timer, or one that has called its function, is stopped already.
func (b *Broker) stop(t *timer) {
	if t == nil || t.stopped {
		return
	}
	t.stopped = true
	if t.timer.Stop() {
		b.running.Done()
	}
}
