package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// How soon a lost listener is replaced, at first and at most.
const (
	listenAgain = time.Second
	listenMost  = 30 * time.Second
)

// listening keeps a listener until ctx ends and hands on what it hears. state is told why there is none, "" when there is one.
func listening(ctx context.Context, open func() (Ear, error), state func(err error), hear func(broker.Notice)) {
	for wait := listenAgain; ; wait = min(2*wait, listenMost) {
		began := time.Now()
		ear, err := open()
		if err == nil {
			state(nil)
			err = hearOut(ctx, ear, hear)
		}
		if ctx.Err() != nil {
			return
		}
		state(err)
		if time.Since(began) > listenMost || broker.KindOf(err) == broker.LinkLost { // the link itself waits between its tries
			wait = listenAgain
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// hearOut hands notices on until the listener ends, and returns why.
func hearOut(ctx context.Context, ear Ear, hear func(broker.Notice)) error {
	defer ear.Close()
	for {
		select {
		case n, ok := <-ear.Notices():
			if !ok {
				return ear.Err()
			}
			hear(n)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// obey follows the orders of consoles until ctx ends.
func (r *Reporter) obey(ctx context.Context) {
	open := func() (Ear, error) { return r.o.Listen(orderKey(r.o.Queue, r.id)) }
	failed := ""
	state := func(err error) {
		if err == nil {
			failed = ""
		} else if why := err.Error(); why != failed {
			failed = why
			r.log.Warn("orders of consoles do not come through", "error", err)
		}
	}
	listening(ctx, open, state, func(n broker.Notice) {
		var o Order
		if err := decode(n.Body, &o); err != nil {
			r.log.Warn("an order cannot be read", "error", err)
			return
		}
		a := Answer{ID: clip(o.ID)}
		if err := r.follow(o); err != nil {
			a.Err = clip(err.Error())
		} else {
			r.pool.Journal().Record(&worker.Event{At: time.Now(), Kind: worker.PoolChanged, Wait: -1, Err: o.String()})
		}
		r.log.Info("order of a console", "do", clean(string(o.Do)), "n", o.N, "by", clean(o.By), "refused", a.Err)
		select {
		case r.answer <- a:
		default: // nobody reads so many
		}
	})
}

// String says what was asked for and by whom, as the journal keeps it.
func (o Order) String() string {
	what := map[Act]string{
		Pause: "paused", Resume: "resumed", Scale: fmt.Sprintf("scaled to %d workers", o.N), Prefetch: fmt.Sprintf("prefetch set to %d", o.N), Drain: "drained",
	}[o.Do]
	return what + " from another console, by " + cmp.Or(clean(o.By), "somebody")
}

func (r *Reporter) follow(o Order) error {
	switch o.Do {
	case Pause:
		r.pool.Pause()
	case Resume:
		r.pool.Resume()
	case Scale:
		return r.pool.Resize(o.N)
	case Prefetch:
		return r.pool.SetPrefetch(o.N)
	case Drain:
		if r.o.Drain == nil {
			return errors.New("this process does not end by an order")
		}
		r.o.Drain()
	default:
		return fmt.Errorf("this version of carousel does not know the order %q", clean(string(o.Do)))
	}
	return nil
}
