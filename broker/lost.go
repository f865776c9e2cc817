package broker

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// takers counts the client's open consumers, and what those held that the broker cancelled: when the queue was deleted, that
// is lost with it. The zero value is ready.
type takers struct {
	mu      sync.Mutex
	open    int
	lost    int           // since a consumer could last be opened
	changed chan struct{} // closed when open falls and somebody waits; nil: nobody does
}

func (t *takers) opened() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open++
	t.lost = 0 // there is a queue
}

func (t *takers) ended(k *Consumer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open--
	if KindOf(k.Err()) == Cancelled {
		t.lost += int(k.held.Load())
	}
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}

// settle waits until no consumer is open, and returns what those held that were cancelled. It waits for at most a second,
// and not beyond ctx.
func (t *takers) settle(ctx context.Context) int {
	patience := time.NewTimer(time.Second)
	defer patience.Stop()
	for {
		t.mu.Lock()
		open, lost := t.open, t.lost
		if t.changed == nil {
			t.changed = make(chan struct{})
		}
		changed := t.changed
		t.mu.Unlock()
		if open == 0 {
			return lost
		}
		select {
		case <-changed:
		case <-patience.C:
			return lost
		case <-ctx.Done():
			return lost
		}
	}
}

// deleted says what went with the queue, when err is that a queue is missing that this client has seen. The broker tells
// each consumer by itself, so the others may not have heard yet. Any other err is returned as it is.
func (c *Client) deleted(ctx context.Context, err error) error {
	if KindOf(err) != QueueMissing || !strings.Contains(err.Error(), "no queue") { // it may exist on a node that is down
		return err
	}
	f := &Fault{Kind: QueueMissing, What: "queue " + Plain(c.cfg.Queue.Name) + " was deleted", Err: err}
	switch n := c.takers.settle(ctx); n {
	case 0:
		f.Why = "no task was in hand"
	case 1:
		f.Why = "the task in hand was lost with it"
	default:
		f.Why = fmt.Sprintf("%d tasks in hand were lost with it", n)
	}
	return f
}
