package broker

import (
	"context"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
	"carousel/broker/sandbox"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(brokertest.StopAfter(m)) }

// patience is far beyond what anything takes on a machine that has other things to do.
const patience = time.Minute

// promptly bounds what must not wait for a broker that does not answer: far below the timeouts that patient sets, and far beyond
// what it takes on a busy machine.
const promptly = 20 * time.Second

// patient makes a client wait for a broker that does not answer for longer than promptly.
func patient(cfg *Config) {
	cfg.RPCTimeout, cfg.ConnectTimeout, cfg.Heartbeat = Duration(time.Minute), Duration(time.Minute), Duration(time.Minute)
}

// connect opens a client on the URL of a test's broker; change may be nil.
func connect(t *testing.T, node *brokertest.Node, url string, change func(*Config)) *Client {
	t.Helper()
	return connectLogged(t, node, url, change, slog.New(slog.DiscardHandler))
}

func connectLogged(t *testing.T, node *brokertest.Node, url string, change func(*Config), log *slog.Logger) *Client {
	t.Helper()
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{url}, []string{node.ManagementURL()}
	cfg.Refresh = Duration(100 * time.Millisecond)
	if change != nil {
		change(&cfg)
	}
	c, err := Open(cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// relayed opens a client in a vhost of its own, through a relay that can disturb its links.
func relayed(t *testing.T, change func(*Config)) (*Client, *brokertest.Relay) {
	t.Helper()
	node := brokertest.Shared(t)
	relay := brokertest.NewRelay(t, node.AMQPAddress())
	url, err := relay.URL(node.VHost(t).URL())
	must(t, err)
	return connect(t, node, url, change), relay
}

// sandboxBehindRelay starts a sandbox without the management API, and returns the address of the relay before it.
func sandboxBehindRelay(t *testing.T) (url string, relay *brokertest.Relay) {
	t.Helper()
	b, err := sandbox.Start(sandbox.Options{Management: "off"})
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	relay = brokertest.NewRelay(t, strings.TrimSuffix(strings.SplitN(b.URL(), "@", 2)[1], "/"))
	url, err = relay.URL(b.URL())
	must(t, err)
	return url, relay
}

// within is the test's context with an end that a healthy test never sees: after d, or patience where that is longer.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), max(d, patience))
	t.Cleanup(cancel)
	return ctx
}

// bodies makes a batch of n tasks.
func bodies(n int) Batch {
	made := 0
	return Batch{Next: func() (Task, bool) {
		made++
		return NewTask([]byte("task")), made <= n
	}}
}

// take reads one delivery.
func take(t *testing.T, k *Consumer) *Delivery {
	t.Helper()
	d, ok := k.Next(within(t, patience).Done())
	switch {
	case !ok:
		t.Fatalf("the consumer ended: %v", k.Err())
	case d == nil:
		t.Fatalf("no task came within %v", patience)
	}
	return d
}

// left takes deliveries until the consumer ends.
func left(k *Consumer) iter.Seq[*Delivery] {
	return func(yield func(*Delivery) bool) {
		for {
			d, _ := k.Next(nil)
			if d == nil || !yield(d) {
				return
			}
		}
	}
}

// waits expects that no delivery is there.
func waits(t *testing.T, k *Consumer, who string) {
	t.Helper()
	enough := make(chan struct{})
	time.AfterFunc(time.Millisecond, func() { close(enough) })
	if d, _ := k.Next(enough); d != nil {
		t.Errorf("%s got %s", who, d.Task.Body)
	}
}

// ready waits until the queue has n ready messages.
func ready(t *testing.T, c *Client, n int) {
	t.Helper()
	eventually(t, "the expected depth", func() bool {
		info, err := c.Inspect(t.Context())
		return err == nil && info.Ready == n
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
