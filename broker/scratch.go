package broker

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Scratch is a few queues for one trial of something, and for nobody else. They are exclusive to a connection that this
// trial alone consumes on, so the broker deletes them with it, however the program ends. A second connection publishes, for
// an alarm to stop nothing else. Neither is made again: a trial whose link is lost has failed.
//
// The methods may be called from any goroutine.
type Scratch struct {
	c       *Client
	queues  []string
	consume *session
	publish *session
	outlet  *outlet
	window  *window

	running sync.WaitGroup
	release func() // of the contexts
	ending  sync.Once

	mu  sync.Mutex
	err error         // why it is of no use any more; guarded by mu
	off chan struct{} // closed when err is set, or when Close begins
}

// Scratch makes n classic queues, at least one, named "carousel.<what>.<random>.<number>"; the connections have what for their
// role. The queues live in the broker's memory, nothing is dead-lettered from them whatever policies the vhost has, and they end
// with Close, which the caller owes, or with ctx. It waits for the link for as long as a connection may take. Its errors are
// *Fault, or ctx's.
func (c *Client) Scratch(ctx context.Context, what string, n int) (*Scratch, error) {
	if err := c.writable("make queues for the " + what); err != nil {
		return nil, err
	}
	e, err := c.reached(ctx)
	if err != nil {
		return nil, err
	}
	s := &Scratch{c: c, window: newWindow(windowMessages, windowBytes), off: make(chan struct{})}
	live, release := during(ctx, c.life)
	s.release = release
	for _, to := range []**session{&s.consume, &s.publish} {
		if *to, err = dial(live, e, &c.cfg, &c.monitor.ends, Role(what), 0); err != nil {
			s.Close()
			return nil, cause(ctx, err)
		}
		s.running.Go(s.watch(*to))
	}
	unwatched := context.AfterFunc(live, s.end)
	s.release = func() {
		unwatched()
		release()
	}
	if err := s.open("carousel."+what+"."+strings.ToLower(rand.Text()[:10]), n); err != nil {
		s.Close()
		return nil, cause(ctx, err)
	}
	return s, nil
}

// reached is the address that the client's link has reached, or will within a connection's time.
func (c *Client) reached(ctx context.Context) (Endpoint, error) {
	limited, cancel := context.WithTimeout(ctx, c.cfg.ConnectTimeout.D())
	defer cancel()
	s, err := c.watch.session(limited)
	switch state, _, _ := c.watch.snapshot(); {
	case err == nil:
		return s.endpoint, nil
	case ctx.Err() != nil || limited.Err() == nil:
		return Endpoint{}, err
	case state.Err != nil:
		return Endpoint{}, state.Err
	default:
		return Endpoint{}, &Fault{Kind: Unreachable, What: "cannot reach " + state.Address, Why: noAnswer, Do: noAnswerDo}
	}
}

// cause is ctx's error where that came first: it cut the connection under the call.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// open makes the queues, and the channel that publishes to them.
func (s *Scratch) open(prefix string, n int) error {
	ch, err := s.consume.channel()
	if err != nil {
		return s.fault(s.consume.fault("open a channel", err))
	}
	// A dead-letter exchange in the arguments goes before one of a policy: where messages expire or a queue is limited, what is
	// nobody's would come to a queue of somebody's.
	arguments := amqp.Table{"x-queue-type": "classic", "x-dead-letter-exchange": "", "x-dead-letter-routing-key": prefix + ".nowhere"}
	for i := range n {
		name := fmt.Sprintf("%s.%d", prefix, i+1)
		err := s.consume.rpc(func() error {
			_, err := ch.QueueDeclare(name, false, false, true, false, arguments)
			return err
		})
		if err != nil {
			err = s.consume.fault("make queue "+name, err)
			if KindOf(err) == NoRight {
				err = advised(err, "the user needs the rights to configure and read names that begin with carousel., and to write to the default exchange")
			}
			return s.fault(err)
		}
		s.queues = append(s.queues, name)
	}
	s.c.log.Info("queues made for a trial", "first", s.queues[0], "queues", n)
	if s.outlet, err = newOutlet(s.publish, refusePatience); err != nil {
		return s.fault(s.publish.fault("open a channel to publish on", err))
	}
	s.running.Go(s.outlet.collect)
	return nil
}

// watch returns what follows a connection to its end.
func (s *Scratch) watch(on *session) func() {
	closes := on.conn.NotifyClose(make(chan *amqp.Error, 1))
	blocks := on.conn.NotifyBlocked(make(chan amqp.Blocking, 16))
	return func() {
		for {
			select {
			case b, ok := <-blocks:
				if !ok {
					blocks = nil
				} else if b.Active {
					s.fail(&Fault{Kind: Failed, What: "the broker blocks publishers", Why: Plain(b.Reason), Do: "try again when its alarm has ended"})
				}
			case e := <-closes:
				on.err = closeFault(on.endpoint, e)
				close(on.done)
				_ = on.socket.Close()
				s.fail(on.err)
				return
			}
		}
	}
}

// fail notes the first trouble.
func (s *Scratch) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.off:
	default:
		s.err = err
		close(s.off)
	}
}

// fault prefers what has ended the whole to what a call was told because of it.
func (s *Scratch) fault(err error) error {
	if why := s.Err(); why != nil {
		return why
	}
	return err
}

// Queues are the names of the queues.
func (s *Scratch) Queues() []string { return s.queues }

// Off is closed when the queues are of no use any more: the link was lost, or the broker takes no publishes. Err says why.
func (s *Scratch) Off() <-chan struct{} { return s.off }

// Err is why Off is closed: a *Fault, nil after Close.
func (s *Scratch) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Send publishes a task to the queue of that number, from 0, persistent, mandatory and confirmed, and returns when it is
// written; done is called exactly once with the outcome, from another goroutine, and must not block. It blocks while too many
// outcomes are outstanding. An error, a *Fault or ctx's, means that nothing was written, and done is not called.
func (s *Scratch) Send(ctx context.Context, queue int, t Task, done func(Receipt)) error {
	message, err := publishing(t)
	if err != nil {
		return &Fault{Kind: Invalid, What: "the task cannot be sent", Why: err.Error(), Err: err}
	}
	select {
	case <-s.off: // though the connection that publishes may not have heard yet
		return s.gone()
	default:
	}
	size := int64(len(message.Body))
	switch got, err := s.window.acquire(ctx, size, s.off); {
	case err != nil:
		return err
	case !got:
		return s.gone()
	}
	err = s.write(ctx, s.queues[queue], message, &outstanding{id: message.MessageId, done: func(r Receipt) {
		s.window.release(size)
		done(r)
	}})
	if err != nil {
		s.window.release(size)
	}
	return err
}

func (s *Scratch) write(ctx context.Context, queue string, message amqp.Publishing, task *outstanding) error {
	for {
		switch s.outlet.write(queue, message, task) {
		case written:
			return nil
		case ended:
			return s.gone()
		}
		select { // the first task goes alone
		case <-s.outlet.proved:
		case <-s.off:
			return s.gone()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// gone is why nothing can be sent any more.
func (s *Scratch) gone() error {
	return s.fault(&Fault{Kind: LinkLost, What: "there is no channel to publish on", Why: "it was closed"})
}

// Consume starts a consumer with manual acknowledgement on the queue of that number, from 0, on a channel of its own. Unlike
// Client.Consume it takes a prefetch of 0: any number. It blocks for three exchanges. Its errors are *Fault.
func (s *Scratch) Consume(queue int, o ConsumeOptions) (*Consumer, error) {
	if o.Prefetch < 0 || o.Prefetch > 65535 {
		return nil, &Fault{Kind: Invalid, What: fmt.Sprintf("prefetch %d is out of range", o.Prefetch), Why: "AMQP allows 0 to 65535 here"}
	}
	name := s.queues[queue]
	k := &Consumer{s: s.consume, queue: name, name: o.Name, priority: o.Priority, limit: func() int64 { return 0 }, sides: newSides(name, nil)}
	watch, err := k.open(o.Prefetch)
	if err != nil {
		return nil, s.fault(err)
	}
	s.running.Go(watch)
	return k, nil
}

// Close ends both connections, and with them the queues and their consumers, and waits for every goroutine; about a second
// when the broker does not answer. It may be called again.
func (s *Scratch) Close() {
	s.end()
	if s.outlet != nil {
		s.outlet.retire()
	}
	s.release()
	s.running.Wait()
}

// end closes the connections; a call that waits on one fails then.
func (s *Scratch) end() {
	s.ending.Do(func() {
		s.fail(nil)
		var closing sync.WaitGroup
		for _, on := range []*session{s.consume, s.publish} {
			if on != nil {
				closing.Go(on.close)
			}
		}
		closing.Wait()
	})
}
