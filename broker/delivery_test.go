package broker

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

type countingSettler struct {
	acks, nacks, rejects atomic.Int32
	stale                atomic.Bool
}

func (c *countingSettler) Stale() bool               { return c.stale.Load() }
func (c *countingSettler) Ack(uint64) error          { c.acks.Add(1); return nil }
func (c *countingSettler) Nack(uint64, bool) error   { c.nacks.Add(1); return nil }
func (c *countingSettler) Reject(uint64, bool) error { c.rejects.Add(1); return nil }

// A second settlement would close the channel, and with it the tasks of everybody who shares its connection.
func TestDeliveryIsSettledOnce(t *testing.T) {
	var by countingSettler
	d := NewDelivery(NewTask(nil), 1, &by)
	var settled, refused atomic.Int32
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			err := []func() error{d.Ack, d.Reject, d.Fail, d.Return}[i%4]()
			if errors.Is(err, ErrSettled) {
				refused.Add(1)
			} else if err == nil {
				settled.Add(1)
			}
		})
	}
	wg.Wait()
	if n := by.acks.Load() + by.nacks.Load() + by.rejects.Load(); n != 1 || settled.Load() != 1 || refused.Load() != 39 {
		t.Errorf("%d settlements sent, %d succeeded, %d refused", n, settled.Load(), refused.Load())
	}
	if !d.Settled() {
		t.Error("it does not know that it is settled")
	}
}

func TestBackoff(t *testing.T) {
	almostOne := func() float64 { return 0.999999 }
	last := backoff(1, almostOne)
	for attempt := 2; attempt < 200; attempt++ {
		next := backoff(attempt, almostOne)
		if next < last || next > backoffCap {
			t.Fatalf("try %d waits up to %v after %v", attempt, next, last)
		}
		last = next
	}
	if last < backoffCap*9/10 {
		t.Errorf("the longest wait is %v", last)
	}
	if d := backoff(50, func() float64 { return 0 }); d != 0 {
		t.Errorf("full jitter goes down to nothing, not %v", d)
	}
}
