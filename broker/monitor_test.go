package broker

import (
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

func TestSnapshotOfALiveQueue(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.URL(), nil)
	must(t, c.Enqueue(within(t, 20*time.Second), bodies(5), &Progress{}))
	k := consume(t, c, "w01", 2)
	eventually(t, "two unacked and three ready", func() bool {
		s := c.Snapshot()
		return s.Unacked.Value == 2 && s.Ready.Value == 3 && s.Consumers.Value == 1
	})
	eventually(t, "the slow half", func() bool {
		s := c.Snapshot()
		return s.Version.Known() && s.Cluster.Known() && s.Alarms.Known() && len(s.Members.Value) == 1
	})
	s := c.Snapshot()
	if s.Queue != "task_queue" || s.VHost != vhost.Name || s.Ready.From != "amqp" || s.Unacked.From != "api" || s.Missing {
		t.Errorf("got %+v", s)
	}
	if m := s.Members.Value[0]; m.Tag != k.Tag() || m.Prefetch != 2 || !m.AckNeeded || m.Peer == "" {
		t.Errorf("our consumer is listed as %+v", m)
	}
	if len(s.Alarms.Value) != 0 {
		t.Errorf("alarms %v", s.Alarms.Value)
	}
	now := time.Now()
	if age := s.Ready.Age(now); age > 2*time.Second {
		t.Errorf("ready is %v old", age)
	}
}

// Without the management API, or without the right to it, AMQP's figures stay fresh and the rest says why it is missing.
func TestSnapshotWithoutTheAPI(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	for name, c := range map[string]struct {
		change func(*Config)
		kind   Kind
		want   string
	}{
		"no tag":     {nil, NoRight, "no management tag"},
		"plugin off": {func(cfg *Config) { cfg.Management = []string{"http://127.0.0.1:1"} }, Unreachable, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := vhost.User(t, "api-"+strings.Fields(name)[0], "hunter2", "", ".*", ".*", ".*")
			c2 := connect(t, node, url, c.change)
			if _, err := c2.EnsureQueue(within(t, 20*time.Second)); err != nil {
				t.Fatal(err)
			}
			eventually(t, "both to be told", func() bool {
				s := c2.Snapshot()
				return s.Ready.Known() && s.Totals.Err != nil && s.API.Err != nil
			})
			s := c2.Snapshot()
			for _, err := range []error{s.Totals.Err, s.API.Err} {
				if KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
					t.Errorf("says %v", err)
				}
			}
			if s.AMQP.Err != nil || s.Unacked.Known() || s.In.Known() {
				t.Errorf("got %+v", s)
			}
		})
	}
}

// The AMQP port given as the management API's is told from what RabbitMQ answers there.
func TestAMQPPortAsTheManagementAPI(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	c := connect(t, node, node.VHost(t).URL(), func(cfg *Config) { cfg.Management = []string{"http://" + node.AMQPAddress()} })
	eventually(t, "both to be told", func() bool { s := c.Snapshot(); return s.Totals.Err != nil && s.API.Err != nil })
	s := c.Snapshot()
	for _, err := range []error{s.Totals.Err, s.API.Err} {
		if KindOf(err) != Unreachable || !strings.Contains(err.Error(), "this is the AMQP port; is the management plugin on") {
			t.Errorf("says %v", err)
		}
	}
}
