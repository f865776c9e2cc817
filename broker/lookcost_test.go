package broker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"carousel/broker/brokertest"
)

func TestReturns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		r        returns
		readOnly bool
		highest  int64
		text     string
		bar      string
	}{
		"classic":             {returns{kind: "classic"}, true, 50, "in their places", ""},
		"quorum":              {returns{kind: "quorum"}, true, 50, "has no limit", ""},
		"limit":               {returns{kind: "quorum", limit: 20}, false, 18, "one of the 20 returns", ""},
		"limit, near":         {returns{kind: "quorum", limit: 20}, false, 19, "one of the 20 returns", "was returned 19 times"},
		"limit, read-only":    {returns{kind: "quorum", limit: 20}, true, 0, "one of the 20 returns", "read-only"},
		"low limit":           {returns{kind: "quorum", limit: 2}, false, 0, "one of the 2 returns", "after 2 returns"},
		"limit, not counted":  {returns{kind: "quorum", limit: 20, byNack: true}, true, 19, "does not count", ""},
		"limit 1, uncounted":  {returns{kind: "quorum", limit: 1, byNack: true}, false, 0, "does not count", "a link that is cut"},
		"limit 0":             {returns{kind: "quorum", limit: 1, none: true}, false, 0, "takes none back", "limit is 0"},
		"stream":              {returns{kind: "stream"}, false, 0, "consumers only", "is a stream"},
		"unknown":             {returns{limit: 20}, false, 3, "does not tell", ""},
		"unknown, near":       {returns{limit: 20}, false, 19, "does not tell", "was returned 19 times"},
		"unknown, read-only":  {returns{limit: 20}, true, 3, "does not tell", ""},
		"unknown, recent one": {returns{limit: 20, byNack: true}, true, 30, "does not tell", ""},
	} {
		if text := c.r.text(); !strings.Contains(text, c.text) || !strings.HasSuffix(text, ".") {
			t.Errorf("%s: %s", name, text)
		}
		if bar := c.r.bar(c.readOnly, c.highest); !strings.Contains(bar, c.bar) || (bar == "") != (c.bar == "") {
			t.Errorf("%s: barred by %q", name, bar)
		}
	}
	for version, want := range map[string]bool{"4.3.0": true, "4.10.1": true, "5.0.0": true, "4.2.9": false, "3.13.7": false, "": false, "x": false} {
		if got := atLeast(version, 4, 3); got != want {
			t.Errorf("%q: %v", version, got)
		}
	}
}

// A quorum queue with a limit of returns: however often one looks, by new clients, too, no letter is dropped.
func TestLooksDropNothing(t *testing.T) {
	t.Parallel()
	for _, on := range []string{"sandbox", "RabbitMQ"} {
		t.Run(on, func(t *testing.T) {
			t.Parallel()
			g := newGraves(t, on, "quorum")
			g.declare(amqp.Table{"x-delivery-limit": int32(4)}, "graves")
			g.declare(amqp.Table{"x-delivery-limit": int32(2)}, "touchy")
			g.put("touchy", amqp.Publishing{MessageId: "1"})
			g.bury("graves", "task_queue", 3)
			ctx := within(t, patience)
			saved := 0
			for look := range 12 {
				c := g.connect(nil)
				got, err := c.Letters(ctx, "graves", 0)
				must(t, err)
				if strings.Contains(got.Cut, "a copy took its place") {
					saved++
				}
				if look == 0 && idsOfLetters(got.Letters) != numbers(1, 3) {
					t.Errorf("letters %s", idsOfLetters(got.Letters))
				}
				if n := g.ready("graves"); n != 3 {
					t.Fatalf("%d of 3 letters after look %d", n, look+1)
				}
				cost, err := c.LookCost(ctx, "graves")
				if must(t, err); got.Cut != "" && (cost.Bar == "" || cost.Limit != 4) {
					t.Errorf("after a letter near its end: %+v", cost)
				}
				if _, err := c.Letters(ctx, "graves", 0); (cost.Bar == "") != (err == nil) {
					t.Errorf("barred by %q: %v", cost.Bar, err)
				}
				c.Close()
			}
			uncounted := g.atLeast(4, 3) // there a letter handed back by basic.nack comes no nearer to its end
			if (saved == 0) != uncounted {
				t.Errorf("%d letters came near their end", saved)
			}
			left := g.drain("graves")
			ids := map[string]bool{}
			for _, d := range left {
				ids[d.MessageId] = letterOf(&d).Origin == "task_queue"
			}
			if fmt.Sprint(ids) != "map[1:true 2:true 3:true]" {
				t.Errorf("left are %v", ids)
			}
			if uncounted {
				return
			}
			if cost, err := g.c.LookCost(ctx, "touchy"); err != nil || !strings.Contains(cost.Bar, "after 2 returns") {
				t.Errorf("%+v, %v", cost, err)
			}
			if _, err := g.c.Letters(ctx, "touchy", 0); KindOf(err) != Failed {
				t.Errorf("looked into it: %v", err)
			}
			reader := g.connect(func(cfg *Config) { cfg.ReadOnly = true })
			if cost, err := reader.LookCost(ctx, "graves"); err != nil || !strings.Contains(cost.Bar, "read-only") {
				t.Errorf("%+v, %v", cost, err)
			}
		})
	}
}

// A quorum queue that takes no message back: a look would be the end of all its letters, and a link that is cut the end of those
// that a replay or a discard holds. So nothing is taken out of it.
func TestNothingIsTakenWhereNothingComesBack(t *testing.T) {
	t.Parallel()
	for _, on := range []string{"sandbox", "RabbitMQ"} {
		t.Run(on, func(t *testing.T) {
			t.Parallel()
			g := newGraves(t, on, "quorum")
			g.declare(amqp.Table{"x-delivery-limit": int32(0)}, "graves")
			g.declare(nil, "task_queue")
			g.bury("graves", "task_queue", 3)
			ctx := within(t, patience)
			if cost, err := g.c.LookCost(ctx, "graves"); err != nil || !strings.Contains(cost.Bar, "limit is 0") {
				t.Errorf("%+v, %v", cost, err)
			}
			if _, err := g.c.Letters(ctx, "graves", 0); KindOf(err) != Failed {
				t.Errorf("looked into it: %v", err)
			}
			one := func(l *Letter) bool { return l.Task.ID == "2" }
			for name, err := range map[string]error{
				"replay": g.c.Replay(ctx, Replay{Queue: "graves"}, nil), "discard": g.c.Discard(ctx, "graves", one, nil),
				"discard of all": g.c.Discard(ctx, "graves", nil, nil),
			} {
				if KindOf(err) != Failed || !strings.Contains(err.Error(), "its delivery limit is 0, so a link that is cut") {
					t.Errorf("%s: %v", name, err)
				}
			}
			if n := g.ready("task_queue"); n != 0 {
				t.Errorf("%d were sent", n)
			}
			if left := idsOf(g.drain("graves")); left != "1 2 3" {
				t.Errorf("left are %s", left)
			}
		})
	}
}

// Looks by clients that know of no look before drop nothing of a queue that was declared with nothing but its type.
func TestLooksAtDefaultLimit(t *testing.T) {
	t.Parallel()
	g := newGraves(t, "RabbitMQ", "quorum")
	g.declare(nil, "graves")
	g.bury("graves", "task_queue", 3)
	for range 12 {
		c := g.connect(nil)
		got, err := c.Letters(within(t, patience), "graves", 0)
		if must(t, err); len(got.Letters) != 3 {
			t.Errorf("%d of 3 letters", len(got.Letters))
		}
		c.Close()
	}
	if left := idsOf(g.drain("graves")); left != "1 2 3" {
		t.Errorf("left are %s", left)
	}
}

// A letter that the client library cannot decode ends the look, and says so; those before it are there.
func TestUnreadableLetter(t *testing.T) {
	eachGraves(t, func(t *testing.T, g *graves) {
		g.declare(nil, "graves", "task_queue")
		g.bury("graves", "task_queue", 2)
		other := brokertest.Connect(t, g.url)
		other.PublishUnreadable("graves")
		ctx := within(t, patience)
		got, err := g.c.Letters(ctx, "graves", 0)
		if err != nil || idsOfLetters(got.Letters) != "1 2" || !strings.Contains(got.Cut, "cannot be read by this client") {
			t.Errorf("letters %s, %q, %v", idsOfLetters(got.Letters), got.Cut, err)
		}
		var p ReplayProgress
		err = g.c.Replay(ctx, Replay{Queue: "graves"}, &p)
		if tally := p.Read(); KindOf(err) != Unreadable || tally.Done+tally.Doubled != 2 {
			t.Errorf("%+v, %v", tally, err)
		}
		for _, l := range g.c.Links() {
			if l.Generation != 1 && l.Status == LinkUp {
				t.Errorf("the %s link was cut as well", l.Role)
			}
		}
	})
}

// All of a message comes back: its body, its properties and its producer's headers.
func TestReplayKeepsTheMessage(t *testing.T) {
	eachGraves(t, func(t *testing.T, g *graves) {
		g.declare(nil, "task_queue")
		g.declare(nil, "graves")
		m := odd("", []byte{0, 1, 2})
		m.MessageId = "m-1"
		m.Headers["x-death"] = []any{amqp.Table{"queue": "task_queue", "reason": "rejected", "count": int64(2), "exchange": ""}}
		delete(m.Headers, "CC")
		g.put("graves", m)
		must(t, g.c.Replay(within(t, patience), Replay{Queue: "graves"}, nil))
		back := g.drain("task_queue")
		if len(back) != 1 {
			t.Fatalf("%d came back", len(back))
		}
		d := back[0]
		if string(d.Body) != "\x00\x01\x02" || d.ContentType != m.ContentType || d.ContentEncoding != m.ContentEncoding || d.Priority != m.Priority ||
			d.CorrelationId != m.CorrelationId || d.ReplyTo != m.ReplyTo || !d.Timestamp.Equal(m.Timestamp) || d.Type != m.Type ||
			d.AppId != m.AppId || d.MessageId != "m-1" || d.DeliveryMode != amqp.Persistent {
			t.Errorf("came back as %+v", d)
		}
		if d.Headers["x-death"] != nil || d.Headers["tenant"] != "blue" || fmt.Sprint(d.Headers["deep"]) != fmt.Sprint(m.Headers["deep"]) ||
			taskOf(&d).TTL != time.Minute || d.Expiration != "" {
			t.Errorf("headers %v", d.Headers)
		}
	})
}

// More letters that stay than the broker is to hold: the replay says where it stopped, and puts them back.
func TestReplayBoundsWhatItHolds(t *testing.T) {
	eachGraves(t, func(t *testing.T, g *graves) {
		g.declare(nil, "graves", "task_queue")
		g.bury("graves", "task_queue", 20)
		var p ReplayProgress
		x := g.c.replayer(Replay{Queue: "graves", Pick: byCause("net")}, &p)
		x.most = 10
		err := x.run(within(t, patience))
		if got := p.Read(); KindOf(err) != Failed || !strings.Contains(err.Error(), "not every letter of graves was looked at") || got.Looked != 14 || got.Done != 4 {
			t.Errorf("%v, %+v", err, got)
		}
		if n := g.ready("graves"); n != 16 {
			t.Errorf("%d are left", n)
		}
	})
}
