// Package sandbox is an embedded broker: AMQP 0-9-1 over loopback sockets, in this process and its memory, so that
// carousel shows everything on a machine that has no RabbitMQ. It follows RabbitMQ 3.10, to the words of its refusals.
//
// One lock guards all state. A command is a short critical section that changes memory and appends frames to
// connections' outboxes; nothing is read from or written to a socket under the lock. So publishing, routing,
// dead-lettering, dispatch and confirms are one step, and every look at the state is consistent. A connection has a
// goroutine that reads and one that writes, a queue none.
//
// It differs from RabbitMQ in this:
//   - everything is in memory: durable and persistent are remembered and reported, and gone with the process;
//   - one user, who may do everything, and one vhost, "/"; no TLS, policies, streams, direct reply-to, or CC and BCC;
//   - a quorum queue is a queue with its delivery limit, its counting and its order of redelivery; there is no cluster
//     and no at-least-once dead-lettering;
//   - a message waits for memory before it is read rather than after, so that messages never pass the memory limit;
//     queues, exchanges, bindings, channels and consumers count too, and are refused with 506 a quarter beyond it;
//   - the dead letters of one publish become at most 10,000 copies, also of those that die again, and then are lost;
//   - a message that is too large is refused at its header, and a table nested deeper than 64 is malformed;
//   - the next single active consumer is served at once, where 3.10 waits for something else to happen;
//   - a login or a handshake is refused after one second rather than three, a client that misses two heartbeats is cut
//     off, and one that never acknowledges is not;
//   - x-queue-mode, x-queue-version, x-max-in-memory-* and what is about replicas are checked and change nothing.
package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"
)

// Options are what a broker is started with. The zero value of each field is a good one.
type Options struct {
	Listen         string // host:port; "127.0.0.1:0" by default, a free port on loopback
	Management     string // likewise, for the management API; "off" for none
	User, Password string // "guest" and "guest" by default, which is for loopback only
	// MemoryLimit, in bytes, is how much clients may make the broker keep; 256 MiB by default. Publishers beyond it wait,
	// told by connection.blocked.
	MemoryLimit int64
	Product     string // as clients are told; "carousel sandbox" by default
	Version     string // likewise; by default that of the RabbitMQ it follows

	handshake time.Duration // that a client may take to log in; 0 is RabbitMQ's ten seconds
}

const (
	defaultMemoryLimit = 256 << 20
	// Beyond so many connections a new one is closed at once.
	connectionLimit = 4096
)

func (o *Options) fill() {
	for _, text := range []struct {
		field   *string
		initial string
	}{
		{&o.Listen, "127.0.0.1:0"},
		{&o.Management, "127.0.0.1:0"},
		{&o.User, "guest"},
		{&o.Password, "guest"},
		{&o.Product, "carousel sandbox"},
		{&o.Version, "3.10.8"},
	} {
		if *text.field == "" {
			*text.field = text.initial
		}
	}
	if o.MemoryLimit <= 0 {
		o.MemoryLimit = defaultMemoryLimit
	}
	if o.handshake == 0 {
		o.handshake = handshakePatience
	}
}

// Broker is a running sandbox. Its methods may be called from any goroutine.
type Broker struct {
	options  Options
	listener net.Listener
	api      *api // nil without
	started  time.Time
	running  sync.WaitGroup // goroutines, and timers that may still call

	mu        sync.Mutex // guards what follows and all that it leads to
	room      sync.Cond  // memory became free, or a connection ended
	waiting   int        // publishers, for room
	memory    int64      // octets that clients made the broker keep
	conns     map[*conn]struct{}
	queues    map[string]*queue
	exchanges map[string]*exchange
	letters   []deadLetter // of the cascade that goes on
	burying   bool         // there is one
	closed    bool
	meter     meter
}

// Start listens, and serves clients until Close. It returns an error when it cannot listen.
func Start(o Options) (*Broker, error) {
	o.fill()
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("the sandbox broker cannot listen on %s: %w", o.Listen, err)
	}
	b := &Broker{
		options: o, listener: listener, started: time.Now(),
		conns: map[*conn]struct{}{}, queues: map[string]*queue{}, exchanges: map[string]*exchange{},
	}
	b.room.L = &b.mu
	b.predeclare()
	if o.Management != "off" {
		if b.api, err = startAPI(b, o.Management); err != nil {
			_ = listener.Close()
			return nil, err
		}
	}
	b.running.Go(b.accept)
	return b, nil
}

// URL is the address for clients, password included.
func (b *Broker) URL() string {
	u := url.URL{
		Scheme: "amqp", User: url.UserPassword(b.options.User, b.options.Password),
		Host: b.listener.Addr().String(), Path: "/",
	}
	return u.String()
}

// ManagementURL is the address of the management API, without a login; "" when there is none.
func (b *Broker) ManagementURL() string {
	if b.api == nil {
		return ""
	}
	return "http://" + b.api.listener.Addr().String()
}

func (b *Broker) accept() {
	for {
		socket, err := b.listener.Accept()
		if err != nil {
			if b.isClosed() {
				return
			}
			// Out of file descriptors, most likely: it passes when a connection ends.
			const pause = 50 * time.Millisecond
			time.Sleep(pause)
			continue
		}
		b.admit(socket)
	}
}

func (b *Broker) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

func (b *Broker) admit(socket net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.conns) >= connectionLimit {
		_ = socket.Close()
		return
	}
	c := newConn(b, socket)
	b.conns[c] = struct{}{}
	c.deadline = b.after(b.options.handshake, func() { _ = socket.Close() })
	b.running.Go(c.serve)
}

// Close tells every client that the broker shuts down, and returns when all connections and goroutines have ended,
// within two seconds. A second Close does nothing.
func (b *Broker) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		b.running.Wait()
		return nil
	}
	b.closed = true
	err := b.listener.Close()
	for c := range b.conns {
		switch c.state {
		case running:
			c.end(refuse(connectionForced, "broker forced connection closure with reason 'shutdown'"))
		case closing, over: // on its way
		default:
			_ = c.socket.Close()
		}
	}
	for _, q := range b.queues {
		q.stopTimers()
	}
	b.mu.Unlock()
	if b.api != nil { // its requests want the lock
		err = errors.Join(err, b.api.close())
	}
	b.running.Wait()
	return err
}
