package broker

import (
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
	ch, err := s.channel()
	if err != nil {
		return callFault("publish", err)
	}
	closes := ch.NotifyClose(make(chan *amqp.Error, 1))
	returns := ch.NotifyReturn(make(chan amqp.Return, 1))
	err = s.rpc(func() error {
		nowhere := "carousel.check." + uuid.NewString()
		if err := ch.Publish("", nowhere, true, false, amqp.Publishing{AppId: appID}); err != nil {
			return err
		}
		select {
		case <-returns:
			return nil
		case e := <-closes:
			if e == nil {
				return amqp.ErrClosed
			}
			return e
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if err == nil {
		err = s.rpc(ch.Close)
	}
	if err != nil {
		return callFault("publish", err)
	}
	return nil
}
