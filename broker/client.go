// Package broker is what carousel does with RabbitMQ: a Client publishes to one work queue, consumes from it, watches it, and
// keeps its failed tasks. It reconnects by itself, reports what became of each publish, and never loses a task that it was
// given. A program that works on a queue needs Open, and package worker for the rest.
//
// Errors in words for a person are *Fault; KindOf sorts them by what a caller can do.
package broker

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Client is everything carousel does with one queue of one broker. It holds three kinds of connection: one to publish, one
// or more for the workers, one to watch; a blocked publisher stops neither of the others. Its methods may be called from any
// goroutine; those that talk to the broker say when they block.
type Client struct {
	cfg     Config
	log     *slog.Logger
	publish *link
	work    []*link
	watch   *link
	sender  *publisher
	monitor *monitor
	sides   *sides
	takers  takers

	outcomes outcomes

	lookouts lookouts
	life     context.Context // ends when Close begins

	preparing chan struct{} // holds a value while somebody looks for the queue for the first time
	prepared  atomic.Bool   // the queue has been seen or declared once

	traces traces
	aside  aside

	desk    desk
	stop    context.CancelFunc
	running sync.WaitGroup
}

// Open checks the config, starts the links and the monitor, and returns at once: whether the broker can be reached shows in
// Links and Snapshot. Its errors are mistakes in the config or in the files it names. Close ends what it started.
// log may be nil.
func Open(cfg Config, log *slog.Logger) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if len(cfg.URLs) == 0 {
		return nil, &Fault{Kind: Invalid, What: "no broker is named", Do: "give one with --url or broker.urls"}
	}
	ends, err := cfg.resolve()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &Client{cfg: cfg, log: log, stop: stop, life: ctx, preparing: make(chan struct{}, 1)}
	c.publish = newLink(RolePublish, 0, &c.cfg, &ends, log)
	for i := range cfg.Connections {
		c.work = append(c.work, newLink(RoleWork, i, &c.cfg, &ends, log))
	}
	c.watch = newLink(RoleWatch, 0, &c.cfg, &ends, log)
	c.sides = newSides(cfg.Queue.Name, cfg.RetryWaits)
	c.sender = newPublisher(c, windowBytes)
	c.monitor = newMonitor(c, ends)
	c.desk = desk{life: ctx, ends: ends, transport: newTransport(ends)}
	for _, l := range c.links() {
		c.running.Go(func() { l.run(ctx) })
	}
	c.monitor.start(ctx, &c.running)
	return c, nil
}

// Close ends every connection and waits for every goroutine of the client; about a second when the broker does not answer, and up
// to five more where a Trace cannot be switched off. What was not settled goes back to the queue; publishes without an outcome
// become Unknown.
func (c *Client) Close() {
	c.traces.end() // which needs the links and the API
	c.stop()
	c.running.Wait()
	for _, p := range append(c.sides.senders(), c.sender) {
		p.wait()
	}
	c.desk.transport.CloseIdleConnections()
}

// Links returns the state of every connection: publish, work (in order), watch.
func (c *Client) Links() []LinkState {
	var states []LinkState
	for _, l := range c.links() {
		state, _, _ := l.snapshot()
		states = append(states, state)
	}
	return states
}

// Reconnect makes every link that is down try again at once, those that were refused too.
func (c *Client) Reconnect() {
	for _, l := range c.links() {
		if state, _, _ := l.snapshot(); state.Status != LinkUp {
			l.reconnect()
		}
	}
}

// Ready waits until the role's first connection is up. It returns the refusal when the broker refused, and ctx's error when
// that ends first.
func (c *Client) Ready(ctx context.Context, role Role) error {
	l := c.watch
	switch role {
	case RolePublish:
		l = c.publish
	case RoleWork:
		l = c.work[0]
	}
	_, err := l.session(ctx)
	return err
}

// Snapshot returns the newest picture of the queue and its broker. It never blocks on the network.
func (c *Client) Snapshot() Snapshot { return c.monitor.snapshot() }

// Queue is the name of the work queue.
func (c *Client) Queue() string { return c.cfg.Queue.Name }

// ReadOnly reports whether the client refuses every act that changes the broker.
func (c *Client) ReadOnly() bool { return c.cfg.ReadOnly }

func (c *Client) links() []*link {
	all := append([]*link{c.publish}, c.work...)
	return append(all, c.watch)
}

// The client library logs to standard error by default in places; a terminal program cannot have that.
func init() { amqp.SetLogger(amqp.NullLogger{}) }
