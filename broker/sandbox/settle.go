package sandbox

import "slices"

// outcome is how a delivery ends.
type outcome uint8

const (
	acked     outcome = iota
	rejected          // without requeue: to the dead letters, or gone
	requeued          // by the client
	abandoned         // its channel ended
)

func decodeAck(r *reader) action {
	tag, multiple := r.longlong(), r.flags().bit(0)
	return func(ch *channel) *fault { return ch.settle(tag, multiple, acked) }
}

func decodeNack(r *reader) action {
	tag, options := r.longlong(), r.flags()
	return func(ch *channel) *fault { return ch.settle(tag, options.bit(0), rejection(options.bit(1))) }
}

func decodeReject(r *reader) action {
	tag, requeue := r.longlong(), r.flags().bit(0)
	return func(ch *channel) *fault { return ch.settle(tag, false, rejection(requeue)) }
}

func rejection(requeue bool) outcome {
	if requeue {
		return requeued
	}
	return rejected
}

func decodeRecover(r *reader) action {
	requeue := r.flags().bit(0)
	return func(ch *channel) *fault {
		refused := ch.recover(requeue)
		if refused == nil {
			ch.send(basicRecoverOK)
		}
		return refused
	}
}

func decodeRecoverAsync(r *reader) action {
	requeue := r.flags().bit(0)
	return func(ch *channel) *fault { return ch.recover(requeue) }
}

func (ch *channel) recover(requeue bool) *fault {
	if !requeue {
		return refuse(notImplemented, "requeue=false")
	}
	ch.finish(ch.unacked.all(), requeued)
	return nil
}

func (ch *channel) settle(tag uint64, multiple bool, how outcome) *fault {
	deliveries, found := ch.unacked.take(tag, multiple)
	if !found {
		return refuse(preconditionFailed, "unknown delivery tag %d", tag)
	}
	if ch.tx != nil {
		ch.tx.settlements = append(ch.tx.settlements, settlement{deliveries, how})
		return nil
	}
	ch.finish(deliveries, how)
	return nil
}

// finish ends deliveries that the channel no longer counts, and serves whoever that helps.
func (ch *channel) finish(deliveries []*delivery, how outcome) {
	var returned []*queue
	for _, d := range deliveries {
		if d.consumer != nil {
			d.consumer.held--
			ch.held--
		}
		if how == acked {
			tally(statAck, &ch.meter, &d.queue.meter, &ch.broker().meter)
		}
		d.queue.settle(d.entry, how)
		if how != acked && !slices.Contains(returned, d.queue) {
			returned = append(returned, d.queue)
		}
	}
	ch.resume()
	for _, q := range returned {
		if !q.deleted {
			q.wake()
		}
	}
}

// settle ends the stay of an entry in a client's hands. When all that go together are settled, the queue is woken.
func (q *queue) settle(e *entry, how outcome) {
	q.unacked--
	q.broker.free(unackedCost)
	q.unackedSize -= int64(len(e.message.body))
	switch {
	case how == acked, q.deleted:
		q.broker.drop(e)
	case how == rejected:
		q.bury(e, diedRejected)
	default:
		q.giveBack(e, how)
	}
}

// giveBack makes an entry ready again: on a classic queue in its old place. A quorum queue counts, and puts it at the
// back when the client did so and there is no limit, else in front of all that was never given back.
func (q *queue) giveBack(e *entry, how outcome) {
	e.redelivered = true
	if q.kind == quorum {
		e.returns++
		limited := q.policy.deliveryLimit >= 0
		if limited && int64(e.returns) > q.policy.deliveryLimit {
			q.bury(e, diedOfReturns)
			return
		}
		e.seq, e.rank = q.nextSeq, 0
		q.nextSeq++
		if limited || how == abandoned {
			e.rank = 1
		}
	}
	q.ready.push(e)
}
