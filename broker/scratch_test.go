package broker

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
)

func scratch(t *testing.T, c *Client, n int) *Scratch {
	t.Helper()
	s, err := c.Scratch(within(t, patience), "test", n)
	must(t, err)
	t.Cleanup(s.Close)
	return s
}

// sends puts n tasks into a queue and waits for their confirms.
func sends(t *testing.T, s *Scratch, queue, n int) {
	t.Helper()
	var outstanding sync.WaitGroup
	for i := range n {
		outstanding.Add(1)
		must(t, s.Send(within(t, patience), queue, NewTask(fmt.Append(nil, i)), func(r Receipt) {
			defer outstanding.Done()
			if r.Outcome != Confirmed {
				t.Errorf("task %d: %+v", i, r)
			}
		}))
	}
	outstanding.Wait()
}

func taker(t *testing.T, s *Scratch, queue int, o ConsumeOptions) *Consumer {
	t.Helper()
	k, err := s.Consume(queue, o)
	must(t, err)
	return k
}

// gone waits until no queue of the scratch is there.
func gone(t *testing.T, c *Client, queues []string) {
	t.Helper()
	for _, name := range queues {
		eventually(t, "the end of "+name, func() bool {
			_, err := c.InspectQueue(t.Context(), name)
			return KindOf(err) == QueueMissing
		})
	}
}

// The queues take tasks and hand them out, any number without a prefetch, and those of the highest priority first; nobody else
// may use them, and they end with Close. The client's own links and queue have no part in it.
func TestScratch(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func(*Config)) *Client, _ string) {
		c := open(func(cfg *Config) { cfg.Queue.Declare = false })
		s := scratch(t, c, 2)
		if q := s.Queues(); len(q) != 2 || !strings.HasPrefix(q[0], "carousel.test.") || q[0] == q[1] {
			t.Fatalf("queues %q", q)
		}
		for _, name := range s.Queues() {
			if _, err := c.InspectQueue(t.Context(), name); KindOf(err) != Busy {
				t.Errorf("another connection may look at %s: %v", name, err)
			}
		}
		low := taker(t, s, 0, ConsumeOptions{Name: "low", Prefetch: 1})
		high := taker(t, s, 0, ConsumeOptions{Name: "high", Priority: 1})
		sends(t, s, 0, 20)
		sends(t, s, 1, 1)
		for range 20 { // without an acknowledgement
			take(t, high)
		}
		waits(t, low, "low")
		if d := take(t, taker(t, s, 1, ConsumeOptions{Name: "other", Prefetch: 1})); d.Task.Body[0] != '0' || d.Ack() != nil {
			t.Errorf("got %+v", d.Task)
		}
		must(t, high.Close()) // and low has room for one of those that come back
		if d := take(t, low); !d.Redelivered {
			t.Error("it is not told as redelivered")
		}
		s.Close()
		s.Close()
		gone(t, c, s.Queues())
		if err := s.Err(); err != nil {
			t.Errorf("after Close: %v", err)
		}
		if err := s.Send(t.Context(), 0, NewTask(nil), func(Receipt) {}); KindOf(err) != LinkLost {
			t.Errorf("Send after Close: %v", err)
		}
		if _, err := s.Consume(0, ConsumeOptions{Prefetch: 1}); KindOf(err) != LinkLost {
			t.Errorf("Consume after Close: %v", err)
		}
		if _, err := c.Inspect(t.Context()); KindOf(err) != QueueMissing {
			t.Errorf("the client's own queue: %v", err)
		}
	})
}

// The end of the context, or of the client, ends the queues, also for who has not closed them yet.
func TestScratchEndsWithItsContext(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func(*Config)) *Client, _ string) {
		c := open(nil)
		for name, end := range map[string]func() (ctx context.Context, end func()){
			"context": func() (context.Context, func()) { return context.WithCancel(t.Context()) },
			"client":  func() (context.Context, func()) { return t.Context(), nil },
		} {
			owner := open(nil)
			ctx, end := end()
			if end == nil {
				end = owner.Close
			}
			s, err := owner.Scratch(ctx, "test", 1)
			must(t, err)
			k := taker(t, s, 0, ConsumeOptions{Prefetch: 1})
			end()
			if d, ok := k.Next(nil); ok {
				t.Errorf("%s: got %+v", name, d)
			}
			gone(t, c, s.Queues())
			s.Close()
		}
	})
}

// A lost link ends the queues for good, and says why; one that is frozen ends with Close all the same.
func TestScratchOnABadLink(t *testing.T) {
	t.Parallel()
	address, relay := sandboxBehindRelay(t)
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{address}, []string{"http://127.0.0.1:1"}
	patient(&cfg)
	c, err := Open(cfg, nil)
	must(t, err)
	t.Cleanup(c.Close)

	s := scratch(t, c, 1)
	k := taker(t, s, 0, ConsumeOptions{Prefetch: 1})
	relay.Reset()
	select {
	case <-s.Off():
	case <-time.After(patience):
		t.Fatal("nobody noticed")
	}
	if KindOf(s.Err()) != LinkLost {
		t.Errorf("after a reset: %v", s.Err())
	}
	k.Next(nil)
	if err := s.Send(t.Context(), 0, NewTask(nil), func(Receipt) {}); KindOf(err) != LinkLost {
		t.Errorf("Send: %v", err)
	}
	s.Close()

	c.Reconnect()
	s = scratch(t, c, 1)
	ctx, cancel := context.WithCancel(t.Context())
	relay.Freeze()
	ended := make(chan error, 1)
	go func() {
		_, err := c.Scratch(ctx, "test", 1)
		ended <- err
	}()
	start := time.Now()
	s.Close()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Scratch on a frozen link: %v", err)
	}
	if took := time.Since(start); took > promptly {
		t.Errorf("it took %v", took)
	}
	relay.Thaw()
}

// A broker that blocks publishers ends the queues: what waits for an alarm is no trial. Nor is one of a broker that is not there.
func TestScratchIsRefusedByTrouble(t *testing.T) {
	t.Parallel()
	b, err := sandbox.Start(sandbox.Options{Management: "off", MemoryLimit: 1 << 20})
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{b.URL()}, []string{"http://127.0.0.1:1"}
	c, err := Open(cfg, nil)
	must(t, err)
	t.Cleanup(c.Close)
	s := scratch(t, c, 1)
	task := NewTask(make([]byte, 300<<10))
	for err == nil {
		err = s.Send(within(t, patience), 0, task, func(Receipt) {})
	}
	if !strings.Contains(err.Error(), "the broker blocks publishers") || s.Err() == nil {
		t.Errorf("the broker is full: %v, %v", err, s.Err())
	}
	s.Close()

	cfg.URLs, cfg.ConnectTimeout = []string{"amqp://127.0.0.1:1"}, Duration(200*time.Millisecond)
	c, err = Open(cfg, nil)
	must(t, err)
	t.Cleanup(c.Close)
	if _, err := c.Scratch(within(t, patience), "test", 1); KindOf(err) != Unreachable || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("nobody is there: %v", err)
	}
}

// Rights that are missing are named, and a policy that lets messages of every queue die does not bring these to anybody's.
func TestScratchMindsTheVhost(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	for _, lack := range []string{"configure", "write", "read"} {
		rights := []string{".*", ".*", ".*"}
		rights[slices.Index([]string{"configure", "write", "read"}, lack)] = "^$"
		address := vhost.User(t, "scratch-"+lack, "secret", "", rights[0], rights[1], rights[2])
		c := connect(t, node, address, nil)
		if _, err := c.Scratch(within(t, patience), "test", 1); KindOf(err) != NoRight || !strings.Contains(err.Error(), "; the user needs the rights to") {
			t.Errorf("without the right to %s: %v", lack, err)
		}
	}

	management, path := node.Management(), "/api/policies/"+url.PathEscape(vhost.Name)+"/all"
	management.Call(t, http.MethodPut, path, map[string]any{"pattern": "^carousel", "apply-to": "queues",
		"definition": map[string]any{"message-ttl": 1, "dead-letter-exchange": "", "dead-letter-routing-key": "somebody's"}}, nil)
	other := brokertest.Connect(t, vhost.URL())
	other.DeclareQueue("somebody's")
	other.DeclareQueue("carousel.plain")
	s := scratch(t, connect(t, node, vhost.URL(), nil), 1)
	sends(t, s, 0, 5)
	other.Publish("carousel.plain", "to see that the policy works")
	eventually(t, "the dead letter of the plain queue", func() bool { return other.Ready("somebody's") > 0 })
	if n := other.Ready("somebody's"); n != 1 {
		t.Errorf("%d came to somebody's queue", n)
	}
}
