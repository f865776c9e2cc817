package broker

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// setRights replaces what a user may do in the vhost.
func setRights(t *testing.T, v brokertest.VHost, user, configure, write, read string) {
	t.Helper()
	v.Node.Management().Call(t, http.MethodPut, "/api/permissions/"+v.Name+"/"+url.PathEscape(user),
		map[string]string{"configure": configure, "write": write, "read": read}, nil)
}

func setPassword(t *testing.T, v brokertest.VHost, user, password string) {
	t.Helper()
	v.Node.Management().Call(t, http.MethodPut, "/api/users/"+url.PathEscape(user), map[string]string{"password": password, "tags": ""}, nil)
}

// behind opens a client as the given user, through a relay.
func behind(t *testing.T, v brokertest.VHost, userURL string) (*Client, *brokertest.Relay) {
	t.Helper()
	relay := brokertest.NewRelay(t, v.Node.AMQPAddress())
	address, err := relay.URL(userURL)
	must(t, err)
	return connect(t, v.Node, address, nil), relay
}

// RabbitMQ asks for the right when a consumer starts: one that runs goes on, and the next is refused, once.
func TestReadRightRevoked(t *testing.T) {
	t.Parallel()
	vhost := brokertest.Shared(t).VHost(t)
	c, relay := behind(t, vhost, vhost.User(t, "loses-read", "hunter2", "", ".*", ".*", ".*"))
	must(t, c.Enqueue(within(t, 20*time.Second), bodies(3), &Progress{}))
	k := consume(t, c, "w01", 1)
	d := take(t, k)
	setRights(t, vhost, "loses-read", ".*", ".*", "^$")
	must(t, d.Ack())
	must(t, take(t, k).Ack()) // the broker took the first acknowledgement
	relay.Reset()
	if err := endOf(t, k); KindOf(err) != LinkLost {
		t.Errorf("ended with %v", err)
	}
	must(t, k.Close())
	var err error
	eventually(t, "the refusal", func() bool {
		_, err = c.Consume(t.Context(), ConsumeOptions{Name: "w01", Prefetch: 1})
		return KindOf(err) != LinkLost
	})
	if KindOf(err) != NoRight || !strings.Contains(err.Error(), "cannot consume from task_queue: ") || !strings.Contains(err.Error(), "refused for user 'loses-read'") {
		t.Errorf("says %v", err)
	}
	for _, l := range c.Links() { // a right that lacks is not the link's trouble
		if l.Status == LinkRefused {
			t.Errorf("%s stopped trying: %v", l.Role, l.Err)
		}
	}
}

func allRefused(t *testing.T, c *Client) {
	t.Helper()
	eventually(t, "every link to stop trying", func() bool {
		for _, l := range c.Links() {
			if l.Status != LinkRefused || KindOf(l.Err) != Refused || !strings.Contains(l.Err.Error(), "login refused for user") {
				return false
			}
		}
		return true
	})
}

// A changed password leaves the connections alone, and refuses the next ones; the retries stop, since repeating them locks
// accounts, until somebody has mended it.
func TestPasswordChanged(t *testing.T) {
	t.Parallel()
	vhost := brokertest.Shared(t).VHost(t)
	c, relay := behind(t, vhost, vhost.User(t, "new-password", "hunter2", "", ".*", ".*", ".*"))
	k, old := inHand(t, c)
	setPassword(t, vhost, "new-password", "another")
	must(t, c.Enqueue(within(t, 20*time.Second), bodies(1), &Progress{}))
	relay.Reset()
	endOf(t, k)
	must(t, k.Close())
	allRefused(t, c)
	if _, err := c.Consume(t.Context(), ConsumeOptions{Name: "w01", Prefetch: 1}); KindOf(err) != Refused || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("consuming: %v", err)
	}
	if err := c.Enqueue(t.Context(), bodies(1), &Progress{}); KindOf(err) != Refused {
		t.Errorf("publishing: %v", err)
	}
	setPassword(t, vhost, "new-password", "hunter2")
	c.Reconnect()
	for _, role := range []Role{RolePublish, RoleWork, RoleWatch} {
		eventually(t, "the "+string(role)+" link", func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			return c.Ready(ctx, role) == nil
		})
	}
	redelivered(t, c, old)
}

// Deleting a user ends its connections at once, and the task in hand goes to whoever may still work.
func TestUserDeletedWhileWorking(t *testing.T) {
	t.Parallel()
	vhost := brokertest.Shared(t).VHost(t)
	other := connect(t, vhost.Node, vhost.URL(), nil)
	c, _ := behind(t, vhost, vhost.User(t, "leaves", "hunter2", "", ".*", ".*", ".*"))
	k, old := inHand(t, c)
	vhost.Node.Management().Call(t, http.MethodDelete, "/api/users/leaves", nil, nil)
	if err := endOf(t, k); KindOf(err) != LinkLost || !strings.Contains(err.Error(), "closed by an administrator (user 'leaves' is deleted)") {
		t.Errorf("ended with %v", err)
	}
	must(t, k.Close())
	allRefused(t, c)
	redelivered(t, other, old)
}

// A password that is rotated, in the broker and in the file, is taken up by the next connection; one that was wrong in the
// file is corrected there, and Reconnect tries it.
func TestPasswordFileIsReadAgain(t *testing.T) {
	t.Parallel()
	vhost := brokertest.Shared(t).VHost(t)
	file := filepath.Join(t.TempDir(), "password")
	write := func(password string) { must(t, os.WriteFile(file, []byte(password+"\n"), 0o600)) }
	write("first")
	relay := brokertest.NewRelay(t, vhost.Node.AMQPAddress())
	address, err := relay.URL(vhost.User(t, "rotated", "first", "monitoring", ".*", ".*", ".*"))
	must(t, err)
	c := connect(t, vhost.Node, address, func(cfg *Config) { cfg.PasswordFile = file })
	rotate := func(password string) {
		vhost.Node.Management().Call(t, http.MethodPut, "/api/users/rotated", map[string]string{"password": password, "tags": "monitoring"}, nil)
	}
	_, err = c.EnsureQueue(within(t, 20*time.Second))
	must(t, err)
	eventually(t, "the API", func() bool { return c.Snapshot().Unacked.Known() })

	up := func(generation uint64) {
		t.Helper()
		eventually(t, "every link on its next connection", func() bool {
			for _, l := range c.Links() {
				if l.Status == LinkRefused {
					t.Fatalf("%s: %v", l.Role, l.Err)
				}
				if l.Status != LinkUp || l.Generation < generation {
					return false
				}
			}
			return true
		})
	}
	rotate("second")
	write("second")
	relay.Reset()
	up(2)
	since := time.Now()
	eventually(t, "the API with the new password", func() bool { return c.Snapshot().Totals.At.After(since) && c.Snapshot().API.At.After(since) })

	write("a mistake")
	relay.Reset()
	allRefused(t, c)
	write("second")
	c.Reconnect()
	up(3)
}
