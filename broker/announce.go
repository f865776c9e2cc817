package broker

import (
	"context"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Announcer publishes short notices to a topic exchange, where whoever is interested binds a queue of its own. They are
// transient: nobody reads old ones. One goroutine uses it.
//
// It uses the connection that publishes tasks. One of the workers' would be blocked by an alarm as soon as it had published
// anything, and with it the acknowledgements.
type Announcer struct {
	c        *Client
	exchange string

	s       *session
	ch      *amqp.Channel
	returns <-chan amqp.Return
	pending *amqp.DeferredConfirmation // of a notice whose confirm was given up
}

// Announcer returns one for a durable topic exchange, which is declared when it is missing.
func (c *Client) Announcer(exchange string) *Announcer {
	return &Announcer{c: c, exchange: exchange}
}

// Announce publishes one notice and reports whether a queue took it: false means that nobody listens. It waits for the
// broker's confirm, at most broker.rpc_timeout and not beyond ctx, but neither for the link nor for the end of an alarm: then
// it fails at once. Its errors are *Fault, or ctx's; the notice is lost with them.
func (a *Announcer) Announce(ctx context.Context, key string, body []byte) (heard bool, err error) {
	if err := a.c.writable("publish to exchange " + Plain(a.exchange)); err != nil {
		return false, err
	}
	if err := a.open(); err != nil {
		return false, err
	}
	confirm, err := a.ch.PublishWithDeferredConfirm(a.exchange, key, true, false, amqp.Publishing{
		ContentType: "application/json", DeliveryMode: amqp.Transient, Timestamp: time.Now(), Body: body,
	})
	if err != nil {
		return false, a.s.fault("announce to "+Plain(a.exchange), err)
	}
	patience := time.NewTimer(a.c.cfg.RPCTimeout.D())
	defer patience.Stop()
	select {
	case <-confirm.Done():
		return a.outcome(confirm)
	case <-ctx.Done():
		err = ctx.Err()
	case <-patience.C:
		err = &Fault{Kind: TimedOut, What: "the broker did not confirm a notice within " + a.c.cfg.RPCTimeout.D().String()}
	}
	// The link stays: tasks wait for their confirms on it.
	a.pending = confirm
	return false, err
}

// outcome reads what came before the confirm. The library resolves the confirms of a channel that ends as if they were nacks.
func (a *Announcer) outcome(confirm *amqp.DeferredConfirmation) (heard bool, err error) {
	if !confirm.Acked() {
		return false, a.s.fault("announce to "+Plain(a.exchange), amqp.ErrClosed)
	}
	heard = true
	for {
		select {
		case _, ok := <-a.returns:
			heard = false
			if ok {
				continue // none but this notice's can be there
			}
			a.returns = nil
		default:
			return heard, nil
		}
	}
}

// open makes sure of a channel on the live connection, in confirm mode, and of the exchange.
func (a *Announcer) open() error {
	state, s, _ := a.c.publish.snapshot()
	switch {
	case state.Status == LinkRefused:
		return state.Err
	case state.Status == LinkClosed:
		return errClosed
	case s == nil || !s.alive():
		return &Fault{Kind: LinkLost, What: "there is no link to publish on", Why: waitReason(state)}
	case state.Blocked != "":
		return &Fault{Kind: Busy, What: blockReason(state)}
	}
	if a.s == s && !a.ch.IsClosed() {
		return a.settled()
	}
	ch, err := s.topic(a.exchange, true)
	if err != nil {
		return err
	}
	// One notice is outstanding at a time, so there is room for every return.
	returns := ch.NotifyReturn(make(chan amqp.Return, 1))
	if err := s.rpc(func() error { return ch.Confirm(false) }); err != nil {
		return s.fault("announce to "+Plain(a.exchange), err)
	}
	a.s, a.ch, a.returns, a.pending = s, ch, returns, nil
	return nil
}

// settled makes sure that no earlier notice is outstanding.
func (a *Announcer) settled() error {
	if a.pending == nil {
		return nil
	}
	select {
	case <-a.pending.Done():
		_, err := a.outcome(a.pending)
		a.pending = nil
		return err
	default:
		return &Fault{Kind: TimedOut, What: "the broker has not confirmed an earlier notice yet"}
	}
}

// topic opens a channel and looks for a topic exchange on it, passively; one that is missing is declared where that is allowed.
func (s *session) topic(exchange string, declare bool) (*amqp.Channel, error) {
	look := func() (*amqp.Channel, error) {
		ch, err := s.channel()
		if err != nil {
			return nil, s.fault("open a channel", err)
		}
		err = s.rpc(func() error { return ch.ExchangeDeclarePassive(exchange, "topic", true, false, false, false, nil) })
		if err != nil {
			_ = s.rpc(ch.Close) // the broker has closed it, unless the link is gone
			return nil, s.fault("look for exchange "+Plain(exchange), err)
		}
		return ch, nil
	}
	ch, err := look()
	if KindOf(err) != QueueMissing || !declare {
		return ch, err
	}
	if ch, err = s.channel(); err != nil {
		return nil, s.fault("open a channel", err)
	}
	err = s.rpc(func() error { return ch.ExchangeDeclare(exchange, "topic", true, false, false, false, nil) })
	if err != nil {
		_ = s.rpc(ch.Close)
		return nil, s.fault("declare exchange "+Plain(exchange), err)
	}
	return ch, nil
}
