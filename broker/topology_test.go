package broker

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// The consumer of RabbitMQ's work-queue tutorials declares the queue as durable without arguments, and fails when it finds
// another. It shares the queue with us whoever comes first.
func TestTutorialProgramsShareTheQueue(t *testing.T) {
	for name, first := range map[string]string{"the tutorial first": "tutorial", "carousel first": "carousel"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			node := brokertest.Shared(t)
			vhost := node.VHost(t)
			c, other := connect(t, node, vhost.URL(), nil), brokertest.Connect(t, vhost.URL())
			ctx := within(t, 20*time.Second)
			if first == "tutorial" {
				other.DeclareQueue("task_queue")
			}
			if _, err := c.EnsureQueue(ctx); err != nil {
				t.Fatal(err)
			}
			other.DeclareQueue("task_queue")
			theirs := other.Consume("task_queue")
			ours, err := c.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: 1})
			must(t, err)
			var p Progress
			must(t, c.Enqueue(ctx, bodies(1), &p))
			other.Publish("task_queue", "theirs")

			a, b := take(t, ours), <-theirs // one each, with prefetch 1
			must(t, a.Ack())
			must(t, b.Ack(false))
			if a.Task.Made == (b.AppId == appID) {
				t.Errorf("one task is ours and one is theirs, but got %v and %v", a.Task.Made, b.AppId)
			}
			ready(t, c, 0)
		})
	}
}

func TestQueueIsDeclaredAsConfigured(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	for _, kind := range []string{"classic", "quorum"} {
		vhost := node.VHost(t)
		c := connect(t, node, vhost.URL(), func(cfg *Config) { cfg.Queue.Type = kind })
		if _, err := c.EnsureQueue(within(t, 20*time.Second)); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the type", func() bool { return c.Snapshot().Type.Known() })
		if s := c.Snapshot(); s.Type.Value != kind || !s.Durable.Value {
			t.Errorf("%s: declared %v durable %v", kind, s.Type.Value, s.Durable.Value)
		}
	}
}

func TestArgumentsThatTheBrokerRefusesAreNamed(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.URL(), func(cfg *Config) {
		cfg.Queue.Arguments = map[string]any{"x-max-priority": "ten"}
	})
	_, err := c.EnsureQueue(within(t, 20*time.Second))
	if err == nil || !strings.Contains(err.Error(), "cannot declare queue task_queue: invalid arg 'x-max-priority'") ||
		!strings.Contains(err.Error(), "; correct [queue.arguments]") {
		t.Errorf("got %v", err)
	}
}

// A queue that exists is used as it is: declaring it again with other arguments would be refused.
func TestExistingQueueIsLeftAlone(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	node.Management().Call(t, http.MethodPut, "/api/queues/"+vhost.Name+"/task_queue",
		map[string]any{"durable": true, "arguments": map[string]any{"x-max-priority": 5}}, nil)
	c := connect(t, node, vhost.URL(), nil)
	if _, err := c.EnsureQueue(within(t, 20*time.Second)); err != nil {
		t.Error(err)
	}
}

func TestMissingQueueIsNotDeclaredAgainstTheConfig(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	for name, change := range map[string]func(*Config){
		"declare = false": func(cfg *Config) { cfg.Queue.Declare = false },
		"read-only":       func(cfg *Config) { cfg.ReadOnly = true },
	} {
		c := connect(t, node, vhost.URL(), change)
		if _, err := c.EnsureQueue(within(t, 20*time.Second)); KindOf(err) != QueueMissing || !strings.Contains(err.Error(), "task_queue") {
			t.Errorf("%s: %v", name, err)
		}
		eventually(t, "the watch to see it", func() bool { return c.Snapshot().Missing })
		if s := c.Snapshot(); s.Ready.Known() {
			t.Errorf("%s: a missing queue has %d ready", name, s.Ready.Value)
		}
	}
}

func TestNoRightToDeclareIsSaid(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.User(t, "no-declare", "hunter2", "", "^$", ".*", ".*"), nil)
	_, err := c.EnsureQueue(within(t, 20*time.Second))
	if KindOf(err) != NoRight || !strings.Contains(err.Error(), "cannot declare queue task_queue") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

// Once seen, a queue that is gone was deleted by somebody: bringing it back is a decision for a person.
func TestDeletedQueueStaysDeleted(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.URL(), nil)
	ctx := within(t, 20*time.Second)
	k, err := c.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: 1})
	must(t, err)
	node.Management().Call(t, http.MethodDelete, "/api/queues/"+vhost.Name+"/task_queue", nil, nil)
	for range left(k) {
		t.Error("a task out of nowhere")
	}
	if KindOf(k.Err()) != Cancelled {
		t.Errorf("the consumer ended with %v", k.Err())
	}
	must(t, k.Close())
	if _, err := c.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: 1}); KindOf(err) != QueueMissing {
		t.Errorf("consuming again: %v", err)
	}
	if r, err := c.Publish(ctx, NewTask(nil)); err != nil || r.Outcome != Returned {
		t.Errorf("publishing to it: %+v, %v", r, err)
	}
}

func TestReadOnlyRefusesEveryChange(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	brokertest.Connect(t, vhost.URL()).DeclareQueue("task_queue")
	c := connect(t, node, vhost.URL(), func(cfg *Config) { cfg.ReadOnly = true })
	ctx := within(t, 20*time.Second)
	if _, err := c.Inspect(ctx); err != nil {
		t.Errorf("looking is allowed: %v", err)
	}
	_, purge := c.Purge(ctx)
	_, consume := c.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: 1})
	_, publish := c.Publish(ctx, NewTask(nil))
	var p Progress
	for name, err := range map[string]error{"purge": purge, "consume": consume, "publish": publish, "enqueue": c.Enqueue(ctx, bodies(1), &p)} {
		if KindOf(err) != ReadOnly {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p.Read() != (Tally{}) {
		t.Errorf("counted %+v", p.Read())
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	c := connect(t, node, node.VHost(t).URL(), nil)
	ctx := within(t, 20*time.Second)
	var p Progress
	must(t, c.Enqueue(ctx, bodies(7), &p))
	k, err := c.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: 1})
	must(t, err)
	held := take(t, k)
	if n, err := c.Purge(ctx); n != 6 || err != nil {
		t.Errorf("purged %d, %v; six were ready and one in hand", n, err)
	}
	must(t, held.Ack())
}

func TestCheckPublishLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	ctx := within(t, 20*time.Second)
	must(t, connect(t, node, vhost.URL(), nil).CheckPublish(ctx))
	if err := connect(t, node, vhost.User(t, "check-no-write", "pw", "", ".*", "^$", ".*"), nil).CheckPublish(ctx); KindOf(err) != NoRight {
		t.Errorf("without the right: %v", err)
	}
	var queues []any
	node.Management().Call(t, http.MethodGet, "/api/queues/"+vhost.Name, nil, &queues)
	if len(queues) != 0 {
		t.Errorf("left %v", queues)
	}
}
