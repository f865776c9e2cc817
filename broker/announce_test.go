package broker

import (
	"context"
	"fmt"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// listen waits for a link and listens.
func listen(t *testing.T, c *Client, keys ...string) *Listener {
	t.Helper()
	must(t, c.Ready(within(t, 20*time.Second), RoleWatch))
	l, err := c.Listen("carousel.test", keys...)
	must(t, err)
	t.Cleanup(l.Close)
	return l
}

// A notice is heard as long as somebody listens to its key, by everybody who does, and the announcer is told when nobody does.
func TestAnnounceIsHeardByWhoListens(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func(*Config)) *Client, _ string) {
		ctx := within(t, 30*time.Second)
		speaker, c := open(nil), open(nil)
		must(t, speaker.Ready(ctx, RolePublish))
		a := speaker.Announcer("carousel.test")
		say := func(key, text string, want bool) {
			t.Helper()
			if heard, err := a.Announce(ctx, key, []byte(text)); err != nil || heard != want {
				t.Fatalf("%s: heard %v, %v; want %v", text, heard, err, want)
			}
		}
		say("one.host", "to nobody", false)
		first, second := listen(t, c, "one.#"), listen(t, c, "one.host", "two.host")
		say("one.host", "to both", true)
		say("two.host", "to the second", true)
		say("three.host", "to nobody again", false)
		expect(t, first, "to both")
		expect(t, second, "to both")
		expect(t, second, "to the second")
		first.Close()
		second.Close()
		say("one.host", "to an empty room", false)
	})
}

func expect(t *testing.T, l *Listener, want string) {
	t.Helper()
	select {
	case n, ok := <-l.Notices():
		if !ok {
			t.Fatalf("it ended: %v", l.Err())
		}
		if string(n.Body) != want || n.At.IsZero() {
			t.Errorf("got %q, want %q", n.Body, want)
		}
	case <-time.After(patience):
		t.Fatalf("%q did not come", want)
	}
}

// A listener that reads nothing costs the broker its bound, and has the newest notices when it reads on.
func TestSlowListenerKeepsTheNewest(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func(*Config)) *Client, _ string) {
		ctx := within(t, 60*time.Second)
		c := open(nil)
		must(t, c.Ready(ctx, RolePublish))
		l := listen(t, c, "#")
		a := c.Announcer("carousel.test")
		const sent = listenMessages + 3*listenWindow
		for i := range sent {
			if heard, err := a.Announce(ctx, "k", fmt.Append(nil, i)); err != nil || !heard {
				t.Fatalf("%d: heard %v, %v", i, heard, err)
			}
		}
		got, last := 0, ""
		for last != fmt.Sprint(sent-1) {
			n, ok := <-l.Notices()
			if !ok {
				t.Fatal(l.Err())
			}
			got, last = got+1, string(n.Body)
		}
		if got >= sent {
			t.Errorf("%d of %d came, so nothing bounds the queue", got, sent)
		}
	})
}

// A read-only client makes no exchange, and listens to one that is there.
func TestReadOnlyListens(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func(*Config)) *Client, _ string) {
		ctx := within(t, 30*time.Second)
		viewer := open(func(cfg *Config) { cfg.ReadOnly = true })
		must(t, viewer.Ready(ctx, RoleWatch))
		if _, err := viewer.Listen("carousel.test", "#"); KindOf(err) != QueueMissing {
			t.Fatalf("a missing exchange: %v", err)
		}
		if _, err := viewer.Announcer("carousel.test").Announce(ctx, "k", nil); KindOf(err) != ReadOnly {
			t.Errorf("it announces: %v", err)
		}
		speaker := open(nil)
		must(t, speaker.Ready(ctx, RolePublish))
		a := speaker.Announcer("carousel.test")
		if heard, err := a.Announce(ctx, "k", nil); heard || err != nil {
			t.Fatalf("heard %v, %v", heard, err)
		}
		l := listen(t, viewer, "#")
		if heard, err := a.Announce(ctx, "k", []byte("hello")); !heard || err != nil {
			t.Fatalf("heard %v, %v", heard, err)
		}
		expect(t, l, "hello")
	})
}

// Links go: a listener ends with the reason, an announcer fails at once, and both go on with the next link.
func TestAnnounceOutlivesTheLink(t *testing.T) {
	t.Parallel()
	c, relay := relayed(t, nil)
	ctx := within(t, 60*time.Second)
	must(t, c.Ready(ctx, RolePublish))
	l := listen(t, c, "#")
	a := c.Announcer("carousel.test")
	if heard, err := a.Announce(ctx, "k", []byte("before")); !heard || err != nil {
		t.Fatalf("heard %v, %v", heard, err)
	}
	expect(t, l, "before")
	relay.Reset()
	for range l.Notices() {
	}
	if KindOf(l.Err()) != LinkLost {
		t.Errorf("it ended with %v", l.Err())
	}
	eventually(t, "a listener on the next link", func() (ok bool) {
		var err error
		l, err = c.Listen("carousel.test", "#")
		return err == nil
	})
	t.Cleanup(l.Close)
	eventually(t, "a notice on the next link", func() bool {
		heard, err := a.Announce(ctx, "k", []byte("after"))
		return heard && err == nil
	})
	expect(t, l, "after")
}

// An alarm stops notices, and neither waits for its end nor holds anything up.
func TestAnnounceUnderAlarm(t *testing.T) {
	t.Parallel()
	node := brokertest.Start(t)
	c := connect(t, node, node.VHost(t).URL(), nil)
	ctx := within(t, 60*time.Second)
	must(t, c.Ready(ctx, RolePublish))
	a := c.Announcer("carousel.test")
	_, err := a.Announce(ctx, "k", nil)
	must(t, err)
	watermark(t, node, "1MB")
	eventually(t, "the alarm", func() bool {
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := a.Announce(short, "k", nil)
		return KindOf(err) == Busy
	})
	watermark(t, node, "1GB")
	eventually(t, "notices after the alarm", func() bool {
		_, err := a.Announce(ctx, "k", nil)
		return err == nil
	})
}
