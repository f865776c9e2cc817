package broker

import (
	"context"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// missingFor is how long a retry or dead-letter queue that was not there is taken for missing: each look at one that is not
// costs a channel.
const missingFor = 5 * time.Second

// sideWatch counts what the retry queues and the dead-letter queue hold. It has a goroutine and a channel of its own, so that
// it never makes the depth of the work queue old.
type sideWatch struct {
	m       *monitor
	s       *session
	ch      *amqp.Channel
	missing map[string]time.Time // when it was seen to be
}

func (m *monitor) watchSides(ctx context.Context) {
	w := sideWatch{m: m, missing: map[string]time.Time{}}
	every(ctx, m.c.cfg.Refresh.D(), func() { w.look(ctx) })
}

// look asks for every queue; a failure leaves the figures as they were, and their ages tell.
func (w *sideWatch) look(ctx context.Context) {
	sides, queue := w.m.c.sides, w.m.c.cfg.Queue.Name
	short, cancel := context.WithTimeout(ctx, w.m.c.cfg.Refresh.D())
	s, err := w.m.c.watch.session(short)
	cancel()
	if err != nil {
		return
	}
	if w.s != s {
		w.s, w.ch = s, nil
		clear(w.missing)
	}
	waiting := sides.schedule(time.Now())
	var dead int64
	for _, name := range sides.names() {
		if !sides.made(name) && time.Since(w.missing[name]) < missingFor {
			continue
		}
		n, err := w.count(name)
		switch {
		case KindOf(err) == QueueMissing:
			w.missing[name] = time.Now()
		case err != nil:
			return
		case name == DeadQueue(queue):
			dead = int64(n)
		default:
			waiting.add(queue, name, n)
		}
	}
	w.m.update(func(snap *Snapshot, now time.Time) {
		snap.Retrying = Figure[int64]{int64(waiting.Tasks), now, "amqp"}
		snap.RetryNext, snap.RetryBound = waiting.Next, waiting.Bound
		snap.Dead = Figure[int64]{dead, now, "amqp"}
	})
}

func (w *sideWatch) count(name string) (n int, err error) {
	if w.ch == nil || w.ch.IsClosed() {
		if w.ch, err = w.s.channel(); err != nil {
			return 0, w.s.fault("look at queue "+Plain(name), err)
		}
	}
	err = w.s.rpc(func() error {
		q, err := w.ch.QueueDeclarePassive(name, true, false, false, false, nil)
		n = q.Messages
		return err
	})
	if err != nil {
		return 0, w.s.fault("look at queue "+Plain(name), err)
	}
	return n, nil
}
