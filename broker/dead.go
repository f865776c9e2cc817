package broker

import (
	"context"

	amqp "github.com/rabbitmq/amqp091-go"
)

// DeadQueue is the name of a work queue's dead-letter queue: "task_queue.dead".
func DeadQueue(queue string) string { return queue + ".dead" }

// DeadLetter stores a copy of a task that failed for good in the dead-letter queue, and returns when the broker has confirmed
// it: only then may the delivery be acknowledged. why is the failure, one line. It blocks, and fails, as Retry does.
func (c *Client) DeadLetter(ctx context.Context, d *Delivery, why string) error {
	t := d.Task
	t.failed(why, c.cfg.Queue.Name)
	m, err := copyOf(t)
	if err != nil {
		return &Fault{Kind: Invalid, What: "cannot dead-letter task " + Plain(t.ID), Why: err.Error(), Err: err}
	}
	if err := c.keep(ctx, d, DeadQueue(c.cfg.Queue.Name), m); err != nil {
		return err
	}
	return c.sides.settle(ctx)
}

// deadArguments makes the dead-letter queue as safe as the work queue: replicated where that is. Looking into it must not
// cost a task, so it has no limit of deliveries; from RabbitMQ 4.0 on a quorum queue has one unless told otherwise, and
// before, it does not know that word.
func (c *Client) deadArguments() amqp.Table {
	kind := c.cfg.Queue.Type
	if seen := c.Snapshot().Type; seen.Known() {
		kind = seen.Value
	}
	if kind != "quorum" {
		return nil
	}
	args := amqp.Table{"x-queue-type": "quorum"}
	if state, _, _ := c.watch.snapshot(); major(state.Version) >= 4 {
		args["x-delivery-limit"] = int64(-1)
	}
	return args
}

// major is the first number of a version, 0 when it has none.
func major(version string) (n int) {
	for _, r := range version {
		if r < '0' || r > '9' {
			break
		}
		n = 10*n + int(r-'0')
	}
	return n
}
