package broker

import (
	"cmp"
	"context"

	"github.com/google/uuid"
	amqp "github.com/rabbitmq/amqp091-go"
)

// CheckPublish reports whether the user may publish to the work queue, without leaving anything behind: it sends an empty
// message to a queue that does not exist, which the broker checks for the right first and returns then. It waits for the
// link. Its errors are *Fault.
func (c *Client) CheckPublish(ctx context.Context) error {
	if err := c.writable("publish"); err != nil {
		return err
	}
	s, err := c.publish.session(ctx)
	if err != nil {
		return err
	}
	if err := c.unblocked(); err != nil {
		return err
	}
	ch, err := s.channel()
	if err != nil {
		return s.fault("publish", err)
	}
	closes := ch.NotifyClose(make(chan *amqp.Error, 1))
	returns := ch.NotifyReturn(make(chan amqp.Return, 1))
	nowhere := "carousel.check." + uuid.NewString()
	if err := ch.Publish("", nowhere, true, false, amqp.Publishing{AppId: appID}); err != nil {
		return s.fault("publish", err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.RPCTimeout.D())
	defer cancel()
	for {
		_, _, changed := c.publish.snapshot()
		if err := c.unblocked(); err != nil { // an alarm shows only after a publish
			return err
		}
		select {
		case <-returns: // that is the answer; a broker that blocks publishers from now on would not hear the close
			c.running.Go(func() { _ = s.rpc(ch.Close) })
			return nil
		case e := <-closes:
			return s.fault("publish", cmp.Or(e, amqp.ErrClosed))
		case <-changed:
		case <-ctx.Done():
			return &Fault{Kind: TimedOut, What: "cannot publish", Why: "the broker did not answer in time", Err: ctx.Err()}
		}
	}
}

// unblocked returns a fault while the broker takes no publishes: it would not answer.
func (c *Client) unblocked() error {
	state, _, _ := c.publish.snapshot()
	if why := blockReason(state); why != "" {
		return &Fault{Kind: Failed, What: "cannot publish now", Why: why}
	}
	return nil
}
