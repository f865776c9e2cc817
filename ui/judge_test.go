package ui

import (
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// A program without a screen hears what the board would say, without the keys that it has not.
func TestJudge(t *testing.T) {
	b, p := busyBroker(), busyPool(8)
	j := NewJudge(b, p)
	for i, c := range []struct {
		name   string
		change func()
		want   string
	}{
		{"held", func() { p.status.State, p.status.Held = worker.PoolHeld, "the queue is gone" }, "The queue is gone."},
		{"draining", func() { p.status.State, p.status.Held = worker.PoolDraining, "" }, "Draining: no more tasks are taken, 8 tasks in hand."},
		{"no link", func() {
			for i := range b.links {
				b.links[i].Status = broker.LinkClosed
			}
		}, "The connections are closed."},
	} {
		c.change()
		if got := j.Verdict(start.Add(time.Duration(i) * time.Second)); got != c.want {
			t.Errorf("%s: %q; want %q", c.name, got, c.want)
		}
	}
}
