package brokertest

import (
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

const noRoute = 312

// The return comes before the confirm, and the confirm is positive: the broker did all that it was asked.
func returnThenConfirm(t *testing.T, b broker) {
	p := Connect(t, b.url)
	returns := p.channel.NotifyReturn(make(chan amqp.Return, 1))
	message := amqp.Publishing{MessageId: "m1", Body: []byte("lost")}
	confirm, err := p.channel.PublishWithDeferredConfirm("", "no-such-queue", true, false, message)
	p.must(err)
	if !p.confirmed(confirm) {
		t.Error("the unroutable task was rejected, want it confirmed")
	}
	select {
	case r := <-returns:
		if r.ReplyCode != noRoute || r.MessageId != "m1" || r.RoutingKey != "no-such-queue" || string(r.Body) != "lost" {
			t.Errorf("returned %+v", r)
		}
	default:
		t.Error("the confirm came before the return")
	}
}

func confirmsInOrder(t *testing.T, b broker) {
	p := Connect(t, b.url)
	queue := p.queue(nil)
	const tasks = 100
	confirms := p.channel.NotifyPublish(make(chan amqp.Confirmation, tasks))
	for i := range uint64(tasks) {
		if tag := p.send(queue, amqp.Publishing{}).DeliveryTag; tag != i+1 {
			t.Fatalf("task %d has tag %d", i+1, tag)
		}
	}
	for i := range uint64(tasks) {
		if c := receive(t, confirms); c.DeliveryTag != i+1 || !c.Ack {
			t.Fatalf("confirm %d is of tag %d, ack %t", i+1, c.DeliveryTag, c.Ack)
		}
	}
	p.wantReady(queue, tasks)
}

// A queue at its limit refuses, the channel stays open, and a freed place can be filled again.
func fullQueueRejects(t *testing.T, b broker) {
	p := Connect(t, b.url)
	queue := p.queue(amqp.Table{"x-max-length": int32(2), "x-overflow": "reject-publish"})
	p.Publish(queue, "1", "2")
	if p.confirmed(p.send(queue, amqp.Publishing{Body: []byte("3")})) {
		t.Error("the full queue took a task")
	}
	p.wantReady(queue, 2)
	task := p.get(queue, "1", false)
	p.must(task.Ack(false))
	p.wantReady(queue, 1)
	p.Publish(queue, "4")
}

func missingExchange(t *testing.T, b broker) {
	p := Connect(t, b.url)
	closed := p.channel.NotifyClose(make(chan *amqp.Error, 1))
	confirm, err := p.channel.PublishWithDeferredConfirm("no-such-exchange", "k", true, false, amqp.Publishing{})
	p.must(err)
	if p.confirmed(confirm) {
		t.Error("a task for a missing exchange was confirmed")
	}
	wantRefusal(t, receive(t, closed), amqp.NotFound, "no-such-exchange")
	p.open()
}
