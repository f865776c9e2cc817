package sandbox

import (
	"fmt"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Queues that hold nothing and dead-letter to each other do not pass a message on in every order there is of them.
func TestCascadeHasALimit(t *testing.T) {
	t.Parallel()
	const queues = 8
	b := startBroker(t, Options{})
	conn, ch := dial(t, b)
	defer conn.Close()
	for i := range queues {
		if _, err := ch.QueueDeclare(fmt.Sprint(i), false, false, false, false, amqp.Table{
			"x-max-length": int32(0), deadLetterExchange: "amq.fanout",
		}); err != nil {
			t.Fatal(err)
		}
		if err := ch.QueueBind(fmt.Sprint(i), "", "amq.fanout", false, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}
	c, err := ch.PublishWithDeferredConfirm("amq.fanout", "", false, false, amqp.Publishing{})
	if err != nil || !c.Wait() {
		t.Fatalf("publish: %v", err)
	}
	var offers uint64
	for _, q := range b.snapshot().queues {
		offers += q.activity.count[statPublish]
	}
	if offers != cascadeLimit+queues {
		t.Errorf("one message went to %d queues, with a limit of %d", offers, cascadeLimit)
	}
}
