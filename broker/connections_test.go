package broker

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"carousel/broker/brokertest"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The fleet is everybody who consumes from the queue, with what their connection and their channel say; and whoever is in the
// way can be sent home with a reason.
func TestFleetAndItsConnections(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func(*Config)) *Client, url string) {
		c, ctx := open(nil), within(t, patience)
		k := consume(t, c, "w01", 3)
		other := brokertest.Connect(t, url)
		other.DeclareQueue("elsewhere")
		other.Consume("elsewhere")
		deliveries := other.Consume("task_queue")
		other.Publish("task_queue", "one", "two") // one for each
		take(t, k)

		var f Fleet
		eventually(t, "both consumers with their figures", func() bool {
			var err error
			f, err = c.Fleet(ctx)
			must(t, err)
			return len(f.Rows) == 2 && f.Rows[0].Unacked.Value == 1 && f.Rows[1].Unacked.Value == 1 && f.Rows[0].State != "" && f.Rows[1].State != ""
		})
		if f.Total != 2 || f.Connections != 2 || f.Cut != "" || f.At.IsZero() {
			t.Errorf("fleet %+v", f)
		}
		at := slices.IndexFunc(f.Rows, func(r FleetRow) bool { return r.Ours })
		if at < 0 || f.Rows[1-at].Ours {
			t.Fatalf("which one is ours? %+v", f.Rows)
		}
		ours, theirs := f.Rows[at], f.Rows[1-at]
		if ours.Tag != k.Tag() || ours.Prefetch != 3 || ours.Client != connectionName(RoleWork) || ours.Product != "carousel" || !ours.AckNeeded || !ours.Active {
			t.Errorf("ours %+v", ours)
		}
		if theirs.Prefetch != 1 || theirs.Client == "" || theirs.Peer == "" || theirs.User != "guest" || theirs.Channel == 0 ||
			time.Since(theirs.ConnectedAt) > time.Hour || theirs.ConnectedAt.IsZero() {
			t.Errorf("theirs %+v", theirs)
		}

		ends := make(chan error, 1)
		go func() {
			for range deliveries {
			}
			ends <- nil
		}()
		must(t, c.CloseConnection(ctx, theirs.Connection, "it slept\nfor an hour"))
		select {
		case <-ends:
		case <-ctx.Done():
			t.Fatal("the connection is still there")
		}
		eventually(t, "the other one to be gone", func() bool {
			f, err := c.Fleet(ctx)
			must(t, err)
			return len(f.Rows) == 1 && f.Rows[0].Ours
		})
		eventually(t, "the API to know the connection no more", func() bool { // its consumers end first
			err := c.CloseConnection(ctx, theirs.Connection, "")
			return KindOf(err) == Failed && strings.Contains(err.Error(), "not there any more")
		})
	})
}

// The program at the other end is told why.
func TestClosedConnectionsHearWhy(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func(*Config)) *Client, url string) {
		c := open(nil)
		conn, err := amqp.Dial(url)
		must(t, err)
		defer conn.Close()
		closed := conn.NotifyClose(make(chan *amqp.Error, 1))
		name := conn.LocalAddr().String() + " -> " + conn.RemoteAddr().String()
		eventually(t, "the API to know the connection", func() bool {
			err := c.CloseConnection(within(t, patience), name, "held 3 tasks\nfor über 1 h "+strings.Repeat("é", 300))
			if err != nil && !strings.Contains(err.Error(), "not there any more") {
				t.Fatal(err)
			}
			return err == nil
		})
		want := "CONNECTION_FORCED - held 3 tasks for über 1 h é"
		if atLeast(fmt.Sprint(conn.Properties["version"]), 4, 0) && conn.Properties["product"] == "RabbitMQ" { // which takes the header for Latin-1
			want = "CONNECTION_FORCED - held 3 tasks for Ã¼ber 1 h Ã©"
		}
		if e := <-closed; e == nil || e.Code != amqp.ConnectionForced || !strings.HasPrefix(e.Reason, want) || !utf8.ValidString(e.Reason) {
			t.Errorf("told %+v; want %q…", e, want)
		}
	})
}

func TestFleetOfAMissingQueue(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func(*Config)) *Client, _ string) {
		c := open(func(cfg *Config) { cfg.Queue.Name, cfg.Queue.Declare = "nowhere", false })
		must(t, c.Ready(within(t, patience), RoleWatch))
		_, err := c.Fleet(within(t, patience))
		if KindOf(err) != QueueMissing || !strings.Contains(err.Error(), "there is no such queue") {
			t.Error(err)
		}
	})
}

func TestWorkerProcess(t *testing.T) {
	if host, pid, ok := WorkerProcess(connectionName(RoleWork)); host != hostname() || pid != os.Getpid() || !ok {
		t.Errorf("our own name is read as %q, %d, %v", host, pid, ok)
	}
	for name, want := range map[string]bool{
		"carousel work web 1 4711": true, "carousel watch web-1 4711": false, "carousel work 4711": false, "carousel work web-1 x": false,
		"carousel work ": false, "": false, "shop carousel work web-1 4711": false,
	} {
		if host, pid, ok := WorkerProcess(name); ok != want || ok && (host != "web 1" || pid != 4711) {
			t.Errorf("%q is read as %q, %d, %v", name, host, pid, ok)
		}
	}
}
