package sandbox

import (
	"fmt"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Each queue that holds a message takes memory, and so does a delivery until it is settled; all of it is given back.
func TestEntriesAndDeliveriesCount(t *testing.T) {
	t.Parallel()
	const queues, messages = 20, 100
	b := startBroker(t, Options{})
	conn, ch := dial(t, b)
	defer conn.Close()
	for i := range queues {
		if _, err := ch.QueueDeclare(fmt.Sprint(i), false, false, false, false, nil); err != nil {
			t.Fatal(err)
		}
		if err := ch.QueueBind(fmt.Sprint(i), "", "amq.fanout", false, nil); err != nil {
			t.Fatal(err)
		}
	}
	empty := b.snapshot().memory
	for range messages {
		if err := ch.Publish("amq.fanout", "", false, false, amqp.Publishing{}); err != nil {
			t.Fatal(err)
		}
	}
	grown := func(enough func(int64) bool) {
		t.Helper()
		await(t, func() string {
			if n := b.snapshot().memory - empty; !enough(n) {
				return fmt.Sprintf("%d octets", n)
			}
			return ""
		})
	}
	const held = messages * (messageCost + queues*entryCost)
	grown(func(n int64) bool { return n >= held })
	for i := range queues {
		for range messages {
			if _, ok, err := ch.Get(fmt.Sprint(i), false); err != nil || !ok {
				t.Fatalf("no message: %v", err)
			}
		}
	}
	grown(func(n int64) bool { return n >= held+messages*queues*unackedCost })
	if err := ch.Ack(0, true); err != nil {
		t.Fatal(err)
	}
	grown(func(n int64) bool { return n == 0 })
}
