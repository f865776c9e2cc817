package broker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// Whatever a queue is called, it is that queue which is counted, asked for and purged, and not the one whose name a careless
// program would make of it.
func TestOddNamesMeanTheirQueue(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	for i, c := range []struct{ name, mistaken string }{
		{"a/b", "a%2Fb"}, {"a%2Fb", "a/b"}, {"100%", "100%25"}, {"what?", "what"}, {"what?name=x", "what"}, {"tag#1", "tag"},
		{"a b", "a+b"}, {"a+b", "a b"}, {"a.b", "a-b"}, {"a.*(b", "a.x(b"}, {`\Qa\E`, "a"}, {"Task", "task"},
		{" q", "q"}, {"q ", "q"}, {"...", ".."}, {".hidden", "hidden"}, {"a/../b", "b"}, {"a/./b", "a/b"}, {"nul\x00", "nul"}, {"\x1b[2Jq", "[2Jq"},
		{"\u202egnp", "gnp"}, {"zero\u200bwidth", "zerowidth"}, {"caf\u00e9", "cafe\u0301"}, {"日本", "日"}, {"a;b&c=d", "a"},
		{strings.Repeat("é", 127) + "x", strings.Repeat("é", 127)}, {`"quoted"`, "quoted"}, {"C:\\tasks", "C:/tasks"},
	} {
		t.Run(fmt.Sprintf("%02d %q", i, c.name), func(t *testing.T) {
			t.Parallel()
			vhost := node.VHost(t)
			other := brokertest.Connect(t, vhost.URL())
			other.DeclareQueue(c.name)
			other.Publish(c.name, "one", "two")
			if CheckQueueName(c.mistaken) == nil {
				other.DeclareQueue(c.mistaken)
				other.Publish(c.mistaken, "1", "2", "3")
			}
			client := connect(t, node, vhost.URL(), func(cfg *Config) { cfg.Queue.Name = c.name })
			eventually(t, "figures of the queue", func() bool {
				s := client.Snapshot()
				return s.Ready.Known() && s.Unacked.Known() && s.State.Known() && !s.API.At.IsZero()
			})
			s := client.Snapshot()
			if s.Ready.Value != 2 || s.Missing || s.Totals.Err != nil || s.API.Err != nil || s.Queue != c.name {
				t.Errorf("%+v", s)
			}
			api := newManagement(t.Context(), client.monitor.ends)
			defer api.close()
			totals, err := api.totals(vhost.Name, c.name)
			if err != nil || totals.work.Name.raw != c.name || len(totals.retries) != 0 {
				t.Errorf("the management API's totals: %+v, beside %+v, %v", totals.work, totals.retries, err)
			}
			if n, err := client.Purge(within(t, 10*time.Second)); err != nil || n != 2 {
				t.Errorf("%d purged, %v", n, err)
			}
			if CheckQueueName(c.mistaken) == nil && other.Ready(c.mistaken) != 3 {
				t.Errorf("%q has %d tasks left of 3", c.mistaken, other.Ready(c.mistaken))
			}
		})
	}
}

// The names that cannot work are refused before anything is connected, with the reason.
func TestNamesThatCannotWork(t *testing.T) {
	for name, want := range map[string]string{
		"": "needs a name", strings.Repeat("x", 256): "AMQP allows 255", strings.Repeat("é", 128): "AMQP allows 255",
		"\xff": "not valid UTF-8", "raw \x9b C1": "not valid UTF-8", ".": "management API", "..": "management API", "q\n": "line break", "q\r": "line break", "amq.gen-1": "RabbitMQ's own",
		"amqp://me:hunter2@host/": "looks like a broker's address",
	} {
		cfg := DefaultConfig()
		cfg.Queue.Name = name
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), want) || Plain(err.Error()) != err.Error() ||
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
