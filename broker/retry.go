package broker

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// A failed task waits for its next try in a retry queue: one for each length of wait, named after the work queue, whose
// messages expire after that time and are dead-lettered back to the work queue. Tasks of one queue wait equally long, so none
// waits behind one with a longer wait than its own.
//
// Retry queues are quorum queues whatever the work queue is: only these dead-letter at least once, which keeps a task in the
// retry queue until the work queue has confirmed it (https://www.rabbitmq.com/docs/quorum-queues#dead-lettering). A classic
// queue would let it go before, and a task would be lost with a broker killed at that moment, or a work queue deleted.
const retryInfix = ".retry."

// RetryQueue is the name of the retry queue of a work queue for one length of wait: "task_queue.retry.4000".
func RetryQueue(queue string, wait time.Duration) string {
	return queue + retryInfix + strconv.FormatInt(wait.Milliseconds(), 10)
}

// retryWait reads the wait back from the name of a retry queue of the work queue.
func retryWait(queue, name string) (time.Duration, bool) {
	digits, ours := strings.CutPrefix(name, queue+retryInfix)
	ms, err := strconv.ParseUint(digits, 10, 32)
	return time.Duration(ms) * time.Millisecond, ours && err == nil && digits == strconv.FormatUint(ms, 10)
}

// Retry stores a copy of a failed task, its Attempt raised by one, in the retry queue for wait, and returns when the broker
// has confirmed it: only then may the delivery be acknowledged. The copy comes back to the work queue after wait at the
// latest, and after soonest at the earliest; both are rounded up to milliseconds. why is the failure, one line.
//
// It blocks while the link is down or the broker blocks publishers, until ctx ends. Its errors are ErrStale, when the delivery
// became stale before its copy was written; ctx's; or *Fault: with Kind LinkLost or TimedOut the copy may be stored, with any
// other it is not, and trying again would not mend it.
func (c *Client) Retry(ctx context.Context, d *Delivery, why string, soonest, wait time.Duration) error {
	t := d.Task
	t.Attempt = max(t.Attempt, 1) + 1
	t.failed(why, c.cfg.Queue.Name)
	m, err := copyOf(t)
	if err != nil {
		return &Fault{Kind: Invalid, What: "cannot keep task " + Plain(t.ID) + " for its retry", Why: err.Error(), Err: err}
	}
	wait = ceilMilliseconds(wait)
	m.Expiration = milliseconds(min(ceilMilliseconds(soonest), wait))
	name := RetryQueue(c.cfg.Queue.Name, wait)
	if err := c.keep(ctx, d, name, m); err != nil {
		return err
	}
	c.sides.scheduled(m.MessageId, time.Now(), wait)
	return c.sides.settle(ctx)
}

func ceilMilliseconds(d time.Duration) time.Duration {
	return max(time.Millisecond, (d + time.Millisecond - 1).Truncate(time.Millisecond))
}

func declareRetry(ch *amqp.Channel, name, queue string, wait time.Duration) error {
	_, err := ch.QueueDeclare(name, true, false, false, false, amqp.Table{
		"x-queue-type":              "quorum",
		"x-message-ttl":             wait.Milliseconds(),
		"x-dead-letter-exchange":    "",
		"x-dead-letter-routing-key": queue,
		"x-dead-letter-strategy":    "at-least-once",
		"x-overflow":                "reject-publish", // without it the broker takes the strategy for at-most-once
	})
	return err
}

const (
	// keepPatience is how long a copy may be refused, or go without an outcome once it was written. A quorum queue that has
	// lost its majority confirms nothing, and the original would be held until the broker takes it back.
	keepPatience = 30 * time.Second
	// keepEvery bounds the wait before a refused copy is sent again.
	keepEvery = 2 * time.Second
)

// keep publishes a copy to a queue beside the work queue, which it makes where it is missing, and waits for the confirm.
func (c *Client) keep(ctx context.Context, d *Delivery, queue string, m amqp.Publishing) error {
	what := "cannot keep task " + Plain(m.MessageId) + " in " + Plain(queue)
	if err := c.writable("keep a failed task"); err != nil {
		return err
	}
	if len(queue) > maxShortString {
		return &Fault{Kind: Invalid, What: what, Why: fmt.Sprintf("that name has %d bytes, and AMQP allows %d", len(queue), maxShortString),
			Do: "give the work queue a shorter name"}
	}
	began := time.Now()
	for try := 1; ; try++ {
		if d.Stale() {
			return ErrStale
		}
		if err := c.sides.ensure(ctx, c, queue); err != nil {
			return err
		}
		r, err := c.publishTo(ctx, d, queue, m)
		switch {
		case err != nil:
			return err
		case r.Outcome == Confirmed:
			return nil
		case r.Outcome == Unknown:
			return &Fault{Kind: LinkLost, What: what, Why: r.Why}
		case time.Since(began) > c.sides.patience:
			f := &Fault{Kind: Failed, What: what, Why: r.Why}
			if r.Outcome == Rejected {
				f.Do = "make room in that queue, or raise its limit"
			}
			return f
		case r.Outcome == Returned:
			c.sides.forget(queue) // it was there, and somebody has deleted it
		}
		// It is surely not stored, so it may be sent again: a queue is also "full" while the node that leads it is away.
		if err := sleep(ctx, min(backoff(try, rand.Float64), keepEvery)); err != nil {
			return err
		}
	}
}

// sleep waits, less when ctx ends, whose error it returns.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// publishTo sends the copy of a delivery to a queue by its name and waits for the outcome. A copy that had to wait, for the
// link or an alarm, is not written when the delivery is stale by then: the task would be there twice.
func (c *Client) publishTo(ctx context.Context, d *Delivery, queue string, m amqp.Publishing) (Receipt, error) {
	writing, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	unlessStale := func(why string) {
		if why == "" && d.Stale() {
			cancel(ErrStale)
		}
	}
	unlessStale("")
	done := make(chan Receipt, 1)
	if err := c.sides.sender(c, queue).send(writing, queue, m, unlessStale, func(r Receipt) { done <- r }); err != nil {
		if context.Cause(writing) == ErrStale {
			err = ErrStale
		}
		return Receipt{}, err
	}
	patience := time.NewTimer(keepPatience)
	defer patience.Stop()
	select {
	case r := <-done:
		return r, nil
	case <-patience.C:
		return Receipt{ID: m.MessageId, Outcome: Unknown, Why: "the broker did not confirm it within " + keepPatience.String()}, nil
	case <-ctx.Done():
		return Receipt{}, ctx.Err()
	}
}

// Waiting is what the retry queues hold, and what is on its way from there.
type Waiting struct {
	Tasks int           // as the broker counts them
	Until time.Time     // when the last of the tasks that this client sent there is surely back; zero: each came to this client
	Next  time.Time     // when the first of these is back at the latest; zero: not known
	Bound time.Duration // no task of the shortest queue that holds one waits longer than this; 0: none waits
}

// Waiting asks the broker how many tasks wait for their retry, in the retry queues for the waits that the config names and in
// those the client has met. It waits for the link, and where it finds nothing, up to ten seconds for the management API to
// confirm that, unless that has counted a moment ago. Its errors are *Fault.
func (c *Client) Waiting(ctx context.Context) (Waiting, error) {
	w := c.sides.schedule(time.Now())
	for _, name := range c.sides.names() {
		if _, ok := retryWait(c.cfg.Queue.Name, name); !ok {
			continue
		}
		var q amqp.Queue
		err := c.onWatch(ctx, "look at queue "+Plain(name), func(ch *amqp.Channel) (err error) {
			q, err = ch.QueueDeclarePassive(name, true, false, false, false, nil)
			return err
		})
		if err != nil && KindOf(err) != QueueMissing {
			return w, err
		}
		w.add(c.cfg.Queue.Name, name, q.Messages)
	}
	if w.Tasks == 0 && w.Until.IsZero() { // which may be the end of somebody's work
		c.recount(ctx)
		w.Tasks = c.sides.schedule(time.Now()).Tasks
	}
	return w, nil
}

// add counts the tasks of one retry queue.
func (w *Waiting) add(queue, name string, tasks int) {
	if wait, ok := retryWait(queue, name); ok && tasks > 0 {
		w.Tasks += tasks
		w.Bound = min(cmp.Or(w.Bound, wait), wait)
	}
}
