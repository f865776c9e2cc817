package broker

import (
	"log/slog"
	"testing"
	"time"

	"carousel/broker/sandbox"
)

// A channel that hears nothing but refusals is given up for a new one: there are brokers that refuse on it for ever what they
// would take on another. The tasks themselves are told as refused, and none is sent twice.
func TestRefusingChannelIsReplaced(t *testing.T) {
	t.Parallel()
	b, err := sandbox.Start(sandbox.Options{Management: "off"})
	must(t, err)
	t.Cleanup(func() { _ = b.Close() })
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{b.URL()}, []string{"http://127.0.0.1:1"}
	cfg.Queue.Arguments = map[string]any{"x-max-length": 1, "x-overflow": "reject-publish"}
	c, err := Open(cfg, slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(c.Close)
	publish := func(want Outcome) *outlet {
		t.Helper()
		r, err := c.Publish(within(t, patience), NewTask(nil))
		if err != nil || r.Outcome != want {
			t.Fatalf("%+v, %v; want %v", r, err, want)
		}
		c.sender.mu.Lock()
		defer c.sender.mu.Unlock()
		return c.sender.outlet
	}
	c.sender.patience = time.Hour
	first := publish(Confirmed)
	for range 3 {
		if publish(Rejected) != first {
			t.Fatal("a full queue cost the channel at once")
		}
	}
	first.patience, c.sender.patience = time.Nanosecond, time.Nanosecond // only the collector reads it, which is idle now
	publish(Rejected)
	second := publish(Rejected)
	if second == first {
		t.Error("the channel that refuses is kept")
	}
	eventually(t, "the end of the channel", first.ch.IsClosed)
	_, err = c.Purge(within(t, patience))
	must(t, err)
	if publish(Confirmed) != second {
		t.Error("one refusal costs a new channel")
	}
	ready(t, c, 1)
}
