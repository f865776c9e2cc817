package broker

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The window of publishes whose confirm is outstanding. A thousand gives eleven times the throughput of one at a time, and more
// gives none. So do the bytes for large tasks: on a classic queue those of 1 MB reach two thirds of it with 2 MiB and nine tenths
// with 8 MiB; on a quorum queue, which syncs what it writes before it confirms, all of it with 128 MiB. A broker that blocks us in
// the midst of a window has not read all of it; the wire keeps the rest.
const (
	windowMessages = 1000
	windowBytes    = 128 << 20
	copyBytes      = windowBytes / 32 // of copies for one queue beside the work queue, of which there are a few
)

// publisher sends tasks to the work queue, each mandatory and confirmed, many outstanding at a time.
type publisher struct {
	c        *Client
	window   *window
	patience time.Duration // refusePatience, for tests to shorten

	mu      sync.Mutex // orders publishes, so that the outlets' tasks stand in the order of their delivery tags
	outlet  *outlet    // the channel of the moment; nil before the first
	outlets sync.WaitGroup
}

func newPublisher(c *Client, bytes int64) *publisher {
	return &publisher{c: c, window: newWindow(windowMessages, bytes), patience: refusePatience}
}

// wait blocks until every outlet has resolved its last task; the links are closed by then.
func (p *publisher) wait() {
	p.mu.Lock()
	if p.outlet != nil {
		p.outlet.retire()
	}
	p.mu.Unlock()
	p.outlets.Wait()
}

// Publish sends one task to the work queue and waits for its outcome. When ctx ends first the outcome is Unknown. An error
// means that nothing was sent: the task is invalid, the client read-only, the broker refuses the login.
func (c *Client) Publish(ctx context.Context, t Task) (Receipt, error) {
	done := make(chan Receipt, 1)
	if err := c.send(ctx, t, nil, func(r Receipt) { done <- r }); err != nil {
		return Receipt{}, err
	}
	select {
	case r := <-done:
		return r, nil
	case <-ctx.Done():
		return Receipt{ID: t.ID, Outcome: Unknown, Why: "the wait for the confirm was given up"}, nil
	}
}

// send writes one task and returns; done is called exactly once with its outcome, from another goroutine, and must not
// block. It waits while the window is full, the link is down or the broker blocks publishers, telling waiting why (nil:
// nobody asks). An error means that nothing was written, and done is not called.
func (c *Client) send(ctx context.Context, t Task, waiting func(why string), done func(Receipt)) error {
	if err := c.writable("publish"); err != nil {
		return err
	}
	message, err := publishing(t)
	if err == nil && t.ID == "" {
		err = errors.New("it has no id, by which a return is told apart from other tasks'")
	}
	if err != nil {
		return &Fault{Kind: Invalid, What: "the task cannot be sent", Why: err.Error(), Err: err}
	}
	if waiting == nil {
		waiting = func(string) {}
	}
	if err := c.prepareQueue(ctx, waiting); err != nil {
		return err
	}
	return c.sender.send(ctx, c.cfg.Queue.Name, message, waiting, done)
}

func (p *publisher) send(
	ctx context.Context, queue string, message amqp.Publishing, waiting func(string), done func(Receipt),
) error {
	size := int64(len(message.Body))
	if err := p.acquire(ctx, size, waiting); err != nil {
		return err
	}
	task := &outstanding{id: message.MessageId, done: func(r Receipt) {
		p.c.outcomes.count(r)
		p.window.release(size)
		done(r)
	}}
	for {
		out, changed, err := p.open(ctx, waiting)
		if err == nil {
			err = ctx.Err() // waiting may have ended it
		}
		if err == nil {
			switch out.write(queue, message, task) {
			case written:
				return nil
			case ended: // before anything was written: take the next outlet
				continue
			case unproved:
				select {
				case <-out.proved:
				case <-changed:
				case <-ctx.Done():
					err = ctx.Err()
				}
			}
		}
		if err != nil {
			p.window.release(size)
			return err
		}
	}
}

// acquire takes a place in the window, saying why it has to wait.
func (p *publisher) acquire(ctx context.Context, size int64, waiting func(string)) error {
	if p.window.tryAcquire(size) {
		return nil
	}
	for {
		state, _, changed := p.c.publish.snapshot()
		waiting(cmp.Or(blockReason(state), waitReason(state)))
		got, err := p.window.acquire(ctx, size, changed)
		if got || err != nil {
			waiting("")
			return err
		}
	}
}

// open returns the outlet of the live connection, made when needed, once the broker takes publishes, and a channel that the
// next change of the link closes.
func (p *publisher) open(ctx context.Context, waiting func(string)) (*outlet, <-chan struct{}, error) {
	for {
		s, changed, err := p.c.publish.await(ctx, blockReason, waiting)
		if err != nil {
			return nil, nil, err
		}
		out, err := p.outletOn(s)
		if kind := KindOf(err); kind != LinkLost && kind != TimedOut {
			return out, changed, err
		}
		select {
		case <-s.done: // it is going; the link makes the next one
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

func (p *publisher) outletOn(s *session) (*outlet, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.outlet != nil && p.outlet.s == s && !p.outlet.over() {
		return p.outlet, nil
	}
	if p.outlet != nil {
		p.outlet.retire()
	}
	o, err := newOutlet(s, p.patience)
	if err != nil {
		return nil, s.fault("open a channel to publish on", err)
	}
	p.outlet = o
	p.outlets.Go(o.collect)
	return o, nil
}

// blockReason says why the broker takes no publishes on a link; "" when it does.
func blockReason(state LinkState) string {
	if state.Blocked == "" {
		return ""
	}
	return "the broker blocks publishers: " + state.Blocked
}

// Enqueue publishes a batch and returns when every outcome is known. When ctx ends it takes no more tasks from the batch,
// waits up to two seconds for outstanding confirms, half a second while publishers are blocked, and counts the rest as
// Unknown; it then returns ctx's error. Another error means that the batch could not go on: the login was refused, a task is
// invalid, the client read-only. Progress may be read meanwhile; p must not be used for two batches.
func (c *Client) Enqueue(ctx context.Context, b Batch, p *Progress) error {
	var outstanding sync.WaitGroup
	err := c.sendAll(ctx, b, p, &outstanding)
	settled := make(chan struct{})
	go func() { // ends with the last outcome, which Close brings about at the latest
		outstanding.Wait()
		close(settled)
	}()
	for ctx.Err() == nil {
		state, _, changed := c.publish.snapshot()
		p.waiting(cmp.Or(blockReason(state), waitReason(state)))
		select {
		case <-settled:
			p.waiting("")
			return err
		case <-changed:
		case <-ctx.Done():
		}
	}
	patience := 2 * time.Second
	if state, _, _ := c.publish.snapshot(); state.Blocked != "" {
		patience /= 4 // it reads nothing; only what it had read before can still be confirmed
	}
	grace := time.NewTimer(patience)
	defer grace.Stop()
	select {
	case <-settled:
	case <-grace.C:
		p.giveUp("the wait for the confirm was given up; the broker may have stored it")
	}
	if err == nil {
		err = ctx.Err()
	}
	return err
}

func (c *Client) sendAll(ctx context.Context, b Batch, p *Progress, outstanding *sync.WaitGroup) error {
	pace := newPace(b.Rate, time.Now())
	for ctx.Err() == nil {
		if err := pace.wait(ctx); err != nil {
			return err
		}
		t, ok := b.Next()
		if !ok {
			return nil
		}
		outstanding.Add(1)
		p.sent()
		err := c.send(ctx, t, p.waiting, func(r Receipt) {
			p.settled(r)
			outstanding.Done()
		})
		if err != nil {
			p.unsent()
			outstanding.Done()
			return err
		}
	}
	return ctx.Err()
}
