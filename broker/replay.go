package broker

import (
	"context"
	"math"
)

const (
	// replayWindow bounds the copies without a confirm: so many letters may be there twice after a kill.
	replayWindow = 64
	// replaySenders bounds the channels for targets; letters of more origins than that share one.
	replaySenders = 16
)

// Replay sends a copy of each picked letter to its target, and takes the letter out of the dead-letter queue once the broker has
// confirmed the copy. So none is lost, whatever is killed in between: a letter is gone only after its copy is stored. The end of
// the program or of its link can leave some letters there twice, those whose copy was stored and whose acknowledgement did not
// arrive: 64 copies are on their way at a time. A broker that is killed may forget acknowledgements as well, those that
// a classic queue has not written yet. Running it again goes on with what is left. Letters that stay keep their order;
// where it is interrupted, those that were seen in a quorum queue without a limit of returns stand behind the others then.
//
// It never sends more letters than there were at its start. The program holds the letters whose copies are on their way, the
// broker those that stay, until the end: at most 100,000 (10,000 of a quorum queue), and where more than that stand before the rest of the queue, Replay
// ends with a fault that says so.
//
// A queue that takes no message back (its delivery limit is 0) is left alone: it would drop what is held when the link is cut.
//
// It blocks until all was seen or ctx ends; then it takes no more letters, and waits up to two seconds for confirms. Its errors
// are ctx's or *Fault. A letter that cannot be sent is none of these: it stays, and p tells. p may be nil, and is for one call.
func (c *Client) Replay(ctx context.Context, r Replay, p *ReplayProgress) error {
	if err := c.writable("replay dead letters"); err != nil {
		return err
	}
	if err := r.check(); err != nil {
		return err
	}
	if p == nil {
		p = new(ReplayProgress)
	}
	ctx, cancel := during(ctx, c.life)
	defer cancel()
	if r.To != "" {
		if err := c.lookAt(ctx, r.To); err != nil {
			return advised(err, "name a queue that exists, or make this one first")
		}
	}
	if err := c.CheckPublish(ctx); KindOf(err) == NoRight { // a broker that blocks publishers is waited for
		return err
	}
	return c.unlessClosed(c.replayer(r, p).run(ctx))
}

func (r *Replay) check() error {
	err := addressable(r.Queue)
	if err == nil && r.To != "" {
		err = addressable(r.To)
	}
	if err != nil {
		return err
	}
	f := &Fault{Kind: Invalid, What: "cannot replay that"}
	switch {
	case r.To == r.Queue:
		f.Why = "the letters of " + Plain(r.Queue) + " would come back to it"
	case math.IsNaN(r.Rate) || math.IsInf(r.Rate, 0) || r.Rate < 0:
		f.Why = "the rate must be 0 or more letters a second"
	default:
		return nil
	}
	return f
}

// unlessClosed is err, or that the client was closed, which ended the call.
func (c *Client) unlessClosed(err error) error {
	if err != nil && c.life.Err() != nil {
		return errClosed
	}
	return err
}
