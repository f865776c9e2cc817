package broker

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"carousel/broker/brokertest"
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
	deadline := within(t, patience)
	for {
		if _, open := k.Next(deadline.Done()); !open {
			return k.Err()
		}
		if deadline.Err() != nil {
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
