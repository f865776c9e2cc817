package broker

import (
	"context"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	// sweepHeld bounds the letters that a sweep leaves where they are: the broker has to hold them until the sweep is over,
	// some hundred bytes each beside the message. A queue with a million letters of which few are picked is looked through so
	// far, and the sweep says where it stopped. Those that are picked leave the queue, and do not count.
	sweepHeld = 100_000
	// sweepQuorum is the same for a quorum queue: it takes each basic.get for a consumer, and grows slow with their number.
	sweepQuorum = 10_000
	// sweepFor is how long a paused or slow sweep holds letters before they go back, to be taken again when it goes on: after
	// the consumer timeout (half an hour unless somebody shortened it) the broker would end the channel.
	sweepFor = 10 * time.Minute
	// sweepBreath is how long a classic queue is left alone once a second. RabbitMQ writes the acknowledgements to a classic
	// queue when that was idle for 200 ms (seen with 3.10): a sweep that never stops would come to nothing where the broker is
	// killed, for all its letters would be there again.
	sweepBreath = 220 * time.Millisecond
	breathEvery = time.Second
	// sweepGrace is how long a sweep that was told to end waits for the confirms that are on their way.
	sweepGrace = 2 * time.Second
)

// sweep goes through a dead-letter queue once, letter by letter, and acts on those that are picked. It looks at no more letters
// than there were when it began, so that one which fails again and comes back is not met again and again.
type sweep struct {
	c     *Client
	queue string
	pick  func(*Letter) bool
	own   string // HeaderReplay of the letters that this sweep has sent: they have come back
	p     *ReplayProgress
	pace  *pace
	// act does what is to be done with a picked letter, or begins it. An error ends the sweep.
	act    func(context.Context, *round, *amqp.Delivery, *Letter) error
	settle func(context.Context) // waits until what act has begun has ended, for a moment only after ctx has
	closed func(unproved uint64) // takes in how many acknowledgements may not have reached the broker
	most   int                   // sweepHeld, and
	turn   time.Duration         // sweepFor: for tests to shorten

	round *round // nil while the letters are given back
	began time.Time
	wrote time.Time // when the broker was last given the time to write
	left  int       // letters still to be seen
	stood int       // left when the round began
	again int       // letters at the head that were seen before
	paced bool      // the next letter waits for its place in the schedule
}

// run blocks until every letter was seen, ctx ends or the link of the round does.
func (w *sweep) run(ctx context.Context) (err error) {
	if d := w.c.cfg.ConsumerTimeout.D(); d > 0 {
		w.turn = min(w.turn, d/3)
	}
	w.paced = true
	defer func() { w.finish(ctx) }()
	if err := w.begin(ctx); err != nil {
		return err
	}
	w.left = w.round.depth
	w.stood = w.left
	for (w.left > 0 || w.again > 0) && !w.p.hasEnough() {
		if err := w.ready(ctx); err != nil {
			return err
		}
		if w.round == nil {
			if err := w.begin(ctx); err != nil {
				return err
			}
		}
		if err := w.breathe(ctx); err != nil {
			return err
		}
		if err := w.full(); err != nil {
			return err
		}
		d, more, err := w.round.get()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return advised(err, goOn)
		}
		if !more { // others took some
			return nil
		}
		if err := w.see(ctx, &d); err != nil {
			return err
		}
	}
	return nil
}

// see decides what becomes of one letter.
func (w *sweep) see(ctx context.Context, d *amqp.Delivery) error {
	if w.again > 0 {
		w.again--
		return w.keep(ctx, d)
	}
	w.left--
	w.p.count(func(t *ReplayTally) { t.Looked++ })
	letter := letterOf(d)
	if w.own != "" && headerText(d.Headers, HeaderReplay) == w.own || w.pick != nil && !w.pick(&letter) {
		return w.keep(ctx, d)
	}
	w.paced = true
	w.p.count(func(t *ReplayTally) { t.Picked++ })
	return w.act(ctx, w.round, d, &letter)
}

func (w *sweep) keep(ctx context.Context, d *amqp.Delivery) error {
	_, err := w.round.keep(ctx, d)
	return err
}

// full is the fault of more letters that stay than the broker is to hold; nil when there are not.
func (w *sweep) full() error {
	most := w.most
	if w.round.returns.kind != "classic" {
		most = min(most, sweepQuorum)
	}
	if w.round.holds() < most {
		return nil
	}
	return &Fault{Kind: Failed, What: "not every letter of " + Plain(w.queue) + " was looked at",
		Why: fmt.Sprintf("%d letters that stay stand before the rest, and the broker has to hold those meanwhile", most),
		Do:  "replay or discard some of these first, or move them to another queue"}
}

// breathe gives a classic queue the time to write which letters have left it.
func (w *sweep) breathe(ctx context.Context) error {
	if w.round.returns.kind == "quorum" || time.Since(w.wrote) < breathEvery || !w.round.removed() {
		return nil
	}
	w.settle(ctx)
	err := sleep(ctx, sweepBreath)
	w.wrote = time.Now()
	return err
}

func (w *sweep) begin(ctx context.Context) (err error) {
	w.round, err = w.c.beginRound(ctx, w.queue, 2*sweepGrace)
	if err != nil {
		return err
	}
	w.began, w.wrote, w.stood = time.Now(), time.Now(), w.left
	return w.round.returns.barTaking(w.queue)
}

// finish waits for what was begun, and gives back what stays.
func (w *sweep) finish(ctx context.Context) {
	w.settle(ctx)
	if w.round != nil {
		w.again = w.round.holds()
		if !w.round.end() {
			w.again = 0 // those that were not seen yet come first now
		}
		w.closed(w.round.unproved())
		w.round = nil
	}
}

// ready waits until the next letter may be taken: it is due, and nobody has paused the sweep.
func (w *sweep) ready(ctx context.Context) error {
	var due <-chan time.Time
	if w.paced && w.again == 0 {
		if wait := w.pace.next(time.Now()); wait > 0 {
			timer := time.NewTimer(wait)
			defer timer.Stop()
			due = timer.C
		}
		w.paced = false
	}
	for {
		resumed := w.p.paused()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if due == nil && resumed == nil {
			return nil
		}
		next := due
		if resumed != nil {
			next = nil
		}
		gone, expired := w.watch()
		select {
		case <-next:
			due = nil
		case <-resumed:
		case <-expired:
			w.finish(ctx)
		case <-gone:
			return advised(w.round.loss(), goOn)
		case <-ctx.Done():
		}
	}
}

// watch returns what ends a wait early: the round is gone, or has held its letters for long enough.
func (w *sweep) watch() (gone <-chan struct{}, expired <-chan time.Time) {
	if w.round == nil {
		return nil, nil
	}
	if w.round.holds() > 0 && w.left < w.stood {
		expired = time.After(time.Until(w.began.Add(w.turn)))
	}
	return w.round.gone, expired
}

const goOn = "run it again: it goes on with the letters that are left"
