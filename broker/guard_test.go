package broker

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// Whatever a read-only client is asked to change, it refuses, and the broker never hears of it. Every method of the client
// stands in one of the two lists: a new one fails the test until somebody has decided which.
func TestReadOnlyGuardsEveryMethod(t *testing.T) {
	t.Parallel()
	looks := []string{"Announcer", "Close", "Fleet", "Inspect", "InspectQueue", "Letters", "Links", "Listen", "LookCost", "Queue", "Queues", "ReadOnly",
		"Published", "Ready", "Reconnect", "Snapshot", "Waiting"}
	changes := map[string]func(context.Context, *Client) error{
		"Publish": func(ctx context.Context, c *Client) error { _, err := c.Publish(ctx, NewTask(nil)); return err },
		"Enqueue": func(ctx context.Context, c *Client) error { return c.Enqueue(ctx, bodies(1), new(Progress)) },
		"Consume": func(ctx context.Context, c *Client) error {
			_, err := c.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: 1})
			return err
		},
		"DeadLetter": func(ctx context.Context, c *Client) error {
			return c.DeadLetter(ctx, NewDelivery(NewTask(nil), 1, nil), "why")
		},
		"Retry": func(ctx context.Context, c *Client) error {
			return c.Retry(ctx, NewDelivery(NewTask(nil), 1, nil), "why", time.Second, time.Second)
		},
		"CreateQueue": func(ctx context.Context, c *Client) error {
			return c.CreateQueue(ctx, QueueSpec{Name: "fresh", Type: "classic", Durable: true})
		},
		"PurgeQueue":  func(ctx context.Context, c *Client) error { _, err := c.PurgeQueue(ctx, "task_queue"); return err },
		"DeleteQueue": func(ctx context.Context, c *Client) error { _, err := c.DeleteQueue(ctx, "task_queue"); return err },
		"CloseConnection": func(ctx context.Context, c *Client) error {
			return c.CloseConnection(ctx, "127.0.0.1:1 -> 127.0.0.1:2", "why")
		},
		"Purge":        func(ctx context.Context, c *Client) error { _, err := c.Purge(ctx); return err },
		"CheckPublish": func(ctx context.Context, c *Client) error { return c.CheckPublish(ctx) },
		"Replay": func(ctx context.Context, c *Client) error {
			return c.Replay(ctx, Replay{Queue: "task_queue", To: "other"}, nil)
		},
		"Scratch":     func(ctx context.Context, c *Client) error { _, err := c.Scratch(ctx, "test", 1); return err },
		"Discard":     func(ctx context.Context, c *Client) error { return c.Discard(ctx, "task_queue", nil, nil) },
		"EnsureQueue": nil, // looks, and would declare: tried below, where the queue is missing
	}
	kind := reflect.TypeFor[*Client]()
	for i := range kind.NumMethod() {
		name := kind.Method(i).Name
		if _, listed := changes[name]; listed == slices.Contains(looks, name) {
			t.Errorf("method %s must stand in exactly one of the two lists: does it change the broker?", name)
		}
	}

	node := brokertest.Shared(t)
	url := node.VHost(t).URL()
	other := brokertest.Connect(t, url)
	other.DeclareQueue("task_queue")
	other.Publish("task_queue", "one", "two")
	readOnly := func(name string) *Client {
		return connect(t, node, url, func(cfg *Config) { cfg.ReadOnly, cfg.Queue.Name = true, name })
	}
	c := readOnly("task_queue")
	ctx := within(t, 10*time.Second)
	for name, try := range changes {
		if try == nil {
			continue
		}
		if err := try(ctx, c); KindOf(err) != ReadOnly {
			t.Errorf("%s: %v", name, err)
		}
	}
	if info, err := c.Inspect(ctx); err != nil || info.Ready != 2 || info.Consumers != 0 {
		t.Errorf("the queue was touched: %+v, %v", info, err)
	}
	missing := readOnly("missing")
	for range 2 { // not declared the first time either
		if _, err := missing.EnsureQueue(ctx); KindOf(err) != QueueMissing {
			t.Errorf("EnsureQueue: %v", err)
		}
	}
}
