package broker

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// end gives back what is held and closes the connection. It returns when the broker has read every acknowledgement and has the
// letters back, or when it does not answer; the end of the round's context cuts that short, too.
//
// A classic queue puts each letter back in its place when the channel closes. A quorum queue puts those that were taken by
// basic.get at its head, in a strange order unless they are few (see stages); then they are handed back one by one: with a limit
// of returns it puts them at its head, and without one at its end, which comes to the same when all its letters were taken. From
// 4.3 on that does not count towards the limit, either. It returns false when the letters stand at the end.
func (r *round) end() (atHead bool) {
	defer r.s.close()
	defer r.uncut()
	r.mu.Lock()
	acked, held, highest := r.acked, r.held, r.highest
	r.mu.Unlock()
	r.c.lookouts.saw(r.queue, highest)
	if r.ch.IsClosed() {
		r.awaitCut(len(held), r.depth-int(acked))
		return true
	}
	atHead = true
	slices.Sort(held)
	if r.returns.kind != "classic" && !r.staged && (r.returns.byNack || !orderly(held)) {
		atHead = r.returns.limit > 0
		for _, tag := range held {
			if r.ch.Nack(tag, false, true) != nil {
				return atHead
			}
		}
	}
	if r.s.rpc(r.ch.Close) != nil {
		return atHead
	}
	r.mu.Lock()
	r.proved = acked
	r.mu.Unlock()
	if len(held) > 0 {
		r.awaitReturn(r.depth-int(acked), returnPatience+time.Duration(len(held))*returnEach)
	}
	return atHead
}

// orderly reports whether a quorum queue keeps the order of letters when the channel closes that took them by basic.get: the
// tags, in their order, have the same order as texts, and are so few that RabbitMQ's table of consumers is sorted.
func orderly(tags []uint64) bool {
	const sorted = 32
	return len(tags) <= sorted && slices.IsSortedFunc(tags, func(a, b uint64) int {
		return strings.Compare(strconv.FormatUint(a, 10), strconv.FormatUint(b, 10))
	})
}

// toEnd reports whether letters that were taken by basic.get may have to go to the end of the queue.
func (r *round) toEnd() bool { return r.returns.kind == "quorum" && r.returns.limit == 0 }

// awaitCut does what awaitReturn does after a letter that cannot be read has cut the connection: by the monitor's.
func (r *round) awaitCut(held, want int) {
	if held == 0 || r.live.Err() == nil || KindOf(r.loss()) != Unreadable {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), returnPatience+time.Duration(held)*returnEach)
	defer cancel()
	for ctx.Err() == nil {
		q, err := r.c.InspectQueue(ctx, r.queue)
		if err != nil || q.Ready >= want || sleep(ctx, returnEvery) != nil {
			return
		}
	}
}

// awaitReturn waits until the queue has the letters back: it hears of the end of a channel a moment after the client does, and
// who looks again at once, or replays, would find it empty. Other programs may take them first, so it waits for patience only.
func (r *round) awaitReturn(want int, patience time.Duration) {
	ch, err := r.s.channel()
	if err != nil {
		return
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(returnEvery) {
		var q amqp.Queue
		err := r.s.rpc(func() (err error) {
			q, err = ch.QueueDeclarePassive(r.queue, true, false, false, false, nil)
			return err
		})
		if err != nil || q.Messages >= want {
			return
		}
	}
}

const (
	returnPatience = 500 * time.Millisecond
	returnEach     = 50 * time.Microsecond // more for each letter
	returnEvery    = 5 * time.Millisecond
)
