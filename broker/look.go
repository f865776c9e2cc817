package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	lookLetters = 1000     // of a look that names no limit
	lookBytes   = 64 << 20 // of bodies and headers in one look
)

// Letters looks at up to limit letters of a queue, from its head, and puts them back; below 1, limit is 1000. The queue may be
// any of the vhost that LookCost does not bar. It waits for the link, and blocks until ctx ends at the latest. Its errors are
// *Fault, or ctx's; a letter that cannot be decoded is not one of them: it ends the look, and Cut says so.
func (c *Client) Letters(ctx context.Context, queue string, limit int) (Letters, error) {
	if limit < 1 {
		limit = lookLetters
	}
	found := Letters{Queue: queue, At: time.Now()}
	cost, err := c.LookCost(ctx, queue)
	if err != nil {
		return found, err
	}
	if cost.Bar != "" {
		return found, &Fault{Kind: Failed, What: "queue " + Plain(queue) + " is not looked into", Why: cost.Bar}
	}
	r, err := c.beginRound(ctx, queue, 0)
	if err != nil {
		return found, err
	}
	defer r.end()
	found.Depth = r.depth
	err = r.look(ctx, &found, limit)
	return found, err
}

// look takes up to limit letters, and keeps them to go back. Its errors are those of Letters.
func (r *round) look(ctx context.Context, found *Letters, limit int) error {
	next := r.get
	switch {
	case r.toEnd():
		letters := newStages(r, min(limit, r.depth))
		r.staged = true
		next = func() (amqp.Delivery, bool, error) { return letters.get(ctx) }
	case r.returns.kind != "classic":
		limit = min(limit, sweepQuorum)
	}
	bytes := 0
	for bytes < lookBytes && len(found.Letters) < min(limit, r.depth) {
		d, more, err := next()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case KindOf(err) == Unreadable:
			found.Cut = sentence(err)
			return nil
		case err != nil:
			return err
		case !more:
			found.Cut = fmt.Sprintf("The queue gave %d of its %d letters: others took the rest, or the link is slow.", len(found.Letters), found.Depth)
			return nil
		}
		found.Letters = append(found.Letters, letterOf(&d))
		bytes += weight(&d)
		switch saved, err := r.keep(ctx, &d); {
		case err != nil:
			return err
		case saved:
			found.Cut = fmt.Sprintf("This letter was returned almost as often as its queue allows (%d times); a copy took its place, at the end of the queue, and the look ends here.", r.returns.limit)
			return nil
		}
	}
	if n := len(found.Letters); n < found.Depth {
		found.Cut = fmt.Sprintf("These are the oldest %d of %d letters.", n, found.Depth)
		if bytes >= lookBytes {
			found.Cut = fmt.Sprintf("These are the oldest %d of %d letters: they have %d MB together.", n, found.Depth, bytes>>20)
		}
	}
	return nil
}

// weight is about how many bytes it takes to hold a message.
func weight(d *amqp.Delivery) int { return len(d.Body) + tableSize(d.Headers) }

// sentence is a fault as a sentence of its own, without its advice.
func sentence(err error) string {
	var f *Fault
	if !errors.As(err, &f) {
		return Plain(err.Error()) + "."
	}
	text := f.What
	if f.Why != "" {
		text += ": " + f.Why
	}
	return text + "."
}
