package broker

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"

	amqp "github.com/rabbitmq/amqp091-go"
)

// traced reports whether a vhost is traced at a node, as an administrator is told.
func traced(t *testing.T, node *brokertest.Node, vhost string) bool {
	t.Helper()
	var answer struct{ Tracing bool }
	node.Management().Call(t, http.MethodGet, "/api/vhosts/"+vhost, nil, &answer)
	return answer.Tracing
}

// stranger consumes from task_queue over a connection with a name, and acknowledges at once. It returns what the broker calls the
// connection.
func stranger(t *testing.T, url, name string, ack bool) string {
	t.Helper()
	conn, err := amqp.DialConfig(url, amqp.Config{Properties: amqp.Table{"connection_name": name}})
	must(t, err)
	ch, err := conn.Channel()
	must(t, err)
	must(t, ch.Qos(1, 0, false))
	stream, err := ch.Consume("task_queue", name, false, false, false, false, nil)
	must(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for d := range stream {
			if ack {
				_ = d.Ack(false)
			}
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return conn.LocalAddr().String() + " -> " + conn.RemoteAddr().String()
}

// traceOf opens a trace, and has it closed at the end of the test.
func traceOf(t *testing.T, c *Client, pledge func([]string) error) *Trace {
	t.Helper()
	must(t, c.Ready(within(t, patience), RoleWatch))
	tr, err := c.Trace(within(t, patience), "task_queue", pledge)
	must(t, err)
	t.Cleanup(tr.Close)
	return tr
}

// Each delivery to another program's consumers is heard of, in order, with its connection and channel; ours are told apart.
func TestTraceHearsOfDeliveries(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	other := brokertest.Connect(t, vhost.URL())
	other.DeclareQueue("task_queue")
	names := []string{stranger(t, vhost.URL(), "one", true), stranger(t, vhost.URL(), "two", true)}
	c := connect(t, node, vhost.URL(), nil)
	k := consume(t, c, "w01", 1)
	tr := traceOf(t, c, nil)
	if !traced(t, node, vhost.Name) {
		t.Fatal("it is not traced")
	}
	const tasks = 9
	ours := 0
	go func() {
		for d := range left(k) {
			_ = d.Ack()
		}
	}()
	other.Publish("task_queue", slices.Repeat([]string{"one of them"}, tasks)...)
	eventually(t, "a copy of each delivery", func() bool { return tr.Status().Copies == tasks })
	dispatches := tr.Take(nil)
	consumers := tr.Consumers(nil)
	if len(consumers) != len(names) {
		t.Fatalf("consumers %+v", consumers)
	}
	sum := uint64(0)
	for i := range consumers {
		n := &consumers[i]
		sum += n.Deliveries
		if !slices.Contains(names, n.Connection) || n.Channel != 1 || n.Number != i+1 || n.User != "guest" || n.Last.IsZero() || n.Redelivered != 0 {
			t.Errorf("consumer %+v of %q", n, names)
		}
	}
	ours = int(tr.Status().Ours)
	if int(sum)+ours != tasks || len(dispatches) != int(sum) || ours == 0 {
		t.Errorf("%d to others, %d to us, %d dispatches", sum, ours, len(dispatches))
	}
	if !slices.IsSortedFunc(dispatches, func(a, b Dispatch) int { return a.At.Compare(b.At) }) {
		t.Errorf("out of order: %+v", dispatches)
	}
	eventually(t, "the names of the connections", func() bool {
		consumers := tr.Consumers(nil)
		return consumers[0].Client == "one" && consumers[1].Client == "two" || consumers[0].Client == "two" && consumers[1].Client == "one"
	})
}

// A task that comes back is heard of as redelivered. What the client itself looks at is its own, and what the broker's own API
// takes is nobody's.
func TestTraceSeesRedeliveriesAndGets(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	other := brokertest.Connect(t, vhost.URL())
	other.DeclareQueue("task_queue")
	keeps := stranger(t, vhost.URL(), "keeps", false)
	c := connect(t, node, vhost.URL(), nil)
	tr := traceOf(t, c, nil)
	other.Publish("task_queue", "one")
	eventually(t, "its delivery", func() bool { return tr.Status().Copies == 1 })
	next := stranger(t, vhost.URL(), "next", true)
	eventually(t, "the end of the first connection", func() bool { return c.CloseConnection(t.Context(), keeps, "test") == nil })
	eventually(t, "another delivery", func() bool { return tr.Status().Copies == 2 })
	consumers := tr.Consumers(nil)
	at := slices.IndexFunc(consumers, func(n TracedConsumer) bool { return n.Connection == next })
	if at < 0 || consumers[at].Redelivered != 1 || consumers[at].Deliveries != 1 {
		t.Errorf("consumers %+v", consumers)
	}
	dispatches := tr.Take(nil)
	if len(dispatches) != 2 || dispatches[0].Redelivered || !dispatches[1].Redelivered || dispatches[1].Consumer != consumers[at].Number {
		t.Errorf("dispatches %+v", dispatches)
	}
	eventually(t, "it to be gone", func() bool { return tr.Consumers(nil)[0].Gone })
	eventually(t, "the end of the second one", func() bool { return c.CloseConnection(t.Context(), next, "test") == nil })
	other.Publish("task_queue", "two")
	_, err := c.Letters(within(t, patience), "task_queue", 1)
	must(t, err)
	eventually(t, "a copy of what was looked at", func() bool { return tr.Status().Ours == 1 })
	node.Management().Call(t, http.MethodPost, "/api/queues/"+vhost.Name+"/task_queue/get",
		map[string]any{"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"}, nil)
	eventually(t, "a copy of what was taken by the API", func() bool { return tr.Status().Unnamed == 1 })
}

// A lost link is made again, and copies come on.
func TestTraceOutlivesTheLink(t *testing.T) {
	t.Parallel()
	c, relay := relayed(t, nil)
	ctx := within(t, patience)
	_, err := c.EnsureQueue(ctx)
	must(t, err)
	tr := traceOf(t, c, nil)
	relay.Reset()
	eventually(t, "the link to be missed", func() bool { return tr.Status().Deaf != nil })
	eventually(t, "the link to come back", func() bool { return tr.Status().Deaf == nil })
	must(t, c.Ready(ctx, RolePublish))
	before := tr.Status().Copies
	must(t, c.Enqueue(ctx, bodies(3), new(Progress)))
	eventually(t, "a copy over the next link", func() bool {
		_, err = c.Letters(ctx, "task_queue", 3) // a look is a delivery
		must(t, err)
		return tr.Status().Copies > before
	})
}

// Beside RabbitMQ there is no firehose, and the reason is plain.
func TestTraceNeedsRabbitMQ(t *testing.T) {
	t.Parallel()
	url, _ := sandboxBehindRelay(t)
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{url}, []string{"http://127.0.0.1:1"}
	c, err := Open(cfg, nil)
	must(t, err)
	t.Cleanup(c.Close)
	if _, err := c.Trace(within(t, patience), "task_queue", nil); KindOf(err) != QueueMissing || !strings.Contains(err.Error(), "copies no deliveries") {
		t.Error(err)
	}
	if _, err := c.Trace(t.Context(), strings.Repeat("q", 250), nil); KindOf(err) != Invalid {
		t.Error(err)
	}
}

// Copies that wait for too long are given up, and each is counted.
func TestTraceCountsWhatItDrops(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	other := brokertest.Connect(t, vhost.URL())
	other.DeclareQueue("task_queue")
	stranger(t, vhost.URL(), "quick", true)
	c := connect(t, node, vhost.URL(), nil)
	must(t, c.Ready(within(t, patience), RoleWatch))
	ears, err := c.openTap(within(t, patience), "task_queue")
	must(t, err)
	t.Cleanup(ears.s.close)
	node.Management().Call(t, http.MethodPut, "/api/vhosts/"+vhost.Name, map[string]any{"tracing": true}, nil)
	const tasks = 2*tapDepth + tapWindow
	other.Publish("task_queue", slices.Repeat([]string{"one"}, tasks)...)
	eventually(t, "all copies to wait", func() bool {
		q, err := ears.ch.QueueDeclarePassive(ears.queue, false, true, true, false, nil)
		must(t, err)
		return q.Messages == tasks-tapWindow
	})
	ctx, done := context.WithCancel(within(t, patience))
	defer done()
	seen, dropped := 0, 0
	end := func() {
		if seen+dropped >= tasks {
			done()
		}
	}
	err = ears.run(ctx, func(copied, time.Time) {
		if seen++; dropped == 0 {
			time.Sleep(time.Millisecond) // it is slow until something was dropped
		}
		end()
	}, func(n int) { dropped += n; end() })
	if err != nil || seen+dropped != tasks || dropped == 0 || seen < tapWindow {
		t.Errorf("seen %d, dropped %d of %d; %v", seen, dropped, tasks, err)
	}
}
