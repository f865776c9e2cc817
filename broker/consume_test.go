package broker

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// working opens a client with n tasks in its queue.
func working(t *testing.T, n int) (*Client, *brokertest.Relay) {
	t.Helper()
	c, relay := relayed(t, nil)
	must(t, c.Enqueue(within(t, 30*time.Second), bodies(n), &Progress{}))
	return c, relay
}

func consume(t *testing.T, c *Client, name string, prefetch int) *Consumer {
	t.Helper()
	k, err := c.Consume(within(t, 20*time.Second), ConsumeOptions{Name: name, Prefetch: prefetch})
	must(t, err)
	t.Cleanup(func() { _ = k.Close() })
	return k
}

func unacked(c *Client) int64 { return c.Snapshot().Unacked.Value }

func TestPrefetchChangesWhileTasksAreInHand(t *testing.T) {
	t.Parallel()
	c, _ := working(t, 30)
	k := consume(t, c, "w01", 1)
	inHand := take(t, k)
	for _, n := range []int{8, 2, 1} {
		must(t, k.SetPrefetch(within(t, 10*time.Second), n))
		must(t, inHand.Ack()) // its channel is still the same
		inHand = take(t, k)
	}
	must(t, inHand.Ack())
	taken := 4
	for taken < 30 {
		must(t, take(t, k).Ack())
		taken++
	}
	ready(t, c, 0)
	eventually(t, "nothing unacked", func() bool { return c.Snapshot().Unacked.Known() && unacked(c) == 0 })
}

func TestPrefetchBoundsWhatTheBrokerHandsOut(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 5} {
		c, _ := working(t, 20)
		k := consume(t, c, "w01", n)
		eventually(t, "the prefetch to fill", func() bool { return unacked(c) == int64(n) })
		held := take(t, k)
		ready(t, c, 20-n) // taking one off Tasks is no acknowledgement
		must(t, held.Ack())
		ready(t, c, 19-n)
	}
}

func TestCancelStopsTakingAndKeepsTheChannel(t *testing.T) {
	t.Parallel()
	c, _ := working(t, 10)
	k := consume(t, c, "w01", 3)
	first := take(t, k)
	eventually(t, "the prefetch to fill", func() bool { return unacked(c) == 3 })
	must(t, k.Cancel(t.Context()))
	rest := 0
	for d := range left(k) {
		must(t, d.Return())
		rest++
	}
	if rest != 2 {
		t.Errorf("%d deliveries were on their way, want 2", rest)
	}
	must(t, first.Ack())
	must(t, k.Close())
	if err := k.Err(); err != nil {
		t.Errorf("ended by us, and says %v", err)
	}
	ready(t, c, 9)
}

func TestCloseGivesTasksBack(t *testing.T) {
	t.Parallel()
	c, _ := working(t, 1)
	k := consume(t, c, "w01", 1)
	d := take(t, k)
	must(t, k.Close())
	if err := d.Ack(); !errors.Is(err, ErrStale) {
		t.Errorf("settled on a closed channel: %v", err)
	}
	again := take(t, consume(t, c, "w02", 1))
	if !again.Redelivered || again.Task.ID != d.Task.ID {
		t.Errorf("redelivered %v, id %s; gave %s back", again.Redelivered, again.Task.ID, d.Task.ID)
	}
	must(t, again.Ack())
}

func TestSettlements(t *testing.T) {
	t.Parallel()
	c, _ := working(t, 1)
	k := consume(t, c, "w01", 1)
	for name, settle := range map[string]func(*Delivery) error{"fail": (*Delivery).Fail, "return": (*Delivery).Return} {
		must(t, settle(take(t, k)))
		if d := take(t, k); !d.Redelivered {
			t.Errorf("%s: not back in the queue", name)
		} else {
			must(t, d.Return())
		}
	}
	must(t, take(t, k).Reject())
	ready(t, c, 0)
	eventually(t, "nothing unacked", func() bool { return unacked(c) == 0 })
}

// Delivery tags begin at 1 again on the next connection: an old tag sent there would acknowledge somebody else's task.
func TestStaleDeliveryIsNeverAcknowledged(t *testing.T) {
	t.Parallel()
	c, relay := working(t, 2)
	k := consume(t, c, "w01", 1)
	old := take(t, k)
	relay.Reset()
	for range left(k) {
		t.Error("a task on a dead channel")
	}
	if KindOf(k.Err()) != LinkLost {
		t.Errorf("ended with %v", k.Err())
	}
	must(t, k.Close())
	next := consume(t, c, "w01", 2)
	first, second := take(t, next), take(t, next)
	if err := old.Ack(); !errors.Is(err, ErrStale) {
		t.Fatalf("the old delivery: %v", err)
	}
	if first.Tag != old.Tag {
		t.Fatalf("the test needs equal tags, got %d and %d", first.Tag, old.Tag)
	}
	must(t, second.Ack())
	must(t, next.Close())
	ready(t, c, 1) // the first one was neither settled nor lost
}

// Tasks go to whoever is free: while the others hold theirs, nobody gets a second one. The exact order belongs to the broker, and
// to the conformance suite.
func TestTasksGoRound(t *testing.T) {
	t.Parallel()
	c, _ := working(t, 0)
	const workers, rounds = 3, 20
	var seats []*Consumer
	for i := range workers {
		seats = append(seats, consume(t, c, fmt.Sprintf("w%02d", i+1), 1))
	}
	must(t, c.Enqueue(within(t, 20*time.Second), bodies(workers*rounds), &Progress{}))
	for range rounds {
		var held []*Delivery
		for _, k := range seats {
			held = append(held, take(t, k))
		}
		for i, k := range seats {
			waits(t, k, fmt.Sprintf("worker %d, which holds a task,", i+1))
		}
		for _, d := range held {
			must(t, d.Ack())
		}
	}
	ready(t, c, 0)
}

func TestManyConnections(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	c := connect(t, node, node.VHost(t).URL(), func(cfg *Config) { cfg.Connections = 3 })
	ctx := within(t, 20*time.Second)
	for i := range 6 {
		k, err := c.Consume(ctx, ConsumeOptions{Name: "w", Index: i, Prefetch: 1})
		must(t, err)
		if want := c.work[i%3]; k.s != want.current {
			t.Errorf("worker %d is on another connection", i)
		}
	}
}

func TestConsumeRefusals(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	ctx := within(t, 20*time.Second)
	c := connect(t, node, vhost.User(t, "no-read", "pw", "", ".*", ".*", "^$"), nil)
	if _, err := c.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: 1}); KindOf(err) != NoRight {
		t.Errorf("no right: %v", err)
	}
	for _, prefetch := range []int{0, -1, 65536} {
		if _, err := c.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: prefetch}); KindOf(err) != Invalid {
			t.Errorf("prefetch %d: %v", prefetch, err)
		}
	}
}
