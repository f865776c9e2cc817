package worker

import (
	"context"
	"errors"
	"time"

	"carousel/broker"
)

// stint is the time a worker spends on one channel. Deliveries are settled within the stint that received them, or
// never: afterwards the broker has taken them back. Only the worker's goroutine touches it; while a handler works there, only the
// goroutine that follows orders for it.
//
// Calls to the consumer carry no deadline of their own: the broker client bounds each by its rpc_timeout, and a context
// that ended earlier would cut the connection that other workers share.
type stint struct {
	*worker
	consumer Consumer
	prefetch int
	manner   *manner // of the task in hand
	taking   bool    // false once the consumer is cancelled
	crashed  bool
	tried    int          // tasks that a handler had
	next     *taskContext // of the next task, made while there is none
	own      *taskContext // of the handler that works; written under mu
	said     Output       // of the task in hand; the handler writes it, and nobody reads it before the handler has returned
}

var errChannelEnded = errors.New("the channel ended without a reason")

// serve works until the orders say to take no more, or the channel ends or fails by itself: then it returns why.
func (s *stint) serve() error {
	defer s.close()
	ctx, end := context.WithCancel(s.pool.work) // the parent of each task's own: one lock for those of all workers would be slow
	defer end()
	for {
		o, crash := s.read()
		switch {
		case crash:
			s.crashNow()
			return nil
		case !o.take || !s.taking: // not taking any more, yet told to take: that needs a new channel
			s.stopTaking()
			return nil
		}
		if err := s.setPrefetch(o.prefetch); err != nil {
			s.stopTaking()
			return err
		}
		if s.next == nil {
			s.next = &taskContext{parent: ctx}
		}
		d, open := s.consumer.Next(s.wake)
		switch {
		case !open:
			return s.whyEnded()
		case d != nil:
			s.work(d)
			if s.crashed {
				return nil
			}
		}
	}
}

func (s *stint) whyEnded() error {
	if err := s.consumer.Err(); err != nil {
		return err
	}
	return errChannelEnded
}

// work sees one delivery through to its end.
func (s *stint) work(d *broker.Delivery) {
	switch s.claim(d.Task.Made) {
	case leave:
		return
	case refuse:
		s.giveBack(d)
		return
	case foreign:
		s.pool.holdForeign()
		s.stopTaking() // first, or the broker would hand us the same task again
		s.giveBack(d)
		return
	case spent:
		s.pool.stopWhenSpent()
		s.stopTaking()
		s.giveBack(d)
		return
	}
	s.tried++
	s.pool.stopWhenSpent()
	s.manner = s.pool.manner.Load()
	s.use(s.manner)
	own := s.next
	s.next = nil
	defer own.end()
	var e Event
	s.begin(d, &e)
	err := errExhausted
	if !d.Last {
		err = s.handle(own, d, func() {
			s.finish(own, d, &e, errNoReturn)
			s.stopTaking() // before the channel is closed, which the end of the goroutine brings about
		})
	}
	s.finish(own, d, &e, err)
}

// tryOf is what the handler gets of a delivery.
func (s *stint) tryOf(d *broker.Delivery) Try {
	s.said = Output{}
	return Try{d.Task, d.Redelivered, s.pool.opt.Queue, s.id, s.manner.failure.Attempts, &s.said}
}

// await waits for the copy of a failed task, and follows new orders meanwhile.
func (s *stint) await(ended <-chan error, own *taskContext) error {
	for {
		select {
		case err := <-ended:
			return err
		case <-s.wake:
			s.heed(own)
		}
	}
}

// heed follows new orders while a task is in hand.
func (s *stint) heed(own *taskContext) {
	o, crash := s.read()
	if o.end {
		s.row.enter(StateStopping, time.Now(), "")
	}
	switch {
	case s.crashed:
	case crash:
		s.crashNow()
		own.end()
	case !o.take:
		s.stopTaking()
	case s.taking:
		if err := s.setPrefetch(o.prefetch); err != nil {
			s.pool.log.Warn("prefetch not changed", "worker", s.name, "error", err) // serve tries once more
		}
	}
}

// begin notes the start of a task in an event, for its end to take up.
func (s *stint) begin(d *broker.Delivery, e *Event) {
	*e = Event{At: time.Now(), Kind: TaskStarted, Worker: s.id, Task: refOf(d)}
	e.Wait = s.row.begin(e.Task, e.At)
	s.pool.kept.add(&d.Task) // before the event: whoever reads it may look for the task
	s.pool.journal.Record(e)
}

// finish settles the task and notes how it ended.
func (s *stint) finish(own *taskContext, d *broker.Delivery, e *Event, err error) {
	ran := time.Now() // a failed task may wait long for the confirm of its copy, which is no work
	if err != nil && (s.crashed || s.pool.work.Err() != nil) {
		err = errCut
	}
	s.tell(e, err != nil)
	s.settle(own, d, e, err)
	e.Run = s.row.end(e.Kind, err != nil && !errors.Is(err, errCut) && !isHold(err), ran)
	e.At = ran
	if err != nil {
		e.At = time.Now()
	}
	s.pool.journal.Record(e)
	s.pool.taskEnded()
	if o, _ := s.read(); o.trial && !errors.Is(err, errCut) && !errors.Is(err, errExhausted) {
		s.pool.goOn(s.worker)
	}
}

// settle tells the broker how the try ended, and writes into the event what the journal says of it. After a crash it tells
// nothing.
func (s *stint) settle(own *taskContext, d *broker.Delivery, e *Event, err error) {
	settlement := s.manner.failure.settlement(err, d.Task.Attempt)
	e.Err = oneLine(err)
	s.heedHandler(err)
	if settlement.keeps() && !s.crashed {
		wait, kerr := s.keep(own, d, settlement, err)
		if e.Next = wait; kerr != nil && !s.crashed {
			e.Next = 0
			settlement, e.Err = s.notKept(kerr, e.Err)
		}
	}
	if s.crashed {
		e.Kind, e.Err, e.Next = TaskUnsettled, "its worker was crashed on purpose", 0
		return
	}
	if serr := settlement.send(d); serr != nil {
		e.Kind, e.Err, e.Next = TaskUnsettled, oneLine(serr), 0
		return
	}
	e.Kind, e.Settled = settlement.event(), settlement
}

// heedHandler holds the pool, or lets it rest, where the handler asks for that.
func (s *stint) heedHandler(err error) {
	rest, rests := restOf(err)
	switch {
	case rests:
		s.pool.restFor(err.Error(), rest)
	case isHold(err):
		s.pool.hold(err.Error())
	}
	if isHold(err) {
		s.stopTaking() // before it goes back, or the broker would hand it to us again
	}
}

// giveBack returns a task untried. When that fails the channel has ended, and the broker took the task back by itself.
func (s *stint) giveBack(d *broker.Delivery) {
	if err := d.Return(); err != nil {
		s.pool.log.Debug("a task went back with its channel", "worker", s.name, "id", d.Task.ID, "error", err)
		return
	}
	s.row.returned()
	s.pool.journal.Record(&Event{At: time.Now(), Kind: TaskReturned, Settled: Returned, Worker: s.id, Task: refOf(d), Wait: -1})
}

func (s *stint) setPrefetch(n int) error {
	if n == s.prefetch {
		return nil
	}
	if err := s.consumer.SetPrefetch(context.Background(), n); err != nil {
		return err
	}
	s.prefetch = n
	return nil
}

// stopTaking cancels the consumer and hands back what is prefetched. The channel stays open for the task in hand.
func (s *stint) stopTaking() {
	if !s.taking {
		return
	}
	s.taking = false
	if err := s.consumer.Cancel(context.Background()); err != nil {
		s.pool.log.Warn("cannot cancel a consumer; its channel is closed", "worker", s.name, "error", err)
		s.consumer.Close() // what it holds goes back by itself
	}
	for {
		d, _ := s.consumer.Next(nil)
		if d == nil {
			return
		}
		s.giveBack(d)
	}
}

// crashNow closes the channel without settling anything. The consumer is cancelled first, for the broker answers a
// close that crosses a delivery with the end of the connection, and every worker on it.
func (s *stint) crashNow() {
	s.crashed = true
	if s.taking {
		s.taking = false
		if err := s.consumer.Cancel(context.Background()); err != nil {
			s.pool.log.Debug("cannot cancel a consumer that is to crash", "worker", s.name, "error", err)
		}
	}
	s.close()
}

// close ends the channel. It may be called again.
func (s *stint) close() {
	s.mu.Lock()
	wasOpen := s.open
	s.open, s.crash = false, false
	s.mu.Unlock()
	if !wasOpen {
		return
	}
	if err := s.consumer.Close(); err != nil {
		s.pool.log.Warn("cannot close a channel", "worker", s.name, "error", err)
	}
}
