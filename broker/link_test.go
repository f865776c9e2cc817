package broker

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

func TestRefusedLoginStopsTheRetries(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	relay := brokertest.NewRelay(t, node.AMQPAddress())
	vhost := node.VHost(t)
	url, err := relay.URL(strings.Replace(vhost.User(t, "let-me-in", "correct", "", ".*", ".*", ".*"), "correct", "hunter2", 1))
	must(t, err)
	c := connect(t, node, url, nil)
	err = c.Ready(within(t, 20*time.Second), RoleWork)
	if KindOf(err) != Refused || !strings.Contains(err.Error(), "login refused for user let-me-in") || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("got %v", err)
	}
	eventually(t, "every link to give up", func() bool {
		for _, l := range c.Links() {
			if l.Status != LinkRefused || !l.NextTry.IsZero() {
				return false
			}
		}
		return true
	})
	dials := relay.Dials()
	c.Reconnect()
	eventually(t, "another try on request", func() bool { return relay.Dials() >= dials+3 })
}

func TestRefusedVHost(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	base, _, _ := strings.Cut(node.URL(), "@")
	for _, vhost := range []string{"nowhere", node.VHost(t).Name} {
		url := base + "@" + node.AMQPAddress() + "/" + vhost
		if vhost != "nowhere" {
			url = strings.Replace(node.User(t, "no-vhost", "pw", "", ".*", ".*", ".*"), "/%2F", "/"+vhost, 1)
		}
		err := connect(t, node, url, nil).Ready(within(t, 20*time.Second), RoleWatch)
		if KindOf(err) != Refused || !strings.Contains(err.Error(), vhost) || !strings.Contains(err.Error(), "vhost") {
			t.Errorf("vhost %s: %v", vhost, err)
		}
	}
}

// silent listens and says answer to whoever connects, then closes unless answer is empty.
func silent(t *testing.T, answer string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			if answer != "" {
				_, _ = conn.Write([]byte(answer))
				_ = conn.Close()
			}
		}
	}()
	return l.Addr().String()
}

func TestWhatAnswersIsNoBroker(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	for name, c := range map[string]struct{ url, want string }{
		"nothing there":      {"amqp://127.0.0.1:1", "connection refused; is RabbitMQ running there?"},
		"no such host":       {"amqp://no-such-host.invalid", "the name no-such-host.invalid is not known"},
		"the management API": {"amqp://" + strings.TrimPrefix(node.ManagementURL(), "http://"), "this is the management port"},
		"a silent port":      {"amqp://" + silent(t, ""), "no answer in time"},
		"another protocol":   {"amqp://" + silent(t, "220 mail.example.org ESMTP\r\n"), "does not speak AMQP"},
		"plain port by TLS":  {strings.Replace(node.URL(), "amqp://", "amqps://", 1), "does not speak TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := connect(t, node, c.url, func(cfg *Config) { cfg.ConnectTimeout = Duration(700 * time.Millisecond) })
			eventually(t, "the first try to fail", func() bool { return client.Links()[0].Err != nil })
			state := client.Links()[0]
			if !strings.Contains(state.Err.Error(), c.want) || strings.Contains(state.Err.Error(), "\n") {
				t.Errorf("says %q; want %q in it", state.Err, c.want)
			}
			if name != "plain port by TLS" && (state.Status != LinkConnecting || state.NextTry.IsZero()) {
				t.Errorf("should try again: %+v", state)
			}
		})
	}
}

func TestLinkComesBack(t *testing.T) {
	t.Parallel()
	c, relay := relayed(t, nil)
	ctx := within(t, 30*time.Second)
	for _, role := range []Role{RolePublish, RoleWork, RoleWatch} {
		must(t, c.Ready(ctx, role))
	}
	relay.Cut()
	eventually(t, "the loss", func() bool { l := c.Links()[0]; return l.Status == LinkConnecting && l.Err != nil })
	if s := c.Links()[0]; s.Address == "" || s.Since.IsZero() {
		t.Errorf("it forgot where it was: %+v", s)
	}
	must(t, relay.Mend())
	eventually(t, "an answer", func() bool {
		_, err := c.Inspect(ctx)
		return KindOf(err) == QueueMissing
	})
	eventually(t, "every link on its second connection", func() bool {
		for _, l := range c.Links() {
			if l.Status != LinkUp || l.Generation < 2 {
				return false
			}
		}
		return true
	})
}

// Two dials of a link are a second apart at the least, however fast the broker fails them.
func TestDialsAreSpaced(t *testing.T) {
	t.Parallel()
	relay := brokertest.NewRelay(t, "127.0.0.1:1") // accepts and drops at once
	cfg := DefaultConfig()
	ends, err := Config{URLs: []string{"amqp://" + relay.Addr()}}.resolve()
	must(t, err)
	l := newLink(RoleWork, 0, &cfg, &ends, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
	defer cancel()
	l.run(ctx)
	if n := relay.Dials(); n < 1 || n > 3 {
		t.Errorf("%d dials in 2.5 s", n)
	}
}

func TestFailoverToTheNextAddress(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	c := connect(t, node, node.VHost(t).URL(), func(cfg *Config) {
		cfg.URLs = append([]string{"amqp://127.0.0.1:1/"}, cfg.URLs...)
	})
	must(t, c.Ready(within(t, 20*time.Second), RoleWatch))
	if got := c.Links()[2].Address; got != node.AMQPAddress() {
		t.Errorf("connected to %s", got)
	}
}

// A call that is not answered cuts its connection, so that a late answer cannot be taken for the next call's.
func TestUnansweredCallCutsTheLink(t *testing.T) {
	t.Parallel()
	c, relay := relayed(t, func(cfg *Config) {
		patient(cfg)
		cfg.RPCTimeout, cfg.Refresh = Duration(300*time.Millisecond), Duration(time.Minute)
	})
	ctx := within(t, 30*time.Second)
	if _, err := c.EnsureQueue(ctx); err != nil {
		t.Fatal(err)
	}
	relay.Freeze()
	start := time.Now()
	_, err := c.Inspect(ctx)
	if took := time.Since(start); KindOf(err) != TimedOut || took > promptly {
		t.Errorf("%v after %v", err, took)
	}
	relay.Thaw()
	if _, err := c.Inspect(ctx); err != nil {
		t.Errorf("on the next connection: %v", err)
	}
}

func TestCloseIsQuickOnAFrozenLink(t *testing.T) {
	t.Parallel()
	c, relay := relayed(t, patient)
	consumeOne(t, c)
	relay.Freeze()
	start := time.Now()
	c.Close()
	if took := time.Since(start); took > promptly {
		t.Errorf("took %v", took)
	}
	for _, l := range c.Links() {
		if l.Status != LinkClosed {
			t.Errorf("%s is %v", l.Role, l.Status)
		}
	}
	if _, err := c.Inspect(t.Context()); KindOf(err) != Closed {
		t.Errorf("after Close: %v", err)
	}
}

func consumeOne(t *testing.T, c *Client) {
	t.Helper()
	_, err := c.Consume(within(t, 20*time.Second), ConsumeOptions{Name: "w01", Prefetch: 1})
	must(t, err)
}

func TestAdministratorsReasonIsTold(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.User(t, "to-be-deleted", "pw", "", ".*", ".*", ".*"), nil)
	ctx := within(t, 30*time.Second)
	must(t, c.Ready(ctx, RoleWork))
	node.Management().Call(t, "DELETE", "/api/users/to-be-deleted", nil, nil)
	eventually(t, "the links to stop", func() bool { return c.Links()[1].Status == LinkRefused })
	if err := c.Links()[1].Err; !strings.Contains(err.Error(), "login refused") {
		t.Errorf("got %v", err)
	}
}

func TestBrokerKilledUnderLoadLosesNoConfirmedTask(t *testing.T) {
	t.Parallel()
	node := brokertest.Start(t)
	c := connect(t, node, node.URL(), nil)
	ctx := within(t, 5*patience) // a start alone may take more than one
	_, err := c.EnsureQueue(ctx)
	must(t, err)
	must(t, node.Flush())
	var p Progress
	done := make(chan error, 1)
	b := bodies(20000)
	go func() { done <- c.Enqueue(ctx, b, &p) }()
	eventually(t, "some load", func() bool { return p.Read().Confirmed > 3000 })
	node.Kill()
	eventually(t, "the loss", func() bool { return c.Links()[0].Err != nil })
	must(t, node.Restart())
	must(t, <-done)
	got := p.Read()
	if got.Settled() != 20000 || got.Returned+got.Rejected > 0 {
		t.Errorf("got %+v", got)
	}
	info, err := c.Inspect(ctx)
	must(t, err)
	if uint64(info.Ready) < got.Confirmed || uint64(info.Ready) > got.Confirmed+got.Unknown {
		t.Errorf("%d confirmed and %d unknown, but %d are stored", got.Confirmed, got.Unknown, info.Ready)
	}
	t.Logf("confirmed %d, unknown %d, stored %d", got.Confirmed, got.Unknown, info.Ready)
}

// A handshake that is answered, but too slowly, is not taken for one that was cut.
func TestSlowHandshakeIsSaid(t *testing.T) {
	t.Parallel()
	c, relay := relayed(t, func(cfg *Config) { cfg.ConnectTimeout = Duration(time.Second) })
	must(t, c.Ready(within(t, patience), RolePublish))
	relay.SetDelay(400 * time.Millisecond) // a handshake waits for three answers
	relay.Reset()
	eventually(t, "the reason", func() bool {
		err := c.Links()[0].Err
		return KindOf(err) == Unreachable && strings.Contains(err.Error(), noAnswer)
	})
	relay.SetDelay(0)
}
