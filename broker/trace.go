package broker

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// TraceLimit is how long a Trace lasts at most: it costs everybody on the vhost.
const TraceLimit = 10 * time.Minute

// restoreTime bounds the attempts to switch tracing off at the end.
const restoreTime = 5 * time.Second

// Trace tells to whom a queue's tasks are delivered, by RabbitMQ's firehose: while it is on, the broker copies every delivery of
// the vhost, with its body, to the exchange amq.rabbitmq.trace. It knows nothing of acknowledgements. One goroutine hears the
// copies, and one looks after the switches; the methods may be called from any goroutine.
type Trace struct {
	c      *Client
	queue  string
	at     traceSwitch
	pledge func(nodes []string) error
	log    *slog.Logger
	book   *traceBook

	stop  context.CancelFunc
	life  context.Context // ends with Close, and when its time is over
	ended chan struct{}   // closed when everything is as it was, or was tried

	mu    sync.Mutex
	nodes []TraceNode         // replaced, never written to
	where map[string]Endpoint // of the nodes that can be asked; written before run alone
	away  map[string]bool     // nodes that did not answer of late; run's own
}

// Trace switches tracing of the vhost on, at every node of the cluster that can be asked by itself, and hears of each delivery
// from the queue until Close, at most for TraceLimit. A node that is traced already is left alone, also at the end. pledge is
// called, in the caller's goroutine and later in one of the trace, with the nodes that it is about to switch on, before it does, and
// whenever those change that are to be switched off again: whoever outlives the process can call Untrace for them. Its error keeps
// the trace from beginning; nil: nobody wants to know.
//
// It waits for the link, and blocks until ctx ends and everything is as it was at the latest. Its errors are *Fault, or ctx's. A
// client has one at a time; its Close ends it.
func (c *Client) Trace(ctx context.Context, queue string, pledge func(nodes []string) error) (*Trace, error) {
	if err := c.writable("switch tracing on"); err != nil {
		return nil, err
	}
	if len(traceKey+queue) > maxShortString {
		return nil, &Fault{Kind: Invalid, What: "queue " + Plain(queue) + " cannot be traced", Why: "its name is too long for a routing key"}
	}
	if pledge == nil {
		pledge = func([]string) error { return nil }
	}
	now := time.Now()
	t := &Trace{
		c: c, queue: queue, pledge: pledge, log: c.log, book: newTraceBook(queue, now, now.Add(TraceLimit)),
		at:    traceSwitch{c.desk.ends, c.monitor.vhost(), c.desk.transport},
		ended: make(chan struct{}), where: map[string]Endpoint{}, away: map[string]bool{},
	}
	t.life, t.stop = context.WithDeadline(context.WithoutCancel(ctx), now.Add(TraceLimit))
	if err := c.traces.enter(t); err != nil {
		t.stop()
		return nil, err
	}
	ctx, cancel := during(ctx, t.life)
	defer cancel()
	ears, err := t.begin(ctx)
	if err != nil {
		if errors.Is(err, context.Canceled) && t.life.Err() != nil {
			err = errClosed
		}
		t.end("it could not begin")
		return nil, err
	}
	t.log.Info("tracing", "vhost", t.at.vhost, "queue", queue, "nodes", t.nodes)
	c.running.Go(func() { t.run(ears) })
	return t, nil
}

// begin listens, and then switches on.
func (t *Trace) begin(ctx context.Context) (*tap, error) {
	ears, err := t.c.openTap(ctx, t.queue)
	if err != nil {
		return nil, err
	}
	t.learn(ctx)
	if err := t.turnOn(ctx); err != nil {
		ears.s.close()
		return nil, cmp.Or(ctx.Err(), err)
	}
	return ears, nil
}

// turnOn switches tracing on where it is off. Its error is that it is not on anywhere, or that it may not be.
func (t *Trace) turnOn(ctx context.Context) error {
	found := t.at.survey(ctx)
	if len(found.nodes) == 0 {
		return cmp.Or(found.err, error(&Fault{Kind: Failed, What: "tracing cannot be switched", Why: strings.Join(slices.Compact(slices.Sorted(maps.Values(found.why))), "; "),
			Do: "name the address of each node under broker.management"}))
	}
	t.where = found.nodes
	nodes, off, err := t.look(ctx, found)
	if err != nil {
		return err
	}
	if err := t.pledge(off); err != nil {
		return err
	}
	for i := range nodes {
		n := &nodes[i]
		if !slices.Contains(off, n.Name) {
			continue
		}
		_, err := t.at.asker(ctx, t.where[n.Name]).turn(t.at.vhost, n.Name, true, func() {
			n.State = TraceOn // or may be, until it is known better
			t.set(nodes)
		})
		switch {
		case KindOf(err) == NoRight, ctx.Err() != nil:
			return cmp.Or(ctx.Err(), err)
		case err != nil:
			n.Why = faultText(err)
		case n.State == TraceUnknown: // somebody was quicker
			n.State = TraceFound
		}
	}
	t.set(nodes)
	if on := t.mine(); !slices.Equal(on, off) {
		if err := t.pledge(on); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(nodes, func(n TraceNode) bool { return n.Traced() && n.Why == "" }) {
		return &Fault{Kind: Failed, What: "tracing could not be switched on", Why: nodes[0].Name + ": " + nodes[0].Why}
	}
	return nil
}

// look lists the nodes of the cluster with their switches, and those where tracing is off.
func (t *Trace) look(ctx context.Context, found reach) (nodes []TraceNode, off []string, err error) {
	names := slices.AppendSeq(slices.Clone(found.running), maps.Keys(found.nodes))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		n := TraceNode{Name: name, State: TraceUnknown, Why: cmp.Or(found.why[name], "no management address of its own leads there")}
		if e, ok := found.nodes[name]; ok {
			n.Why = ""
			v, err := t.at.asker(ctx, e).readVHost(t.at.vhost)
			switch {
			case KindOf(err) == NoRight, ctx.Err() != nil:
				return nil, nil, cmp.Or(ctx.Err(), traceFault(err))
			case err != nil:
				n.Why = faultText(err)
			case v.Tracing.value:
				n.State = TraceFound
			default:
				off = append(off, name)
			}
		}
		nodes = append(nodes, n)
	}
	return nodes, off, nil
}

// faultText is a fault without its advice, to stand within a sentence.
func faultText(err error) string { return strings.TrimSuffix(sentence(err), ".") }

// set publishes the nodes.
func (t *Trace) set(nodes []TraceNode) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.nodes = slices.Clone(nodes)
}

func (t *Trace) known() []TraceNode {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.nodes
}

// mine are the nodes that this trace has to switch off.
func (t *Trace) mine() (names []string) {
	for _, n := range t.known() {
		if n.State == TraceOn {
			names = append(names, n.Name)
		}
	}
	return names
}

// Status is a copy of what is known now.
func (t *Trace) Status() TraceStatus {
	s := t.book.now(time.Now())
	s.Nodes = t.known()
	return s
}

// Consumers appends the channels that are not this process's, in the order in which they were heard of.
func (t *Trace) Consumers(buf []TracedConsumer) []TracedConsumer { return t.book.known(buf) }

// Take appends the dispatches since the last call, oldest first. What is not taken in time is dropped and counted, the oldest
// first; the consumers' own figures are of all.
func (t *Trace) Take(buf []Dispatch) []Dispatch { return t.book.take(buf) }

// Close switches tracing off where this trace has switched it on, and waits until that is done, at most five seconds. Status
// then says where it could not. It may be called again.
func (t *Trace) Close() {
	t.stop()
	<-t.ended
}

// traces is the one trace of a client.
type traces struct {
	mu     sync.Mutex
	open   *Trace
	closed bool
}

func (x *traces) enter(t *Trace) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.closed:
		return errClosed
	case x.open != nil:
		return &Fault{Kind: Busy, What: "tracing is on already"}
	}
	x.open = t
	return nil
}

func (x *traces) leave() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.open = nil
}

// end closes the trace, and lets no other one begin.
func (x *traces) end() {
	x.mu.Lock()
	x.closed = true
	t := x.open
	x.mu.Unlock()
	if t != nil {
		t.Close()
	}
}
