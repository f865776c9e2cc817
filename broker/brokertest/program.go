package brokertest

import (
	"context"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// patience is how long one answer of a broker may take in these tests.
const patience = 10 * time.Second

// Program is another program at the same broker, as RabbitMQ's work-queue tutorial writes it: one connection, one
// channel, a durable queue without arguments, prefetch 1, acknowledgements by hand. Its methods fail the test when the
// broker refuses, and must be called from the test's goroutine.
type Program struct {
	tb      testing.TB
	conn    *amqp.Connection
	channel *amqp.Channel
}

// Connect dials the broker and opens a channel with confirms. The connection ends with the test, or with Close.
func Connect(tb testing.TB, url string) *Program {
	tb.Helper()
	return ConnectAs(tb, url, nil)
}

// ConnectAs is Connect by a client that says of itself what properties hold: "product", "connection_name" and so on.
func ConnectAs(tb testing.TB, url string, properties map[string]any) *Program {
	tb.Helper()
	conn, err := amqp.DialConfig(url, amqp.Config{Dial: amqp.DefaultDial(patience), Properties: properties})
	if err != nil {
		tb.Fatal(err)
	}
	p := &Program{tb: tb, conn: conn}
	tb.Cleanup(p.Close)
	p.channel = p.open()
	p.must(p.channel.Confirm(false))
	return p
}

func (p *Program) open() *amqp.Channel {
	p.tb.Helper()
	channel, err := p.conn.Channel()
	p.must(err)
	return channel
}

func (p *Program) must(err error) {
	p.tb.Helper()
	if err != nil {
		p.tb.Fatal(err)
	}
}

// Close ends the connection; the broker takes unacknowledged tasks back.
func (p *Program) Close() {
	_ = p.conn.CloseDeadline(time.Now().Add(time.Second)) // it may be dead by the test's doing
}

// DeclareQueue declares a durable queue without arguments.
func (p *Program) DeclareQueue(name string) {
	p.tb.Helper()
	_, err := p.channel.QueueDeclare(name, true, false, false, false, nil)
	p.must(err)
}

// Ready is how many tasks wait in the queue, by a passive declare.
func (p *Program) Ready(queue string) int {
	p.tb.Helper()
	q, err := p.channel.QueueDeclarePassive(queue, true, false, false, false, nil)
	p.must(err)
	return q.Messages
}

// Publish puts persistent tasks into the queue, in order, and returns when the broker has confirmed them all.
func (p *Program) Publish(queue string, bodies ...string) {
	p.tb.Helper()
	confirms := make([]*amqp.DeferredConfirmation, len(bodies))
	for i, body := range bodies {
		confirms[i] = p.send(queue, amqp.Publishing{Body: []byte(body), ContentType: "text/plain"})
	}
	for i, confirm := range confirms {
		if !p.confirmed(confirm) {
			p.tb.Fatalf("the broker did not take task %d of %d into %s", i+1, len(bodies), queue)
		}
	}
}

// PublishUnreadable puts a task into the queue that RabbitMQ takes, and that amqp091-go cannot decode when it comes back:
// its headers are a table within a table, more often than the library reads.
func (p *Program) PublishUnreadable(queue string) {
	p.tb.Helper()
	const tooDeep = 40 // the library stops at 32
	headers := amqp.Table{}
	for range tooDeep {
		headers = amqp.Table{"t": headers}
	}
	if !p.confirmed(p.send(queue, amqp.Publishing{Headers: headers})) {
		p.tb.Fatalf("the broker did not take the task into %s", queue)
	}
}

// send publishes one persistent message through the default exchange.
func (p *Program) send(queue string, message amqp.Publishing) *amqp.DeferredConfirmation {
	p.tb.Helper()
	message.DeliveryMode = amqp.Persistent
	confirm, err := p.channel.PublishWithDeferredConfirm("", queue, false, false, message)
	p.must(err)
	return confirm
}

func (p *Program) confirmed(confirm *amqp.DeferredConfirmation) bool {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.tb.Context(), patience)
	defer cancel()
	ack, err := confirm.WaitContext(ctx)
	p.must(err)
	return ack
}

// ConsumeAlone makes an exclusive consumer on the queue: the broker refuses every other until the program is closed.
func (p *Program) ConsumeAlone(queue string) {
	p.tb.Helper()
	_, err := p.open().Consume(queue, "", false, true, false, false, nil)
	p.must(err)
}

// Consume takes tasks from the queue with prefetch 1 on a channel of its own. The caller acknowledges each.
func (p *Program) Consume(queue string) <-chan amqp.Delivery {
	p.tb.Helper()
	return p.ConsumeAs(queue, "")
}

// ConsumeAs is Consume with a consumer tag; "" lets the library make one.
func (p *Program) ConsumeAs(queue, tag string) <-chan amqp.Delivery {
	p.tb.Helper()
	channel := p.open()
	p.must(channel.Qos(1, 0, false))
	deliveries, err := channel.Consume(queue, tag, false, false, false, false, nil)
	p.must(err)
	return deliveries
}
