package worker

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// begun has h work on the task in a goroutine, and returns the channel that gets its error.
func begun(ctx context.Context, h Handler, t Try) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- h.Handle(ctx, t) }()
	return ended
}

// Orders are followed while handlers keep the goroutines of their workers, those that come close together too.
func TestOrdersReachABusyWorker(t *testing.T) {
	q := newQueue(tasks(2)...)
	slow := HandlerFunc(func(ctx context.Context, _ Try) error {
		select {
		case <-time.After(time.Hour):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	inBubble(t, 2, q, slow, Options{}, func(t *testing.T, p *Pool) {
		for n := 50; n >= 1; n-- {
			if err := p.SetPrefetch(n); err != nil {
				t.Fatal(err)
			}
			if n%7 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		if last := q.prefetchs[len(q.prefetchs)-2:]; last[0] != 1 || last[1] != 1 {
			t.Errorf("the busy workers were last told %v", last)
		}
		if err := p.Crash(1); err != nil { // which cancels its handler
			t.Fatal(err)
		}
		synctest.Wait()
		p.Pause()
		synctest.Wait()
		if ready, unacked, consumers := q.view(); ready != 0 || unacked != 2 || consumers != 0 {
			t.Errorf("ready %d, unacked %d, consumers %d after a crash and a pause", ready, unacked, consumers)
		}
		p.Resume()
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if len(q.acked) != 2 {
			t.Errorf("acked %v", q.acked)
		}
	})
}

// A handler that takes its worker's goroutine with it has failed, and the worker works on.
func TestWorkerOutlivesItsGoroutine(t *testing.T) {
	q := newQueue(tasks(6)...)
	var tries atomic.Int64
	leaves := HandlerFunc(func(context.Context, Try) error {
		if tries.Add(1)%2 == 1 {
			runtime.Goexit()
		}
		return nil
	})
	inBubble(t, 1, q, leaves, Options{Failure: FailureConfig{Then: ThenReject}}, func(t *testing.T, p *Pool) {
		synctest.Wait()
		if len(q.acked) != 3 || len(q.rejected) != 3 {
			t.Errorf("acked %v, rejected %v", q.acked, q.rejected)
		}
		if n := p.Status().Size; n != 1 {
			t.Errorf("%d workers", n)
		}
	})
}
