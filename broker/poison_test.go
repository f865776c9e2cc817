package broker

import (
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// A message that the library cannot decode ends the connection, and what is said of that names the queue that holds it.
func TestUnreadableMessageNamesItsQueue(t *testing.T) {
	t.Parallel()
	vhost := brokertest.Shared(t).VHost(t)
	c := connect(t, vhost.Node, vhost.URL(), nil)
	must(t, c.Enqueue(within(t, 20*time.Second), bodies(1), &Progress{}))
	brokertest.Connect(t, vhost.URL()).PublishUnreadable("task_queue")
	k := consume(t, c, "w01", 1)
	must(t, take(t, k).Ack())
	err := endOf(t, k)
	if KindOf(err) != Unreadable || !strings.Contains(err.Error(), "queue task_queue cannot be read by this client") {
		t.Errorf("ended with %v", err)
	}
	must(t, k.Close())
	ready(t, c, 1) // it is back
}
