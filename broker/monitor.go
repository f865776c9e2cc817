package broker

import (
	"context"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// slowEvery is how often the statistics are asked for at the most: RabbitMQ renews those figures every five seconds.
const slowEvery = 5 * time.Second

// monitor looks at the queue in several ways, each at its own pace and in its own goroutine, so that a way that hangs does not
// make the others old: AMQP's passive declare, for the work queue and for the queues beside it, the management API's fresh
// totals, and its slow half.
type monitor struct {
	c      *Client
	ends   endpoints
	totals *management // used by the totals' goroutine only
	slow   *management // used by the slow half's goroutine only
	queues int         // of the vhost, as the totals told last; used by the totals' goroutine only

	started time.Time

	mu   sync.Mutex
	snap Snapshot
}

func newMonitor(c *Client, ends endpoints) *monitor {
	return &monitor{c: c, ends: ends, snap: Snapshot{Queue: c.cfg.Queue.Name, VHost: ends.amqp[0].VHost,
		ConsumerTimeout: c.cfg.consumerTimeout(&queueAnswer{}, time.Now())}}
}

func (m *monitor) start(ctx context.Context, running *sync.WaitGroup) {
	m.started = time.Now()
	m.totals, m.slow = newManagement(ctx, m.ends), newManagement(ctx, m.ends)
	running.Go(func() { m.watchAMQP(ctx) })
	running.Go(func() { m.watchSides(ctx) })
	running.Go(func() { paced(ctx, m.totalsPause, m.readTotals); m.totals.close() })
	running.Go(func() { paced(ctx, slowPause, m.readSlow); m.slow.close() })
}

func (m *monitor) totalsPause(took, last time.Duration) time.Duration {
	return listPause(m.c.cfg.Refresh.D(), took, last, m.queues)
}

func slowPause(took, last time.Duration) time.Duration {
	return pauseAfter(slowEvery, took, last, oneShare)
}

func (m *monitor) snapshot() Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.snap
}

// update changes the snapshot. What is kept in it is replaced, never written to, since copies are out.
func (m *monitor) update(change func(s *Snapshot, now time.Time)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.snap, time.Now())
}

// watchAMQP asks by passive declare, on one channel for as long as the broker leaves it open.
func (m *monitor) watchAMQP(ctx context.Context) {
	var (
		s  *session
		ch *amqp.Channel
	)
	every(ctx, m.c.cfg.Refresh.D(), func() {
		var err error
		if s == nil || !s.alive() {
			ch = nil
			short, cancel := context.WithTimeout(ctx, m.c.cfg.Refresh.D())
			s, err = m.c.watch.session(short)
			cancel()
			if err != nil {
				m.amqpFailed(m.linkFault(err))
				return
			}
		}
		if ch == nil || ch.IsClosed() {
			if ch, err = s.channel(); err != nil {
				m.amqpFailed(s.fault("look at the queue", err))
				return
			}
		}
		m.passive(s, ch)
	})
}

// linkFault prefers the link's own reason to "it took too long".
func (m *monitor) linkFault(err error) error {
	if state, _, _ := m.c.watch.snapshot(); state.Err != nil {
		return state.Err
	}
	return err
}

func (m *monitor) passive(s *session, ch *amqp.Channel) {
	var q amqp.Queue
	err := s.rpc(func() (err error) {
		q, err = ch.QueueDeclarePassive(m.c.cfg.Queue.Name, m.c.cfg.Queue.Durable, false, false, false, nil)
		return err
	})
	if err != nil {
		m.amqpFailed(s.fault("look at queue "+Plain(m.c.cfg.Queue.Name), err))
		return
	}
	m.update(func(snap *Snapshot, now time.Time) {
		snap.VHost = s.endpoint.VHost
		snap.Ready = Figure[int64]{int64(q.Messages), now, "amqp"}
		snap.Consumers = Figure[int64]{int64(q.Consumers), now, "amqp"}
		snap.AMQP = Source{At: now}
		snap.Missing = false
	})
}

func (m *monitor) amqpFailed(err error) {
	m.update(func(s *Snapshot, now time.Time) {
		s.AMQP.Err = err
		if KindOf(err) == QueueMissing {
			s.Missing = true
			s.AMQP.At = now // it was an answer
			s.Ready, s.Unacked, s.Consumers = Figure[int64]{}, Figure[int64]{}, Figure[int64]{}
		}
	})
}

// readTotals reads the API's fresh totals. Ready comes from here only while AMQP has nothing newer.
func (m *monitor) readTotals() {
	found, err := m.totals.totals(m.vhost(), m.c.cfg.Queue.Name)
	if err == nil || KindOf(err) == QueueMissing { // its retry queues may outlive it
		m.c.sides.meet(found.retries, time.Now())
		m.queues = found.queues
	}
	q := found.work
	m.update(func(s *Snapshot, now time.Time) {
		s.Totals.Err = err
		if err != nil {
			return
		}
		s.Totals.At = now
		if q.Unacked.known {
			s.Unacked = Figure[int64]{int64(q.Unacked.value), now, "api"}
		}
		if q.Ready.known && s.Ready.Age(now) > 2*m.c.cfg.Refresh.D() {
			s.Ready = Figure[int64]{int64(q.Ready.value), now, "api"}
		}
		s.applyKind(q, now)
	})
}

// applyKind takes what either half of the API tells of what the queue is.
func (s *Snapshot) applyKind(q *queueAnswer, now time.Time) {
	setText(&s.Type, q.Type, now)
	setText(&s.State, q.State, now)
	setText(&s.Node, q.Node, now)
	s.applyReplicas(q, now)
	if q.Durable.known {
		s.Durable = Figure[bool]{q.Durable.value, now, "api"}
	}
	if args, ok := q.arguments(); ok {
		s.Arguments = Figure[map[string]any]{args, now, "api"}
	}
}

// readSlow reads what RabbitMQ's statistics hold. A part that fails leaves the others; the first failure is the one told.
func (m *monitor) readSlow() {
	q, err := m.slow.queue(m.vhost(), m.c.cfg.Queue.Name)
	overview, overviewErr := m.slow.overview()
	alarms, alarmsErr := m.slow.alarms()
	m.update(func(s *Snapshot, now time.Time) {
		s.API.Err = nil
		for _, e := range []error{alarmsErr, overviewErr, err} {
			if e != nil {
				s.API.Err = e
			} else {
				s.API.At = now
			}
		}
		if err == nil {
			s.applySlow(q, now)
			if now.Sub(m.started) > slowEvery { // the totals had their time
				s.standIn(q, now)
			}
			s.ConsumerTimeout = m.c.cfg.consumerTimeout(q, now)
			state, _, _ := m.c.watch.snapshot()
			if limit, ok := q.deliveryLimit(state.Version); ok && state.Version != "" {
				s.DeliveryLimit = Figure[int64]{limit, now, "api"}
			}
		}
		if overviewErr == nil {
			setText(&s.Cluster, overview.Cluster, now)
			setText(&s.Version, overview.Version, now)
			if nodes := overview.nodes(); len(nodes) > 0 {
				s.Nodes = Figure[[]string]{nodes, now, "api"}
			}
		}
		if alarmsErr == nil {
			s.Alarms = Figure[[]string]{alarms, now, "api"}
		}
	})
	m.locate()
}

// applyReplicas takes the queue's members and leader from either half of the API: the list of the fresh totals leaves out a
// queue whose leader is gone, on RabbitMQ 3.10.
func (s *Snapshot) applyReplicas(q *queueAnswer, now time.Time) {
	r, ok := q.replicas()
	if !ok {
		return
	}
	s.Replicas = Figure[Replicas]{r, now, "api"}
	if leader, ok := q.leader(); ok {
		s.Leader = Figure[string]{leader, now, "api"}
	}
}

func (s *Snapshot) applySlow(q *queueAnswer, now time.Time) {
	s.applyReplicas(q, now)
	if r, ok := q.rates(); ok {
		setRate(&s.In, r.Publish, now)
		setRate(&s.Out, r.Ack, now)
		setRate(&s.Delivered, r.Deliver, now)
		setRate(&s.Redelivered, r.Redeliver, now)
	}
	if q.Bytes.known {
		s.MessageBytes = Figure[int64]{int64(q.Bytes.value), now, "api"}
	}
	s.Oldest = Figure[time.Time]{}
	if oldest, ok := q.oldest(); ok {
		s.Oldest = Figure[time.Time]{oldest, now, "api"}
	}
	if yes, ok := q.deadLetters(); ok {
		s.DeadLetters = Figure[bool]{yes, now, "api"}
	}
	if members, ok := q.consumers(); ok {
		s.Members = Figure[[]ConsumerInfo]{members, now, "api"}
	}
}

// standIn takes from the statistics what the fresh totals have not told for a while: a large broker is seldom asked for those.
func (s *Snapshot) standIn(q *queueAnswer, now time.Time) {
	old := func(at time.Time) bool { return now.Sub(at) > slowEvery }
	if q.Unacked.known && old(s.Unacked.At) {
		s.Unacked = Figure[int64]{int64(q.Unacked.value), now, "api"}
	}
	if q.Ready.known && old(s.Ready.At) {
		s.Ready = Figure[int64]{int64(q.Ready.value), now, "api"}
	}
	if old(s.State.At) {
		s.applyKind(q, now)
	}
}

func (m *monitor) vhost() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.snap.VHost
}

func setText(f *Figure[string], t text, now time.Time) {
	if t.known {
		*f = Figure[string]{t.value, now, "api"}
	}
}

func setRate(f *Figure[float64], r rate, now time.Time) {
	if r.Rate.known {
		*f = Figure[float64]{r.Rate.value, now, "api"}
	}
}
