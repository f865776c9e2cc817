package broker

import (
	"log/slog"
	"testing"
	"testing/synctest"

	amqp "github.com/rabbitmq/amqp091-go"
)

// An outcome that comes after the wait for it was given up changes nothing: its letter is counted already, and goes back with
// the others of its round, which are being put in their order then.
func TestLateOutcomeIsNotCountedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := DefaultConfig()
		c := &Client{publish: newLink(RolePublish, 0, &cfg, &endpoints{}, slog.New(slog.DiscardHandler))}
		var p ReplayProgress
		x := c.replayer(Replay{}, &p)
		gone := make(chan struct{})
		close(gone)
		r := &round{gone: gone, live: t.Context()}
		x.slots <- struct{}{}
		x.opened(r, 1)
		x.wait(t.Context(), r)
		if got := p.Read(); got.Failed != 1 || got.Done != 0 {
			t.Errorf("given up: %+v", got)
		}
		x.conclude(&replayed{r, amqp.Delivery{DeliveryTag: 1}, Receipt{Outcome: Returned}})
		if got := p.Read(); got.Failed != 1 || r.holds() != 0 || len(x.slots) != 0 {
			t.Errorf("%+v, %d held, %d not settled", got, r.holds(), len(x.slots))
		}
		next := &round{live: t.Context()} // a pause may begin another one
		x.slots <- struct{}{}
		x.opened(next, 1)
		x.conclude(&replayed{next, amqp.Delivery{DeliveryTag: 1}, Receipt{Outcome: Returned}})
		if got := p.Read(); got.Failed != 2 || next.holds() != 1 {
			t.Errorf("the next round: %+v, %d held", got, next.holds())
		}
	})
}
