package broker

import (
	"context"
	"sync"
	"time"
)

// aloneBytes is the size beyond which nothing is outstanding beside a task. The broker may find it too large, and ends the channel
// then: with others on it there would be no telling which one it refused. RabbitMQ's limit is 16 MiB from 4.0 on.
const aloneBytes = 2 << 20

// window bounds what is outstanding, in tasks and in bytes. A task larger than the whole byte bound, or than aloneBytes, is let
// through alone.
type window struct {
	tasks int
	bytes int64

	mu        sync.Mutex
	usedTasks int
	usedBytes int64
	waiters   int           // since freed was made
	freed     chan struct{} // closed and replaced when places become free and somebody waits
}

func newWindow(tasks int, bytes int64) *window {
	return &window{tasks: tasks, bytes: bytes, freed: make(chan struct{})}
}

// counted is what a task of this size takes of the bytes: all of them, and more, when it has to be alone.
func (w *window) counted(size int64) int64 {
	if size > aloneBytes {
		return max(size, w.bytes+1)
	}
	return size
}

func (w *window) tryAcquire(size int64) bool {
	size = w.counted(size)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.usedTasks > 0 && (w.usedTasks >= w.tasks || w.usedBytes+size > w.bytes) {
		return false
	}
	w.usedTasks++
	w.usedBytes += size
	return true
}

// acquire waits for a place; false without an error when changed was closed first.
func (w *window) acquire(ctx context.Context, size int64, changed <-chan struct{}) (bool, error) {
	for {
		w.mu.Lock()
		freed := w.freed
		w.waiters++
		w.mu.Unlock()
		if w.tryAcquire(size) {
			return true, nil
		}
		select {
		case <-freed:
		case <-changed:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

func (w *window) release(size int64) {
	size = w.counted(size)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.usedTasks--
	w.usedBytes -= size
	// A window that was full is refilled an eighth at a time: to wake somebody for each place costs more than the place gives.
	if w.waiters > 0 && w.usedTasks <= w.tasks-w.tasks/8 {
		w.waiters = 0
		close(w.freed)
		w.freed = make(chan struct{})
	}
}

// pace spaces tasks evenly: task n is due at start + n/rate. Behind schedule it does not wait, and after a long stop it
// starts a new schedule instead of making up for the stop in one burst.
type pace struct {
	interval time.Duration
	due      time.Time
}

// longestInterval stands for any longer one, which a Duration might not hold.
const longestInterval = 365 * 24 * time.Hour

func newPace(rate float64, start time.Time) *pace {
	p := &pace{due: start}
	if rate > 0 {
		p.interval = time.Duration(min(float64(time.Second)/rate, float64(longestInterval)))
	}
	return p
}

func (p *pace) wait(ctx context.Context) error {
	wait := p.next(time.Now())
	if wait <= 0 {
		return nil
	}
	return sleep(ctx, wait)
}

// next takes the next place in the schedule, and returns how long it is until then.
func (p *pace) next(now time.Time) time.Duration {
	if p.interval == 0 {
		return 0
	}
	if now.Sub(p.due) > time.Second+p.interval {
		p.due = now
	}
	wait := p.due.Sub(now)
	p.due = p.due.Add(p.interval)
	return wait
}
