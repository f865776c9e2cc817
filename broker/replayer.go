package broker

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	amqp "github.com/rabbitmq/amqp091-go"
)

// replayer is one run of Replay. Its sweep takes the letters and writes their copies; a second goroutine acknowledges those
// whose copy is confirmed, also while the first one waits for the broker to take more.
type replayer struct {
	c    *Client
	r    Replay
	p    *ReplayProgress
	mark string        // HeaderReplay of its copies
	turn time.Duration // sweepFor
	most int           // sweepHeld

	targets map[string]bool // that have a sender of their own
	slots   chan struct{}   // holds a value for each copy that is not settled
	settled chan replayed   // has room for each of these

	settling sync.Mutex // held while a letter is settled; guards what follows
	present  *round     // whose letters are; those of an earlier one are counted, and went back with it
	open     int        // copies of its letters that have no outcome yet
}

// replayed is a letter whose copy has its outcome.
type replayed struct {
	round   *round
	letter  amqp.Delivery
	receipt Receipt
}

func (c *Client) replayer(r Replay, p *ReplayProgress) *replayer {
	return &replayer{c: c, r: r, p: p, mark: uuid.Must(uuid.NewV7()).String(), turn: sweepFor, most: sweepHeld, // fails only when the random source does
		targets: map[string]bool{}, slots: make(chan struct{}, replayWindow), settled: make(chan replayed, replayWindow)}
}

func (x *replayer) run(ctx context.Context) error {
	w := &sweep{c: x.c, queue: x.r.Queue, pick: x.r.Pick, own: x.mark, p: x.p, pace: newPace(x.r.Rate, time.Now()),
		act: x.send, closed: x.closed, most: x.most, turn: x.turn}
	w.settle = func(ctx context.Context) { x.wait(ctx, w.round) }
	quit := make(chan struct{})
	var acking sync.WaitGroup
	acking.Go(func() {
		for {
			select {
			case done := <-x.settled:
				x.conclude(&done)
			case <-quit:
				return
			}
		}
	})
	err := w.run(ctx)
	close(quit)
	acking.Wait()
	x.p.waiting("")
	return err
}

// send writes the copy of one letter, and returns without its outcome. A letter that cannot be sent stays.
func (x *replayer) send(ctx context.Context, r *round, d *amqp.Delivery, l *Letter) error {
	target, m, err := x.copyOf(l)
	if err != nil {
		x.p.failed("letter " + Plain(cmp.Or(l.Task.ID, l.Key)) + " stays: " + err.Error())
		_, err = r.keep(ctx, d)
		return err
	}
	// Until the round ends only: what the broker has taken back meanwhile would be there twice.
	if err := x.acquire(r.live); err != nil {
		return x.unsent(ctx, r)
	}
	x.opened(r, 1)
	done := func(receipt Receipt) { x.settled <- replayed{r, *d, receipt} }
	if err := x.c.sides.sender(x.c, x.senderOf(target)).send(r.live, target, m, x.p.waiting, done); err != nil {
		x.opened(r, -1)
		<-x.slots
		if r.live.Err() == nil {
			return err
		}
		return x.unsent(ctx, r)
	}
	return nil
}

// unsent says why the round ended before a copy was written.
func (x *replayer) unsent(ctx context.Context, r *round) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return advised(r.loss(), goOn)
}

// senderOf names the publisher for a target: each has its own, so that one that confirms nothing does not hold up the others.
func (x *replayer) senderOf(target string) string {
	if !x.targets[target] && len(x.targets) == replaySenders {
		return ""
	}
	x.targets[target] = true
	return target
}

// acquire takes a slot, saying why it has to wait.
func (x *replayer) acquire(ctx context.Context) error {
	for waited := false; ; waited = true {
		state, _, changed := x.c.publish.snapshot()
		if waited {
			x.p.waiting(cmp.Or(blockReason(state), waitReason(state)))
		}
		select {
		case x.slots <- struct{}{}:
			if waited {
				x.p.waiting("")
			}
			return nil
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// opened notes that so many more copies of a round's letters are on their way.
func (x *replayer) opened(r *round, n int) {
	x.settling.Lock()
	defer x.settling.Unlock()
	if x.present != r {
		x.present, x.open = r, 0
	}
	x.open += n
}

// conclude settles a letter whose copy has its outcome, unless the wait for that was given up.
func (x *replayer) conclude(done *replayed) {
	x.settling.Lock()
	defer x.settling.Unlock()
	defer func() { <-x.slots }()
	if done.round != x.present {
		return
	}
	x.open--
	switch rc, live := &done.receipt, done.round.live; {
	case rc.Outcome != Confirmed:
		why := "letter " + Plain(rc.ID) + " stays: " + rc.Why
		if _, err := done.round.keep(live, &done.letter); err != nil && live.Err() == nil {
			why += "; " + err.Error()
		}
		x.p.failed(why)
	case done.round.ack(done.letter.DeliveryTag) != nil:
		x.p.count(func(t *ReplayTally) { t.Doubled++ })
	default:
		x.p.count(func(t *ReplayTally) { t.Done++ })
	}
}

// waitTold is how long confirms may take without a word.
const waitTold = 500 * time.Millisecond

// wait returns when every copy is settled; after the end of ctx or of the round it waits for a moment only.
func (x *replayer) wait(ctx context.Context, r *round) {
	var (
		grace <-chan time.Time
		gone  <-chan struct{}
		mine  int
	)
	if r != nil {
		gone = r.gone
	}
	defer func() {
		for range mine {
			<-x.slots
		}
		x.p.waiting("")
	}()
	ended, told := ctx.Done(), time.After(waitTold)
	for mine < replayWindow {
		state, _, changed := x.c.publish.snapshot()
		if told == nil {
			x.p.waiting(cmp.Or(blockReason(state), waitReason(state), "the broker's confirms"))
		}
		select {
		case x.slots <- struct{}{}:
			mine++
		case <-told:
			told = nil
		case <-changed:
		case <-ended:
			ended, grace = nil, time.After(sweepGrace)
		case <-gone:
			gone, grace = nil, time.After(sweepGrace)
		case <-grace:
			x.giveUp()
			return
		}
	}
}

// giveUp counts the letters whose copies have no outcome yet. One that comes later changes nothing.
func (x *replayer) giveUp() {
	x.settling.Lock()
	defer x.settling.Unlock()
	for range x.open {
		x.p.failed("the wait for the confirm was given up: the letter stays, and its copy may be stored")
	}
	x.present, x.open = nil, 0
}

// closed takes back what was counted as done without a sign that it is.
func (x *replayer) closed(unproved uint64) {
	x.p.count(func(t *ReplayTally) { t.Done, t.Doubled = t.Done-unproved, t.Doubled+unproved })
}
