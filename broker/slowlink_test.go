package broker

import (
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
)

// A link that is dead though nobody closed it: the heartbeats tell, on both sides, and what was in hand goes to another worker.
func TestHalfOpenLink(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	relay := brokertest.NewRelay(t, node.AMQPAddress())
	frozen, err := relay.URL(vhost.URL())
	must(t, err)
	c, other := connect(t, node, frozen, quickHeart), connect(t, node, vhost.URL(), nil)
	k, old := inHand(t, c)
	relay.Freeze() // until the end of the test: the broker does not see our end of it close either
	start := time.Now()
	if err := endOf(t, k); KindOf(err) != LinkLost || !strings.Contains(err.Error(), "no heartbeat came in time") {
		t.Errorf("ended with %v", err)
	}
	if took := time.Since(start); took > promptly {
		t.Errorf("noticed after %v", took)
	}
	must(t, k.Close())
	redelivered(t, other, old)
}

// Two seconds there and back: slow, and nothing is cut for it.
func TestSlowLinkIsNotCut(t *testing.T) {
	t.Parallel()
	c, relay := relayed(t, func(cfg *Config) { cfg.Refresh = Duration(time.Minute) })
	k, d := inHand(t, c)
	ctx := within(t, 30*time.Second)
	relay.SetDelay(time.Second)
	receipt := make(chan Receipt, 1)
	go func() {
		r, _ := c.Publish(ctx, NewTask(nil))
		receipt <- r
	}()
	must(t, d.Ack())
	if info, err := c.Inspect(ctx); err != nil || info.Consumers != 1 {
		t.Errorf("a call: %+v, %v", info, err)
	}
	if r := <-receipt; r.Outcome != Confirmed || r.Took < 2*time.Second {
		t.Errorf("a publish: %+v", r)
	}
	must(t, take(t, k).Ack())
	relay.SetDelay(0)
	for _, l := range c.Links() {
		if l.Status != LinkUp || l.Generation != 1 {
			t.Errorf("%s: %v, generation %d, %v", l.Role, l.Status, l.Generation, l.Err)
		}
	}
}

// A kilobyte a second is too little for anything; it makes no storm, and Close does not wait for it.
func TestNarrowLinkStaysInGoodOrder(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	relay := brokertest.NewRelay(t, node.AMQPAddress())
	relay.SetRate(1000)
	url, err := relay.URL(node.VHost(t).URL())
	must(t, err)
	start := time.Now()
	c := connect(t, node, url, func(cfg *Config) { cfg.RPCTimeout = Duration(time.Minute) })
	eventually(t, "a link, or the reason why there is none", func() bool {
		l := c.Links()[2]
		return l.Status == LinkUp || l.Err != nil
	})
	go func() { _, _ = c.Publish(within(t, 20*time.Second), NewTask(make([]byte, 1<<20))) }() // 17 minutes long
	eventually(t, "the publish link", func() bool { return c.Links()[0].Status == LinkUp || c.Links()[0].Err != nil })
	if most := 3 * (int(time.Since(start).Seconds()) + 1); relay.Dials() > most {
		t.Errorf("%d dials of three links in %v", relay.Dials(), time.Since(start))
	}
	closing := time.Now()
	c.Close()
	if took := time.Since(closing); took > promptly {
		t.Errorf("Close took %v", took)
	}
}

// Frames may arrive in any pieces.
func TestSlicedFrames(t *testing.T) {
	t.Parallel()
	b, err := sandbox.Start(sandbox.Options{Management: "off"})
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	target := strings.TrimSuffix(strings.SplitN(b.URL(), "@", 2)[1], "/")
	serve(t, l, func(client net.Conn) { bridge(client, target, 3) })
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{"amqp://guest:guest@" + l.Addr().String()}, []string{"http://127.0.0.1:1"}
	c, err := Open(cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(c.Close)
	var p Progress
	must(t, c.Enqueue(within(t, 30*time.Second), bodies(50), &p))
	if got := p.Read(); got.Confirmed != 50 {
		t.Errorf("got %+v", got)
	}
	k := consume(t, c, "w01", 3)
	for range 50 {
		d := take(t, k)
		if string(d.Task.Body) != "task" {
			t.Errorf("body %q", d.Task.Body)
		}
		must(t, d.Ack())
	}
}
