package broker

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
)

// quickHeart notices a dead link within two seconds.
func quickHeart(cfg *Config) { cfg.Heartbeat = Duration(time.Second) }

// losses is a log that keeps why links were lost first: their state says it only until the next try fails.
type losses struct {
	mu    sync.Mutex
	first map[string]string // by role
}

func (l *losses) Write(line []byte) (int, error) {
	var said struct{ Msg, Link, Error string }
	if err := json.Unmarshal(line, &said); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, told := l.first[said.Link]; said.Msg == "link down" && !told {
		l.first[said.Link] = said.Error
	}
	return len(line), nil
}

// of waits until the link of a role was lost.
func (l *losses) of(t *testing.T, role Role) (why string) {
	t.Helper()
	eventually(t, "the loss of the "+string(role)+" link", func() (lost bool) {
		l.mu.Lock()
		defer l.mu.Unlock()
		why, lost = l.first[string(role)]
		return lost
	})
	return why
}

// redelivered takes the task again, from a new consumer, and settles it.
func redelivered(t *testing.T, c *Client, old *Delivery) {
	t.Helper()
	if err := old.Ack(); !errors.Is(err, ErrStale) {
		t.Errorf("a late acknowledgement: %v", err)
	}
	var k *Consumer
	eventually(t, "a new consumer", func() bool {
		var err error
		k, err = c.Consume(t.Context(), ConsumeOptions{Name: "again", Prefetch: 1})
		return err == nil
	})
	again := take(t, k)
	if again.Task.ID != old.Task.ID || !again.Redelivered {
		t.Errorf("got task %s, redelivered %v; want %s again", again.Task.ID, again.Redelivered, old.Task.ID)
	}
	must(t, again.Ack())
	must(t, k.Close())
}

// endOf waits until the consumer has ended and returns why.
func endOf(t *testing.T, k *Consumer) error {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case _, ok := <-k.Tasks():
			if !ok {
				return k.Err()
			}
		case <-deadline:
			t.Fatalf("the consumer did not end within %v", patience)
		}
	}
}

// inHand enqueues one task and takes it.
func inHand(t *testing.T, c *Client) (*Consumer, *Delivery) {
	t.Helper()
	must(t, c.Enqueue(within(t, 20*time.Second), bodies(1), &Progress{}))
	k := consume(t, c, "w01", 1)
	return k, take(t, k)
}

// What the broker's operator does to it: the links say it in words, come back by themselves, and the task in hand runs again.
func TestOperatorStopsAndFreezesTheBroker(t *testing.T) {
	t.Parallel()
	node := brokertest.Start(t)
	t.Run("an orderly stop", func(t *testing.T) {
		lost := &losses{first: map[string]string{}}
		c := connectLogged(t, node, node.VHost(t).URL(), nil, slog.New(slog.NewJSONHandler(lost, nil)))
		k, old := inHand(t, c)
		must(t, node.Flush())
		stopped := make(chan error, 1)
		go func() {
			_, err := node.Ctl("stop_app")
			stopped <- err
		}()
		idle, working := lost.of(t, RolePublish), endOf(t, k)
		// A write that crosses the close makes the library forget the broker's reason; not on every link.
		if said := idle + working.Error(); KindOf(working) != LinkLost || !strings.Contains(said, "the broker was shut down by its operator") {
			t.Errorf("an idle link says %v, the consumer %v", idle, working)
		}
		must(t, k.Close())
		must(t, <-stopped)
		_, err := node.Ctl("start_app")
		must(t, err)
		redelivered(t, c, old)
	})
	t.Run("a frozen process", func(t *testing.T) {
		c := connect(t, node, node.VHost(t).URL(), func(cfg *Config) { quickHeart(cfg); cfg.ConnectTimeout = Duration(time.Second) })
		k, old := inHand(t, c)
		must(t, node.Freeze())
		if err := endOf(t, k); KindOf(err) != LinkLost || !strings.Contains(err.Error(), "no heartbeat came in time") {
			t.Errorf("ended with %v", err)
		}
		must(t, k.Close())
		must(t, node.Thaw())
		redelivered(t, c, old)
	})
}

func TestAdministratorsCloseIsSaid(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.URL(), nil)
	k, old := inHand(t, c)
	var names []struct {
		Name string `json:"name"`
	}
	eventually(t, "the connections in the statistics", func() bool {
		node.Management().Call(t, http.MethodGet, "/api/vhosts/"+vhost.Name+"/connections", nil, &names)
		return len(names) == 3
	})
	for _, connection := range names {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, node.ManagementURL()+"/api/connections/"+url.PathEscape(connection.Name), nil)
		must(t, err)
		req.SetBasicAuth("guest", "guest")
		req.Header.Set("X-Reason", "moving you to rabbit-2")
		req.Close = true
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	err := endOf(t, k)
	if KindOf(err) != LinkLost || !strings.Contains(err.Error(), "closed by an administrator (moving you to rabbit-2)") ||
		strings.ContainsAny(err.Error(), "\x1b\n") {
		t.Errorf("ended with %q", err)
	}
	must(t, k.Close())
	redelivered(t, c, old)
}

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

// The first address goes away under a link: it moves on to the next.
func TestFailoverWhileWorking(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	first, second := brokertest.NewRelay(t, node.AMQPAddress()), brokertest.NewRelay(t, node.AMQPAddress())
	urls := make([]string, 2)
	for i, relay := range []*brokertest.Relay{first, second} {
		url, err := relay.URL(vhost.URL())
		must(t, err)
		urls[i] = url
	}
	c := connect(t, node, vhost.URL(), func(cfg *Config) { cfg.URLs = urls })
	k, old := inHand(t, c)
	if got := c.Links()[1].Address; got != first.Addr() {
		t.Fatalf("connected to %s first", got)
	}
	first.Cut()
	if err := endOf(t, k); KindOf(err) != LinkLost || !strings.Contains(err.Error(), first.Addr()) {
		t.Errorf("ended with %v", err)
	}
	must(t, k.Close())
	redelivered(t, c, old)
	eventually(t, "all links at the second address", func() bool {
		for _, l := range c.Links() {
			if l.Status != LinkUp || l.Address != second.Addr() {
				return false
			}
		}
		return true
	})
}
