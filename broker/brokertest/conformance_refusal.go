package brokertest

import (
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

func missingQueue(t *testing.T, b broker) {
	p := Connect(t, b.url)
	queue := p.queue(nil)
	channel := p.open()
	_, err := channel.QueueDeclarePassive("no-such-queue", true, false, false, false, nil)
	wantRefusal(t, err, amqp.NotFound, "no-such-queue")
	if !channel.IsClosed() {
		t.Error("the refused channel is open")
	}
	p.wantReady(queue, 0) // the connection's other channel works
}

// The same definition again is welcome; another one is refused, and the queue stays as it is.
func otherDefinition(t *testing.T, b broker) {
	p := Connect(t, b.url)
	queue := p.queue(amqp.Table{"x-max-length": int32(10)})
	for name, c := range map[string]struct {
		durable   bool
		arguments amqp.Table
		refused   bool
	}{
		"the same":         {true, amqp.Table{"x-max-length": int32(10)}, false},
		"a wider integer":  {true, amqp.Table{"x-max-length": int64(10)}, false},
		"another limit":    {true, amqp.Table{"x-max-length": int32(11)}, true},
		"without argument": {true, nil, true},
		"not durable":      {false, amqp.Table{"x-max-length": int32(10)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.open().QueueDeclare(queue, c.durable, false, false, false, c.arguments)
			if c.refused {
				wantRefusal(t, err, amqp.PreconditionFailed, queue)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// The refusal comes after the call: an acknowledgement has no answer.
func secondAck(t *testing.T, b broker) {
	p := Connect(t, b.url)
	queue := p.queue(nil)
	p.Publish(queue, "a")
	task := p.get(queue, "a", false)
	closed := p.channel.NotifyClose(make(chan *amqp.Error, 1))
	p.must(task.Ack(false))
	p.must(task.Ack(false))
	wantRefusal(t, receive(t, closed), amqp.PreconditionFailed, "unknown delivery tag 1")
	p.open()
}

func exclusiveQueue(t *testing.T, b broker) {
	p, other := Connect(t, b.url), Connect(t, b.url)
	queue, err := p.channel.QueueDeclare("", false, false, true, false, nil)
	p.must(err)
	_, err = other.channel.QueueDeclarePassive(queue.Name, false, false, true, false, nil)
	wantRefusal(t, err, amqp.ResourceLocked, queue.Name)
	other.open()
}

func exclusiveConsumer(t *testing.T, b broker) {
	p := Connect(t, b.url)
	queue := p.queue(nil)
	_, err := p.open().Consume(queue, "only", false, true, false, false, nil)
	p.must(err)
	_, err = p.open().Consume(queue, "second", false, false, false, false, nil)
	wantRefusal(t, err, amqp.AccessRefused, queue)
}
