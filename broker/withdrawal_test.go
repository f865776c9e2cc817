package broker

import (
	"os"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"

	amqp "github.com/rabbitmq/amqp091-go"
)

const overdue = "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms. " +
	"This timeout value can be configured, see consumers doc guide to learn more"

// What ends a worker's channel says which queue and what to do, and none of it is of a kind that holds a pool for good.
func TestWithdrawals(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault error
		kind  Kind
		want  string
	}{
		{"consumer timeout", channelFault("task_queue", "w03", &amqp.Error{Code: 406, Reason: overdue}), Overdue,
			"the broker took a task of task_queue back from w03: it was not acknowledged within 30m0s, the consumer timeout; " +
				"raise consumer_timeout in the broker's config, or make the tasks shorter"},
		{"the same, by RabbitMQ 4.3", cancelFault("task_queue"), Cancelled,
			"the broker cancelled the consumer of task_queue: the queue was deleted, its node went away, or a task was " +
				"unacknowledged for longer than the consumer timeout"},
		{"a tag that was settled", channelFault("task_queue", "w03", &amqp.Error{Code: 406, Reason: "PRECONDITION_FAILED - unknown delivery tag 7"}),
			Failed, "cannot go on consuming from task_queue: unknown delivery tag 7"},
		{"a message that cannot be read", consumerLoss("task_queue", closeFault(Endpoint{}, &amqp.Error{Code: 501, Reason: amqp.ErrSyntax.Error()})),
			Unreadable, "a message near the head of queue task_queue cannot be read by this client, and cuts each connection that gets it: " +
				"a message came that this client cannot decode (" + amqp.ErrSyntax.Error() + "); look at it in RabbitMQ's management UI " +
				"(Get messages), and take it out there"},
		{"a name that would draw", cancelFault("\x1b[31mq"), Cancelled, "the consumer of ^[[31mq"},
	} {
		if KindOf(c.fault) != c.kind || !strings.Contains(c.fault.Error(), c.want) {
			t.Errorf("%s: kind %v, %v", c.name, KindOf(c.fault), c.fault)
		}
	}
}

// The end of a channel closes what tells of cancelled consumers, too; watch may see both at once.
func TestEndOfAChannelIsNoCancel(t *testing.T) {
	for range 100 {
		k := &Consumer{queue: "task_queue", name: "w03", s: &session{conn: new(amqp.Connection)}, ended: make(chan struct{})}
		closes, cancels := make(chan *amqp.Error, 1), make(chan string, 4)
		closes <- &amqp.Error{Code: 406, Reason: overdue}
		close(closes)
		close(cancels)
		k.watch(closes, cancels)
		if KindOf(k.Err()) != Overdue {
			t.Fatalf("ended with %v", k.Err())
		}
	}
}

// RabbitMQ looks once a minute for deliveries that are overdue, and supports no limit under one.
func TestConsumerTimeoutTakesTheTaskBack(t *testing.T) {
	if os.Getenv("CAROUSEL_SOAK") == "" {
		t.Skip("a soak test of two minutes: set CAROUSEL_SOAK")
	}
	t.Parallel()
	node := brokertest.Start(t, brokertest.WithConfig("consumer_timeout = 60000"))
	c := connect(t, node, node.URL(), nil)
	k, old := inHand(t, c)
	other := consume(t, c, "w02", 1)
	limit := within(t, 3*time.Minute)
	for open := true; open; {
		if _, open = k.Next(limit.Done()); open && limit.Err() != nil {
			t.Fatal("the broker did not take it back within three minutes")
		}
	}
	if err := k.Err(); KindOf(err) != Overdue || !strings.Contains(err.Error(), "back from w01: it was not acknowledged within 1m0s") {
		t.Errorf("ended with %v", err)
	}
	again := take(t, other) // whose channel lives on
	if again.Task.ID != old.Task.ID || !again.Redelivered {
		t.Errorf("got %+v", again.Task)
	}
	if err := old.Ack(); err == nil {
		t.Error("acknowledged a task that is another worker's by now")
	}
	must(t, again.Ack())
}
