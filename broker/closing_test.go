package broker

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
)

// quick opens a client on a sandbox: for what needs a broker, and not RabbitMQ.
func quick(t *testing.T, o sandbox.Options, change func(*Config)) *Client {
	t.Helper()
	b, err := sandbox.Start(o)
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management, cfg.Refresh = []string{b.URL()}, []string{"http://127.0.0.1:1"}, Duration(100*time.Millisecond)
	if change != nil {
		change(&cfg)
	}
	c, err := Open(cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

// The first task of a channel goes alone, and a client may be closed while it waits for its confirm.
func TestCloseWhileTheFirstConfirmIsOut(t *testing.T) {
	t.Parallel()
	for range 30 {
		c := quick(t, sandbox.Options{Management: "off"}, nil)
		outcome := make(chan Receipt, 1)
		must(t, c.send(within(t, 10*time.Second), NewTask(nil), nil, func(r Receipt) { outcome <- r }))
		c.Close()
		if r := <-outcome; r.Outcome != Confirmed && r.Outcome != Unknown {
			t.Fatalf("%+v", r)
		}
	}
}

func TestBatchHonoursItsContextWhileNobodyAnswers(t *testing.T) {
	t.Parallel()
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{"amqp://127.0.0.1:1"}, []string{"http://127.0.0.1:1"}
	c, err := Open(cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(c.Close)
	waiting, stop := context.WithCancel(t.Context()) // a worker that looks for the queue, too
	defer stop()
	go func() { _, _ = c.Consume(waiting, ConsumeOptions{Name: "w01", Prefetch: 1}) }()

	ctx, cancel := context.WithCancel(t.Context())
	var p Progress
	done := make(chan error, 1)
	go func() { done <- c.Enqueue(ctx, bodies(5), &p) }()
	eventually(t, "the reason", func() bool { return strings.Contains(p.Read().Waiting, "connection refused") })
	cancel()
	start := time.Now()
	if err := <-done; err == nil || time.Since(start) > promptly {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	if got := p.Read(); got.Sent != 0 || got.Settled() != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestCloseIsQuickWhileNobodyAnswers(t *testing.T) {
	t.Parallel()
	cfg := DefaultConfig()
	cfg.ConnectTimeout = Duration(time.Minute)
	cfg.URLs, cfg.Management = []string{"amqp://" + silent(t, "")}, []string{"http://127.0.0.1:1"}
	c, err := Open(cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	eventually(t, "a dial", func() bool { return c.Links()[0].Address != "" })
	start := time.Now()
	c.Close()
	if took := time.Since(start); took > promptly {
		t.Errorf("took %v", took)
	}
}

// A link that is reset again and again, also while a channel opens, makes a batch slower, and does not end it.
func TestBatchSurvivesResets(t *testing.T) {
	t.Parallel()
	url, relay := sandboxBehindRelay(t)
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{url}, []string{"http://127.0.0.1:1"}
	c, err := Open(cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(c.Close)
	relay.SetDelay(2 * time.Millisecond)
	load := bodies(60)
	load.Rate = 30
	var p Progress
	done := make(chan error, 1)
	go func() { done <- c.Enqueue(within(t, 30*time.Second), load, &p) }()
	tick := time.NewTicker(13 * time.Millisecond)
	defer tick.Stop()
	for resets := 0; ; {
		select {
		case err := <-done:
			must(t, err)
			if got := p.Read(); got.Settled() != 60 || got.Rejected+got.Returned > 0 || got.Confirmed == 0 {
				t.Errorf("got %+v", got)
			}
			return
		case <-tick.C:
			if resets++; resets < 40 {
				relay.Reset()
			}
		}
	}
}

func TestCheckPublishNamesTheAlarm(t *testing.T) {
	t.Parallel()
	c := quick(t, sandbox.Options{Management: "off", MemoryLimit: 64 << 10}, nil)
	ctx := within(t, 20*time.Second)
	fill, stop := context.WithCancel(ctx)
	var p Progress
	done := make(chan error, 1)
	go func() {
		done <- c.Enqueue(fill, Batch{Next: func() (Task, bool) { return NewTask(make([]byte, 20<<10)), true }}, &p)
	}()
	eventually(t, "the alarm", func() bool { return strings.Contains(p.Read().Waiting, "blocks publishers") })
	if err := c.CheckPublish(ctx); err == nil || !strings.Contains(err.Error(), "blocks publishers") {
		t.Errorf("got %v", err)
	}
	stop()
	<-done
}

// One address refuses, the other is dead: the one that refuses is not asked again and again, and the dead one still is.
func TestRefusedAddressIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	b, err := sandbox.Start(sandbox.Options{Management: "off"})
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	address := strings.TrimSuffix(strings.SplitN(b.URL(), "@", 2)[1], "/")
	wrong, dead := brokertest.NewRelay(t, address), brokertest.NewRelay(t, "127.0.0.1:1")
	cfg := DefaultConfig()
	ends, err := Config{URLs: []string{"amqp://guest:wrong@" + wrong.Addr(), "amqp://" + dead.Addr()}}.resolve()
	must(t, err)
	l := newLink(RoleWork, 0, &cfg, &ends, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { l.run(ctx); close(ended) }()
	eventually(t, "two tries of the dead address", func() bool { return dead.Dials() >= 2 })
	cancel()
	<-ended
	if n := wrong.Dials(); n != 1 {
		t.Errorf("the refusing address was asked %d times", n)
	}
}
