package broker

import (
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// outlet is one channel in confirm mode. Its collector resolves the tasks written to it in their order; the outlet ends with
// its channel, and every task that has no outcome by then is Unknown.
type outlet struct {
	s        *session
	ch       *amqp.Channel
	patience time.Duration // with a broker that refuses everything; see doubt

	mu      sync.Mutex
	retired bool
	proved  chan struct{} // closed when the first publish has its confirm
	first   bool          // the first publish has been written
	pending chan *outstanding

	returns  chan amqp.Return
	closes   chan *amqp.Error
	returned map[string][]string // reasons by message id, until the confirm comes; only the collector touches it
	refusing time.Time           // since when the broker has refused every task; zero: it has not; only the collector touches it
}

// refusePatience is how long an outlet may hear nothing but refusals.
const refusePatience = time.Second

// outstanding is a task that was written and has no outcome yet.
type outstanding struct {
	id      string
	at      time.Time
	alone   bool // nothing else was outstanding, so an exception on the channel can only mean this one
	confirm *amqp.DeferredConfirmation
	done    func(Receipt)
}

func newOutlet(s *session, patience time.Duration) (*outlet, error) {
	ch, err := s.channel()
	if err != nil {
		return nil, err
	}
	o := &outlet{s: s, ch: ch, patience: patience, proved: make(chan struct{}), pending: make(chan *outstanding, windowMessages),
		returned: map[string][]string{}}
	// Room for every task of the window: the library's reader never waits for the collector.
	o.returns = ch.NotifyReturn(make(chan amqp.Return, windowMessages))
	o.closes = ch.NotifyClose(make(chan *amqp.Error, 1))
	if err := s.rpc(func() error { return ch.Confirm(false) }); err != nil {
		return nil, err
	}
	return o, nil
}

// writeResult says what write did.
type writeResult uint8

const (
	written  writeResult = iota + 1
	ended                // the outlet had ended; nothing was written
	unproved             // the first task has no outcome yet; nothing was written
)

// write publishes one task. The first task of an outlet goes alone: when the user may not publish here, or the exchange is
// missing, the broker closes the channel, and with a single task outstanding there is no doubt which one it refused.
func (o *outlet) write(queue string, message amqp.Publishing, task *outstanding) writeResult {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.retired || o.ch.IsClosed() {
		return ended
	}
	if o.first {
		select {
		case <-o.proved:
		default:
			return unproved
		}
	}
	task.at = time.Now()
	task.alone = !o.first || len(message.Body) > aloneBytes // the window lets nothing beside a large one
	confirm, err := o.ch.PublishWithDeferredConfirm("", queue, true, false, message)
	if err == amqp.ErrClosed && !o.s.conn.IsClosed() {
		return ended // the channel was closed a moment ago, and nothing was written
	}
	o.first = true
	task.confirm = confirm // nil after an error: it may have got through in part or whole
	o.pending <- task      // never blocks: it has room for the whole window
	if err != nil {
		_ = o.s.socket.Close() // nothing more can be trusted to this connection
		o.finish()
	}
	return written
}

// over reports whether the outlet takes nothing more.
func (o *outlet) over() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.retired || o.ch.IsClosed()
}

// retire ends the outlet: what is outstanding is resolved, nothing more is taken.
func (o *outlet) retire() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.finish()
}

// finish is retire for a caller that holds mu.
func (o *outlet) finish() {
	if !o.retired {
		o.retired = true
		close(o.pending)
	}
}

// collect resolves every task written to the outlet, in order, and returns after retire, with the channel closed.
func (o *outlet) collect() {
	proved := sync.OnceFunc(func() { close(o.proved) })
	defer proved()
	for task := range o.pending {
		r := Receipt{ID: task.id, Outcome: Unknown, Why: "the link was lost before the confirm; the broker may have stored it"}
		if task.confirm != nil {
			o.await(task.confirm)
			o.resolve(task, &r)
		}
		r.Took = time.Since(task.at)
		proved()
		o.doubt(r.Outcome)
		task.done(r)
	}
	if !o.ch.IsClosed() { // its connection goes on
		_ = o.s.rpc(o.ch.Close)
	}
}

// doubt retires an outlet that has heard nothing but refusals for a while, so that the next task gets a new channel. Its queue
// may be full, and then that changes nothing; but a channel that RabbitMQ 3.10 opens while the leader of a quorum queue is down
// refuses that queue's tasks for as long as it is open.
func (o *outlet) doubt(outcome Outcome) {
	switch {
	case outcome != Rejected:
		o.refusing = time.Time{}
	case o.refusing.IsZero():
		o.refusing = time.Now()
	case time.Since(o.refusing) >= o.patience:
		o.retire()
	}
}

// await returns when the confirm is there, or will never come.
func (o *outlet) await(confirm *amqp.DeferredConfirmation) {
	for {
		select {
		case ret, ok := <-o.returns:
			o.keep(ret, ok)
			continue
		case <-confirm.Done():
		}
		break
	}
	// The broker sends a return before its confirm, so by now the library's reader has queued it.
	for {
		select {
		case ret, ok := <-o.returns:
			o.keep(ret, ok)
			continue
		default:
		}
		return
	}
}

func (o *outlet) keep(ret amqp.Return, ok bool) {
	if !ok {
		o.returns = nil // the channel has ended
		return
	}
	o.returned[ret.MessageId] = append(o.returned[ret.MessageId], Plain(ret.ReplyText))
}

// resolve turns what came into an outcome. The library resolves a lost confirm as if it were a nack; the channel, which it
// closes first, tells the two apart.
func (o *outlet) resolve(task *outstanding, r *Receipt) {
	if reasons := o.returned[task.id]; len(reasons) > 0 {
		if o.returned[task.id] = reasons[1:]; len(reasons) == 1 {
			delete(o.returned, task.id)
		}
		r.Outcome, r.Why = Returned, "no queue took it ("+reasons[0]+"); does the queue exist?"
		return
	}
	if task.confirm.Acked() {
		r.Outcome, r.Why = Confirmed, ""
		return
	}
	if !o.ch.IsClosed() {
		r.Outcome, r.Why = Rejected, "the broker refused it: the queue is full, or could not store it"
		return
	}
	if !task.alone {
		return
	}
	select {
	case e := <-o.closes: // nil when we closed it ourselves
		if e != nil && !o.s.conn.IsClosed() {
			r.Outcome, r.Why = Rejected, callFault("publish", e).Error()
		}
	default:
	}
}
