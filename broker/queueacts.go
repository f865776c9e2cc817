package broker

import (
	"context"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

// CreateQueue declares a queue that is not there yet, as the spec says. It waits for the link. Its errors are *Fault: Invalid
// when no broker would take the spec, and nothing was sent; Mismatch when there is such a queue, or when the broker refuses an
// argument.
func (c *Client) CreateQueue(ctx context.Context, q QueueSpec) error {
	what := "create queue " + Plain(q.Name)
	if err := c.writable(what); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return &Fault{Kind: Invalid, What: "cannot " + what, Why: Plain(err.Error()), Err: err}
	}
	switch err := c.lookAt(ctx, q.Name); KindOf(err) {
	case QueueMissing:
	case Busy:
		return &Fault{Kind: Mismatch, What: "cannot " + what, Why: "another connection has an exclusive queue of this name", Do: "choose another name", Err: err}
	case 0:
		if err != nil { // ctx's own
			return err
		}
		return &Fault{Kind: Mismatch, What: "cannot " + what, Why: "there is a queue of this name", Do: "choose another name, or delete that one first"}
	default:
		return err
	}
	err := c.onWatch(ctx, what, func(ch *amqp.Channel) error {
		return declare(ch, QueueConfig{Name: q.Name, Type: q.Type, Durable: q.Durable, Arguments: q.Arguments})
	})
	switch KindOf(err) {
	case Mismatch:
		return advised(err, "correct the arguments")
	case NoRight:
		return advised(err, "the user needs the right to configure this name in the vhost")
	}
	if err == nil {
		c.log.Info("queue created", "queue", q.Name, "type", q.Type)
	}
	return err
}

func (q QueueSpec) check() error {
	if err := CheckQueueName(q.Name); err != nil {
		return err
	}
	switch q.Type {
	case "classic":
	case "quorum":
		if !q.Durable {
			return errors.New("a quorum queue is always durable")
		}
	default:
		return fmt.Errorf("%q is not a type that carousel declares; those are \"classic\" and \"quorum\"", q.Type)
	}
	if kind, given := q.Arguments["x-queue-type"]; given && kind != any(q.Type) {
		return fmt.Errorf("the argument x-queue-type says something else than the type %q", q.Type)
	}
	args, err := argumentTable(q.Arguments)
	if err != nil {
		return fmt.Errorf("the arguments: %w", err)
	}
	if size := tableSize(args); size > maxHeaderBytes {
		return fmt.Errorf("the arguments take %d bytes; more than %d would cut the connection", size, maxHeaderBytes)
	}
	return nil
}

// InspectQueue asks the broker for a queue's ready messages and consumers, true at the moment of the answer. It waits for the
// link. Its errors are *Fault: QueueMissing when there is no such queue.
func (c *Client) InspectQueue(ctx context.Context, name string) (info QueueInfo, err error) {
	err = c.onQueue(ctx, "look at", name, func(ch *amqp.Channel) error {
		q, err := ch.QueueDeclarePassive(name, true, false, false, false, nil)
		info = QueueInfo{Name: q.Name, Ready: q.Messages, Consumers: q.Consumers}
		return err
	})
	return info, err
}

// PurgeQueue removes every ready message of a queue and returns how many. Messages in workers' hands are not touched. It waits
// for the link. Its errors are *Fault.
func (c *Client) PurgeQueue(ctx context.Context, name string) (n int, err error) {
	if err := c.writable("purge queue " + Plain(name)); err != nil {
		return 0, err
	}
	err = c.onQueue(ctx, "purge", name, func(ch *amqp.Channel) error {
		n, err = ch.QueuePurge(name, false)
		return err
	})
	if err == nil {
		c.log.Info("queue purged", "queue", name, "messages", n)
	}
	return n, err
}

// DeleteQueue deletes a queue, whatever it holds and whoever consumes from it, and returns how many messages went with it. It
// waits for the link. Its errors are *Fault: QueueMissing when there is no such queue.
func (c *Client) DeleteQueue(ctx context.Context, name string) (n int, err error) {
	if err := c.writable("delete queue " + Plain(name)); err != nil {
		return 0, err
	}
	err = c.onQueue(ctx, "delete", name, func(ch *amqp.Channel) error {
		// RabbitMQ deletes a queue that is not there without a word.
		if _, err := ch.QueueDeclarePassive(name, true, false, false, false, nil); err != nil {
			return err
		}
		n, err = ch.QueueDelete(name, false, false, false)
		return err
	})
	if err == nil {
		c.log.Info("queue deleted", "queue", name, "messages", n)
	}
	return n, err
}

// onQueue runs an act on a queue that may be any of the vhost's, also one of RabbitMQ's own names.
func (c *Client) onQueue(ctx context.Context, act, name string, exchange func(*amqp.Channel) error) error {
	what := act + " queue " + Plain(name)
	if err := carried(name); err != nil {
		return &Fault{Kind: Invalid, What: "cannot " + what, Why: err.Error(), Err: err}
	}
	err := c.onWatch(ctx, what, exchange)
	if KindOf(err) == NoRight {
		right := map[string]string{"purge": "read", "delete": "configure"}[act]
		if right != "" {
			return advised(err, "the user needs the right to "+right+" this name in the vhost")
		}
	}
	return err
}
