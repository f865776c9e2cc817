package broker

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"

	amqp "github.com/rabbitmq/amqp091-go"
)

// A deleted queue takes the tasks in hand with it: their acknowledgement, which the broker would swallow in silence, is not
// sent, and the number is told.
func TestTasksInHandAreLostWithTheirQueue(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	for _, kind := range []string{"classic", "quorum"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			vhost := node.VHost(t)
			c := connect(t, node, vhost.URL(), func(cfg *Config) { cfg.Queue.Type = kind })
			ctx := within(t, 20*time.Second)
			must(t, c.Enqueue(ctx, bodies(4), &Progress{}))
			first, second := consume(t, c, "w01", 2), consume(t, c, "w02", 2)
			inHand, done := take(t, first), take(t, second)
			must(t, done.Ack()) // two stay in the first's hands, one in the second's
			eventually(t, "the acknowledgement", func() bool { return unacked(c) == 3 })
			node.Management().Call(t, http.MethodDelete, "/api/queues/"+vhost.Name+"/task_queue", nil, nil)

			_, err := c.Consume(ctx, ConsumeOptions{Name: "w03", Prefetch: 1})
			want := "queue task_queue was deleted: 3 tasks in hand were lost with it"
			if KindOf(err) != QueueMissing || err.Error() != want {
				t.Errorf("says %v; want %q", err, want)
			}
			for range left(first) { // the one that was prefetched may come, or not
			}
			if err := first.Err(); KindOf(err) != Cancelled || !strings.Contains(err.Error(), "cancelled the consumer of task_queue") {
				t.Errorf("the consumer ended with %v", err)
			}
			if err := inHand.Ack(); !errors.Is(err, ErrStale) || KindOf(err) != Cancelled {
				t.Errorf("acknowledged a task that is gone: %v", err)
			}
			if _, err := c.Inspect(ctx); KindOf(err) != QueueMissing {
				t.Errorf("somebody declared it again: %v", err)
			}
			_, err = c.EnsureQueue(ctx) // a person asked for it
			must(t, err)
			consume(t, c, "w04", 1)
			node.Management().Call(t, http.MethodDelete, "/api/queues/"+vhost.Name+"/task_queue", nil, nil)
			if _, err := c.Consume(ctx, ConsumeOptions{Name: "w05", Prefetch: 1}); KindOf(err) != QueueMissing ||
				!strings.Contains(err.Error(), "no task was in hand") {
				t.Errorf("the second time: %v", err)
			}
		})
	}
}

// Another program may bring the queue back with arguments of its own: it is used as it is.
func TestQueueThatComesBackOtherwiseIsUsedAsItIs(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.URL(), nil)
	ctx := within(t, 20*time.Second)
	consume(t, c, "w01", 1)
	path := "/api/queues/" + vhost.Name + "/task_queue"
	node.Management().Call(t, http.MethodDelete, path, nil, nil)
	node.Management().Call(t, http.MethodPut, path, map[string]any{"durable": true, "arguments": map[string]any{"x-max-priority": 5}}, nil)
	must(t, c.Enqueue(ctx, bodies(1), &Progress{}))
	must(t, take(t, consume(t, c, "w02", 1)).Ack())

	err := c.onWatch(ctx, "declare queue task_queue", func(ch *amqp.Channel) error { return declare(ch, c.cfg.Queue) })
	if KindOf(err) != Mismatch || !strings.Contains(err.Error(), "x-max-priority") || strings.Contains(err.Error(), "PRECONDITION") {
		t.Errorf("our own declaration of it: %v", err)
	}
}

func TestExclusiveQueueAndConsumerAreSaid(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	ctx := within(t, 20*time.Second)
	other, err := amqp.Dial(vhost.URL())
	must(t, err)
	t.Cleanup(func() { _ = other.Close() })
	ch, err := other.Channel()
	must(t, err)
	_, err = ch.QueueDeclare("task_queue", false, false, true, false, nil)
	must(t, err)
	c := connect(t, node, vhost.URL(), nil)
	if _, err := c.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: 1}); KindOf(err) != Busy || !strings.Contains(err.Error(), "exclusive") {
		t.Errorf("another connection's exclusive queue: %v", err)
	}
	_, err = ch.QueueDelete("task_queue", false, false, false)
	must(t, err)
	_, err = ch.QueueDeclare("task_queue", true, false, false, false, nil)
	must(t, err)
	_, err = ch.Consume("task_queue", "only-me", false, true, false, false, nil)
	must(t, err)
	if _, err := c.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: 1}); KindOf(err) != Busy || !strings.Contains(err.Error(), "in exclusive use") {
		t.Errorf("beside an exclusive consumer: %v", err)
	}
}

// One worker's mistake ends its channel; the others on the connection work on, or are told why they cannot.
func TestOneChannelsExceptionStaysItsOwn(t *testing.T) {
	t.Parallel()
	c, _ := working(t, 4)
	broken, other := consume(t, c, "w01", 1), consume(t, c, "w02", 1)
	d, fine := take(t, broken), take(t, other)
	must(t, broken.Ack(d.Tag))
	must(t, broken.Ack(d.Tag)) // past the guard of Delivery
	for range left(broken) {
	}
	// The library cuts the whole connection when a delivery crosses the close; then that is the reason.
	if err := broken.Err(); KindOf(err) != LinkLost && (KindOf(err) != Failed || !strings.Contains(err.Error(), "unknown delivery tag")) {
		t.Errorf("the broken channel says %v", err)
	}
	if err := fine.Ack(); err != nil {
		for range left(other) {
		}
		if !errors.Is(err, ErrStale) || KindOf(other.Err()) != LinkLost {
			t.Errorf("the other worker: %v, ended with %v", err, other.Err())
		}
	}
	must(t, broken.Close())
	must(t, other.Close())
	var again *Consumer
	eventually(t, "a channel for the next worker", func() bool { // the link may be on its way out
		k, err := c.Consume(t.Context(), ConsumeOptions{Name: "w03", Prefetch: 1})
		again = k
		return err == nil
	})
	must(t, take(t, again).Ack())
	must(t, again.Close())
}
