package broker

import (
	"context"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Discard removes the picked letters of a queue for good; a nil pick means all. Letters that stay keep their order, and it removes
// no more than there were at its start. It blocks, ends, fails and counts as Replay does; a letter whose removal may not have
// reached the broker counts as failed.
func (c *Client) Discard(ctx context.Context, queue string, pick func(*Letter) bool, p *ReplayProgress) error {
	if err := c.writable("discard dead letters"); err != nil {
		return err
	}
	if err := addressable(queue); err != nil {
		return err
	}
	if p == nil {
		p = new(ReplayProgress)
	}
	ctx, cancel := during(ctx, c.life)
	defer cancel()
	w := &sweep{c: c, queue: queue, pick: pick, p: p, pace: newPace(0, time.Now()), settle: func(context.Context) {}, most: sweepHeld, turn: sweepFor}
	w.act = func(_ context.Context, r *round, d *amqp.Delivery, _ *Letter) error {
		if r.ack(d.DeliveryTag) != nil {
			p.failed("the link was lost before the letter was removed")
			return advised(r.loss(), goOn)
		}
		p.count(func(t *ReplayTally) { t.Done++ })
		return nil
	}
	w.closed = func(unproved uint64) {
		p.count(func(t *ReplayTally) {
			if t.Done, t.Failed = t.Done-unproved, t.Failed+unproved; unproved > 0 {
				t.Trouble = "the link was lost, and the newest letters may not be removed"
			}
		})
	}
	return c.unlessClosed(w.run(ctx))
}
