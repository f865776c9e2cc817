package broker

import (
	"testing"
	"time"
)

// Of a queue's consumers, the one with the higher priority gets all that it has room for, whoever came first.
func TestConsumerPriority(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func(*Config)) *Client, _ string) {
		c, ctx := open(nil), within(t, 30*time.Second)
		low, err := c.Consume(ctx, ConsumeOptions{Name: "low", Prefetch: 10})
		must(t, err)
		defer low.Close()
		high, err := c.Consume(ctx, ConsumeOptions{Name: "high", Prefetch: 3, Priority: 1})
		must(t, err)
		defer high.Close()
		must(t, c.Enqueue(ctx, bodies(4), &Progress{}))
		for range 3 {
			take(t, high)
		}
		take(t, low)
	})
}
