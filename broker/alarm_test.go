package broker

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// large makes a batch of n tasks of 64 kB: about sixty of them fill the sockets of a blocked connection.
func large(n int) Batch {
	made := 0
	return Batch{Next: func() (Task, bool) {
		made++
		return NewTask(make([]byte, 64<<10)), made <= n
	}}
}

// enqueueing runs a batch in the background.
func enqueueing(ctx context.Context, c *Client, b Batch) (*Progress, <-chan error) {
	p, done := new(Progress), make(chan error, 1)
	go func() { done <- c.Enqueue(ctx, b, p) }()
	return p, done
}

func blockedBy(t *testing.T, c *Client, p *Progress, resource string) {
	t.Helper()
	eventually(t, "the alarm for "+resource, func() bool {
		return strings.Contains(c.Links()[0].Blocked, resource) && strings.Contains(p.Read().Waiting, resource)
	})
}

func TestBlockedPublishing(t *testing.T) {
	t.Parallel()
	node := brokertest.Start(t) // alarms are the whole node's
	vhost := node.VHost(t)
	ctx := within(t, 90*time.Second)

	// A write that waits in a full socket would keep the heartbeats from going out, and the connection would die with all that
	// was not confirmed, though it is stored; and whoever gives up would hang on it.
	t.Run("the sockets fill", func(t *testing.T) {
		const tasks = 640 // 40 MB
		relay := brokertest.NewRelay(t, node.AMQPAddress())
		url, err := relay.URL(vhost.URL())
		must(t, err)
		c := connect(t, node, url, func(cfg *Config) { cfg.Heartbeat = Duration(2 * time.Second) })
		must(t, c.Enqueue(ctx, bodies(1), &Progress{}))
		watermark(t, node, "1MB")
		relay.SetDelay(400 * time.Millisecond) // so long is the broker's notice under way, while we write
		p, done := enqueueing(ctx, c, large(tasks))
		blockedBy(t, c, p, "memory")
		relay.SetDelay(0)
		held, outstanding := c.Links()[0], p.Read()
		if n := (outstanding.Sent - outstanding.Settled()) << 16; n < 6<<20 || n > windowBytes+1<<16 {
			t.Errorf("%d bytes are on their way", n)
		}
		giveUp, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		if _, err := c.Publish(giveUp, NewTask(nil)); err == nil || time.Since(start) > promptly {
			t.Errorf("a publish that was given up returned after %v, %v", time.Since(start), err)
		}
		blockedFor := time.NewTimer(5 * time.Second) // more than what ends a link that hears nothing
		defer blockedFor.Stop()
		select {
		case <-blockedFor.C:
		case err := <-done:
			t.Fatalf("the batch ended: %v, %+v", err, p.Read())
		}
		if l := c.Links()[0]; l.Generation != held.Generation || l.Status != LinkUp {
			t.Errorf("the link did not live through the alarm: %+v", l)
		}
		watermark(t, node, "1GB")
		must(t, <-done)
		if got, want := p.Read(), (Tally{Sent: tasks, Confirmed: tasks}); got != want {
			t.Errorf("got %+v", got)
		}
		ready(t, c, tasks+1) // each is stored once
		_, err = c.Purge(ctx)
		must(t, err)
	})

	t.Run("quitting tells what is not confirmed", func(t *testing.T) {
		c := connect(t, node, vhost.URL(), patient)
		must(t, c.Enqueue(ctx, bodies(1), &Progress{}))
		watermark(t, node, "1MB")
		p, done := enqueueing(ctx, c, large(200))
		blockedBy(t, c, p, "memory")
		start := time.Now()
		c.Close()
		if took := time.Since(start); took > promptly {
			t.Errorf("Close took %v", took)
		}
		err := <-done
		got := p.Read()
		if KindOf(err) != Closed || got.Unknown == 0 || got.Settled() != got.Sent || got.Confirmed > 0 ||
			!strings.Contains(got.Trouble, "may have stored it") {
			t.Errorf("%v, %+v", err, got)
		}
		watermark(t, node, "1GB")
	})

	t.Run("a trial is refused", func(t *testing.T) {
		c := connect(t, node, vhost.URL(), nil)
		watermark(t, node, "1MB")
		s := scratch(t, c, 1)
		var err error
		for err == nil { // the broker tells after the first
			err = s.Send(ctx, 0, NewTask(nil), func(Receipt) {})
		}
		if !strings.HasPrefix(err.Error(), "the broker blocks publishers: low on memory") {
			t.Errorf("got %v", err)
		}
		start := time.Now()
		s.Close()
		if took := time.Since(start); took > promptly {
			t.Errorf("Close took %v", took)
		}
		gone(t, c, s.Queues())
		watermark(t, node, "1GB")
	})

	t.Run("a disk alarm", func(t *testing.T) {
		if os.Getenv("CAROUSEL_RABBITMQ_CHROOT") != "" {
			t.Skip("a node in a root folder of its own cannot see how full the disk is")
		}
		c := connect(t, node, vhost.URL(), nil)
		must(t, c.Enqueue(ctx, bodies(1), &Progress{}))
		k := consume(t, c, "w01", 1)
		diskLimit(t, node, "1000000GB")
		p, done := enqueueing(ctx, c, bodies(100))
		blockedBy(t, c, p, "disk")
		eventually(t, "the alarm in the snapshot", func() bool {
			alarms := c.Snapshot().Alarms.Value
			return len(alarms) == 1 && strings.HasPrefix(alarms[0], "disk space on ")
		})
		must(t, take(t, k).Ack()) // the workers go on
		diskLimit(t, node, "50MB")
		must(t, <-done)
		if got := p.Read(); got.Confirmed != 100 || got.Waiting != "" {
			t.Errorf("after the alarm: %+v", got)
		}
		if l := c.Links()[0]; l.Generation != 1 || l.Blocked != "" {
			t.Errorf("the link: %+v", l)
		}
	})
}

func diskLimit(t *testing.T, node *brokertest.Node, limit string) {
	t.Helper()
	if out, err := node.Ctl("set_disk_free_limit", limit); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// A body that fills the sockets, and nobody reads: the write waits, and Close does not.
func TestCloseWhileAWriteWaits(t *testing.T) {
	t.Parallel()
	c, relay := relayed(t, patient)
	ctx := within(t, 30*time.Second)
	must(t, c.Enqueue(ctx, bodies(1), &Progress{}))
	relay.Freeze()
	p, done := enqueueing(ctx, c, Batch{Next: func() (Task, bool) { return NewTask(make([]byte, 30<<20)), true }})
	eventually(t, "the write", func() bool { return p.Read().Sent == 1 })
	start := time.Now()
	c.Close()
	if took := time.Since(start); took > promptly {
		t.Errorf("Close took %v", took)
	}
	err := <-done
	if got := p.Read(); KindOf(err) != Closed || got.Unknown != got.Sent || got.Sent > 1 {
		t.Errorf("%v, %+v", err, got)
	}
}
