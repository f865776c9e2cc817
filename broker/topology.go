package broker

import (
	"context"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

// EnsureQueue looks for the queue passively and declares it only when it is missing: a queue that exists is used as it is,
// whatever its arguments are. It waits for the link. Its errors are *Fault: QueueMissing when the config forbids declaring.
func (c *Client) EnsureQueue(ctx context.Context) (QueueInfo, error) {
	info, err := c.Inspect(ctx)
	if KindOf(err) != QueueMissing {
		if err == nil {
			c.prepared.Store(true)
		}
		return info, err
	}
	if c.cfg.ReadOnly || !c.cfg.Queue.Declare {
		return info, err
	}
	declared := c.onWatch(ctx, "declare queue "+Plain(c.cfg.Queue.Name), func(ch *amqp.Channel) error {
		return declare(ch, c.cfg.Queue)
	})
	if declared != nil && KindOf(declared) != Mismatch { // Mismatch: another program declared it meanwhile
		return info, declared
	}
	if declared == nil {
		c.log.Info("queue declared", "queue", c.cfg.Queue.Name, "type", c.cfg.Queue.Type)
	}
	info, err = c.Inspect(ctx)
	switch {
	case err == nil:
		c.prepared.Store(true)
	case KindOf(err) == QueueMissing && declared != nil: // nobody did: the broker objects to the arguments themselves
		err = advised(declared, "correct [queue.arguments] in the config")
	}
	return info, err
}

// advised adds to a fault what can be done about it.
func advised(err error, do string) error {
	var f *Fault
	if errors.As(err, &f) {
		f.Do = do
	}
	return err
}

// declare makes the queue as plain as the config allows: a classic queue has no arguments at all, so that any program that
// declares "durable, no arguments" can share it.
func declare(ch *amqp.Channel, q QueueConfig) error {
	args, err := argumentTable(q.Arguments)
	if err != nil {
		return err
	}
	if q.Type == "quorum" {
		if args == nil {
			args = amqp.Table{}
		}
		args["x-queue-type"] = "quorum"
	}
	_, err = ch.QueueDeclare(q.Name, q.Durable, false, false, false, args)
	return err
}

// prepareQueue runs EnsureQueue until it has succeeded once, telling waiting why it has to wait. Later a missing queue stays
// missing: somebody deleted it, and bringing it back is a decision for a person.
func (c *Client) prepareQueue(ctx context.Context, waiting func(why string)) error {
	for !c.cfg.ReadOnly && !c.prepared.Load() {
		if _, _, err := c.watch.await(ctx, func(LinkState) string { return "" }, waiting); err != nil {
			return err
		}
		if err := c.prepareOnce(ctx); err != nil && KindOf(err) != LinkLost && KindOf(err) != TimedOut {
			return err
		}
	}
	return nil
}

// prepareOnce is for one caller at a time: a thousand workers start at once.
func (c *Client) prepareOnce(ctx context.Context) error {
	select {
	case c.preparing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-c.preparing }()
	if c.prepared.Load() {
		return nil
	}
	_, err := c.EnsureQueue(ctx)
	return err
}

// Inspect asks the broker for the queue's ready messages and consumers, true at the moment of the answer. It waits for the
// link. Its errors are *Fault: QueueMissing when there is no such queue.
func (c *Client) Inspect(ctx context.Context) (info QueueInfo, err error) {
	err = c.onWatch(ctx, "look at queue "+Plain(c.cfg.Queue.Name), func(ch *amqp.Channel) error {
		q, err := ch.QueueDeclarePassive(c.cfg.Queue.Name, c.cfg.Queue.Durable, false, false, false, nil)
		info = QueueInfo{Name: q.Name, Ready: q.Messages, Consumers: q.Consumers}
		return err
	})
	return info, err
}

// Purge removes every ready message of the queue and returns how many. Messages in workers' hands are not touched.
func (c *Client) Purge(ctx context.Context) (n int, err error) {
	if err := c.writable("purge"); err != nil {
		return 0, err
	}
	err = c.onWatch(ctx, "purge queue "+Plain(c.cfg.Queue.Name), func(ch *amqp.Channel) error {
		n, err = ch.QueuePurge(c.cfg.Queue.Name, false)
		return err
	})
	if err == nil {
		c.log.Info("queue purged", "queue", c.cfg.Queue.Name, "messages", n)
	}
	return n, err
}

// onWatch runs one exchange on a channel of its own, since the broker closes a channel with each refusal.
func (c *Client) onWatch(ctx context.Context, what string, exchange func(*amqp.Channel) error) error {
	s, err := c.watch.session(ctx)
	if err != nil {
		return err
	}
	ch, err := s.channel()
	if err != nil {
		return s.fault(what, err)
	}
	if err := s.rpc(func() error { return exchange(ch) }); err != nil {
		return s.fault(what, err)
	}
	_ = s.rpc(ch.Close) // the answer is in hand; a channel that cannot be closed dies with its connection
	return nil
}

// writable refuses what read-only mode forbids; it stands here, below every key and command.
func (c *Client) writable(what string) error {
	if !c.cfg.ReadOnly {
		return nil
	}
	return &Fault{Kind: ReadOnly, What: fmt.Sprintf("cannot %s", what), Why: "carousel is read-only here",
		Do: "start it without --read-only, and without read_only in the config"}
}
