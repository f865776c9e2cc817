package brokertest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Run holds a broker to what carousel relies on, in plain AMQP 0-9-1 and HTTP. The URL names a user with all rights in
// its vhost and with the tag "monitoring"; an empty management address leaves the API out. It runs parallel subtests,
// which end with t, and leaves no queue behind.
func Run(t *testing.T, url, management string) {
	t.Helper()
	address, err := amqp.ParseURI(url)
	if err != nil {
		t.Fatal("the broker's URL cannot be read") // the error may hold its password
	}
	b := broker{url: url, vhost: address.Vhost}
	scenarios := []scenario{
		{"dispatch goes round among free consumers", roundRobin},
		{"a requeued task keeps its place", requeueKeepsPlace},
		{"a closed channel gives its tasks back", channelReturnsTasks},
		{"a consumer hears that its queue was deleted", consumerCancelled},
		{"an unroutable task is returned, then confirmed", returnThenConfirm},
		{"confirms come in order", confirmsInOrder},
		{"a full queue rejects", fullQueueRejects},
		{"a missing exchange closes the channel", missingExchange},
		{"a rejected task is dead-lettered", rejectedIsDeadLettered},
		{"an expired task is dead-lettered", expiredIsDeadLettered},
		{"a missing queue is 404 on its channel only", missingQueue},
		{"another definition is 406", otherDefinition},
		{"a second acknowledgement is 406", secondAck},
		{"an exclusive queue is 405 to others", exclusiveQueue},
		{"an exclusive consumer is 403 to others", exclusiveConsumer},
	}
	if management != "" {
		b.management = NewManagement(management, address.Username, address.Password)
		b.stranger = NewManagement(management, address.Username, address.Password+"-wrong")
		scenarios = append(scenarios, managementScenarios...)
	}
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.run(t, b)
		})
	}
}

type scenario struct {
	name string
	run  func(*testing.T, broker)
}

// broker is the one that is held to it.
type broker struct {
	url, vhost           string
	management, stranger *Management // stranger: with a wrong password
}

// queue declares a durable queue with a name of its own, which ends with the test.
func (p *Program) queue(arguments amqp.Table) string {
	p.tb.Helper()
	name := "conformance-" + rand.Text()[:10]
	_, err := p.channel.QueueDeclare(name, true, false, false, false, arguments)
	p.must(err)
	p.tb.Cleanup(func() {
		// The scenario may have closed the program's channel, or deleted the queue.
		if channel, err := p.conn.Channel(); err == nil {
			_, _ = channel.QueueDelete(name, false, false, false)
		}
	})
	return name
}

// get takes the next task without a consumer, and wants it to be this one.
func (p *Program) get(queue, body string, redelivered bool) amqp.Delivery {
	p.tb.Helper()
	task, ok, err := p.channel.Get(queue, false)
	p.must(err)
	if !ok || string(task.Body) != body || task.Redelivered != redelivered {
		p.tb.Fatalf("got %q, redelivered %t, present %t; want %q, redelivered %t",
			task.Body, task.Redelivered, ok, body, redelivered)
	}
	return task
}

func (p *Program) wantReady(queue string, want int) {
	p.tb.Helper()
	if got := p.Ready(queue); got != want {
		p.tb.Fatalf("%d tasks are ready, want %d", got, want)
	}
}

// consumer holds one task at a time, on a channel of its own.
type consumer struct {
	program *Program
	channel *amqp.Channel
	queue   string
	tasks   <-chan amqp.Delivery
	task    amqp.Delivery // in hand
}

func (p *Program) consumer(queue string, prefetch int) *consumer {
	p.tb.Helper()
	c := &consumer{program: p, channel: p.open(), queue: queue}
	p.must(c.channel.Qos(prefetch, 0, false))
	tasks, err := c.channel.Consume(queue, rand.Text(), false, false, false, false, nil)
	p.must(err)
	c.tasks = tasks
	return c
}

func (c *consumer) want(body string) {
	c.program.tb.Helper()
	c.task = receive(c.program.tb, c.tasks)
	if string(c.task.Body) != body {
		c.program.tb.Fatalf("the consumer got %q, want %q", c.task.Body, body)
	}
}

// ack acknowledges the task in hand and waits until the queue knows: a passive declare on the same channel asks it.
func (c *consumer) ack() {
	c.program.tb.Helper()
	c.program.must(c.task.Ack(false))
	_, err := c.channel.QueueDeclarePassive(c.queue, true, false, false, false, nil)
	c.program.must(err)
}

// receive takes the next value, within the patience.
func receive[T any](tb testing.TB, from <-chan T) T {
	tb.Helper()
	select {
	case value, open := <-from:
		if !open {
			tb.Fatal("the channel was closed")
		}
		return value
	case <-time.After(patience):
		tb.Fatalf("nothing came within %s", patience)
	}
	panic("unreachable: Fatal ends the test")
}

// poll tries until there is nothing to complain about.
func poll(tb testing.TB, limit time.Duration, try func() error) {
	tb.Helper()
	const interval = 20 * time.Millisecond
	deadline := time.After(limit)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			tb.Fatalf("still so after %s: %v", limit, err)
		}
	}
}

// wantRefusal wants a broker's refusal with the code and, somewhere in it, the text.
func wantRefusal(tb testing.TB, err error, code int, text string) {
	tb.Helper()
	var refusal *amqp.Error
	if !errors.As(err, &refusal) || refusal.Code != code || !strings.Contains(refusal.Reason, text) {
		tb.Fatalf("got %v, want code %d and %q", err, code, text)
	}
}

// wantTable compares the named entries of a table as text: brokers differ in the size of their integers.
func wantTable(tb testing.TB, table amqp.Table, want map[string]any) {
	tb.Helper()
	for key, value := range want {
		if got := fmt.Sprint(table[key]); got != fmt.Sprint(value) {
			tb.Errorf("%s is %s, want %v", key, got, value)
		}
	}
}
