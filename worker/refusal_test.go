package worker

import (
	"net/http"
	"net/url"
	"testing"

	"carousel/broker"
	"carousel/broker/brokertest"
)

// throughRelay starts a pool as a user of its own, behind a relay.
func throughRelay(t *testing.T, user string, n int) (*outage, *brokertest.Relay) {
	t.Helper()
	v := brokertest.Shared(t).VHost(t)
	relay := brokertest.NewRelay(t, v.Node.AMQPAddress())
	address, err := relay.URL(v.User(t, user, "hunter2", "", ".*", ".*", ".*"))
	if err != nil {
		t.Fatal(err)
	}
	return newOutage(t, v, address, n, nil), relay
}

// A pool that may read no longer holds with the reason: it does not ask again and again.
func TestPoolHoldsWithoutTheReadRight(t *testing.T) {
	t.Parallel()
	o, relay := throughRelay(t, "pool-loses-read", 5)
	o.inHand(t, 3)
	rights := "/api/permissions/" + o.vhost.Name + "/pool-loses-read"
	o.vhost.Node.Management().Call(t, http.MethodPut, rights, map[string]string{"configure": ".*", "write": ".*", "read": "^$"}, nil)
	o.letAll()
	eventually(t, "five tasks done", func() bool { return o.ended(TaskDone) == 5 }) // with the consumers that it has
	relay.Reset()
	o.held(t, "cannot consume from task_queue", "refused for user 'pool-loses-read'")
	if n := o.ended(WorkerLost); n > 3 {
		t.Errorf("%d channels were lost by three workers: it tries in a loop", n)
	}
	o.vhost.Node.Management().Call(t, http.MethodPut, rights, map[string]string{"configure": ".*", "write": ".*", "read": ".*"}, nil)
	o.enqueue(t, 2)
	o.pool.Retry()
	o.finish(t, 7)
}

func TestPoolHoldsWhenTheLoginIsRefused(t *testing.T) {
	t.Parallel()
	o, relay := throughRelay(t, "pool-login", 5)
	o.inHand(t, 3)
	user := "/api/users/" + url.PathEscape("pool-login")
	o.vhost.Node.Management().Call(t, http.MethodPut, user, map[string]string{"password": "another", "tags": ""}, nil)
	relay.Reset()
	eventually(t, "the refusal", func() bool { return o.client.Links()[1].Status == broker.LinkRefused })
	o.letAll()
	o.held(t, "login refused for user pool-login")
	dials := relay.Dials()
	if status := o.client.Links()[1]; !status.NextTry.IsZero() {
		t.Errorf("the refused link will try again: %+v", status)
	}
	o.vhost.Node.Management().Call(t, http.MethodPut, user, map[string]string{"password": "hunter2", "tags": ""}, nil)
	o.client.Reconnect()
	o.pool.Retry()
	o.finish(t, 5)
	if relay.Dials() <= dials {
		t.Error("it did not dial again")
	}
	for id, n := range o.book.tries {
		if n == 0 {
			t.Errorf("task %s was never handled", id)
		}
	}
	if len(o.book.tries) != 5 || o.ended(TaskUnsettled) != 3 {
		t.Errorf("%d tasks handled, %d unsettled; want 5 and 3", len(o.book.tries), o.ended(TaskUnsettled))
	}
}

func TestPoolHoldsBesideAnExclusiveConsumer(t *testing.T) {
	t.Parallel()
	v := brokertest.Shared(t).VHost(t)
	other := brokertest.Connect(t, v.URL())
	other.DeclareQueue("task_queue")
	other.ConsumeAlone("task_queue")
	o := newOutage(t, v, v.URL(), 1, nil)
	o.held(t, "in exclusive use")
	other.Close()
	o.pool.Retry()
	o.finish(t, 1)
}

// A message that cannot be decoded cuts every connection that gets it: after a few the pool holds, and names the queue.
func TestPoolHoldsAtAnUnreadableMessage(t *testing.T) {
	t.Parallel()
	v := brokertest.Shared(t).VHost(t)
	o := newOutage(t, v, v.URL(), 20, nil)
	o.letAll()
	eventually(t, "twenty tasks done", func() bool { return o.ended(TaskDone) == 20 })
	brokertest.Connect(t, v.URL()).PublishUnreadable("task_queue")
	o.held(t, "queue task_queue cannot be read by this client", "Get messages")
	if _, err := o.client.Purge(t.Context()); err != nil { // its user takes it out
		t.Fatal(err)
	}
	o.enqueue(t, 5)
	o.pool.Retry()
	o.finish(t, 25)
	if len(o.book.tries) != 25 {
		t.Errorf("%d tasks were handled; want 25", len(o.book.tries))
	}
}
