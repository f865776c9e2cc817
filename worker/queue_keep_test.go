package worker

import (
	"context"
	"fmt"
	"time"

	"carousel/broker"
)

// awaitLink blocks while the link is down.
func (q *queue) awaitLink(ctx context.Context) error {
	q.mu.Lock()
	up := q.up
	q.mu.Unlock()
	select {
	case <-up:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Retry stores a copy that comes back after the wait, as the broker does.
func (q *queue) Retry(ctx context.Context, d *broker.Delivery, why string, soonest, wait time.Duration) error {
	if err := q.keep(ctx, d, why); err != nil {
		return err
	}
	t := d.Task
	t.Attempt++
	q.mu.Lock()
	defer q.mu.Unlock()
	if soonest > wait || soonest <= 0 {
		q.broken = append(q.broken, fmt.Sprintf("a wait of %v to %v", soonest, wait))
	}
	q.waiting[t.ID] = t
	time.AfterFunc(wait, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.waiting, t.ID) // in one step, or somebody could look while it is nowhere
		q.put(t)
	})
	return nil
}

// DeadLetter stores a copy for good.
func (q *queue) DeadLetter(ctx context.Context, d *broker.Delivery, why string) error {
	if err := q.keep(ctx, d, why); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dead = append(q.dead, d.Task)
	return nil
}

func (q *queue) keep(ctx context.Context, d *broker.Delivery, why string) error {
	if err := q.awaitLink(ctx); err != nil {
		return err
	}
	q.mu.Lock()
	keeping, copies := q.keeping, q.copies
	if why == "" {
		q.broken = append(q.broken, "a copy was kept without a reason")
	}
	q.mu.Unlock()
	if copies != nil {
		select {
		case <-copies:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if d.Stale() {
		return broker.ErrStale
	}
	if keeping != nil {
		return keeping()
	}
	return nil
}

// keepBy makes Retry and DeadLetter answer with what f says; nil: they store the copy.
func (q *queue) keepBy(f func() error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.keeping = f
}

// blockCopies makes Retry and DeadLetter wait, as a broker with an alarm does, or ends that.
func (q *queue) blockCopies(block bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if block {
		q.copies = make(chan struct{})
	} else {
		close(q.copies)
		q.copies = nil
	}
}

// waits is the number of copies that wait for their time.
func (q *queue) waits() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}
