package sandbox

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// state is how far a connection is.
type state uint8

const (
	greeting state = iota // nothing came yet
	starting              // start was sent
	tuning                // tune was sent
	opening               // tuned
	running
	closing // close was sent or the login refused: what still comes is skipped
	over    // nothing more is read
)

const (
	handshakePatience = 10 * time.Second
	// How long a client that was told to close may take to say close-ok.
	closePatience = 2 * time.Second
	// A client that takes nothing at all for so long is gone; RabbitMQ waits 15 s.
	writePatience = 30 * time.Second
)

// conn is a client's connection. Its serve goroutine reads, and owns a second one that writes. All fields but out, and
// those that never change, are guarded by the broker's lock.
type conn struct {
	broker *Broker
	socket net.Conn
	in     frames // the reading goroutine's
	out    outbox
	name   string // "127.0.0.1:50000 -> 127.0.0.1:5672"
	since  time.Time

	silence        atomic.Int64  // how long the client may be silent, in nanoseconds; 0 for ever
	received, sent atomic.Uint64 // octets
	state          state
	deadline       *timer // of the handshake, then of the end
	ending         bool   // the deadline is that of the end

	user       string
	mechanism  string
	client     table // its properties
	channelMax uint16
	frameMax   uint32
	heartbeat  time.Duration
	channels   map[uint16]*channel
	meter      meter       // of octets
	blocked    bool        // waits for memory
	starved    atomic.Bool // a consumer of it was passed over, for the outbox was full
}

func newConn(b *Broker, socket net.Conn) *conn {
	c := &conn{
		broker: b, socket: socket,
		name:  socket.RemoteAddr().String() + " -> " + socket.LocalAddr().String(),
		since: time.Now(), channels: map[uint16]*channel{}, meter: newMeter(b.now()),
	}
	const inputBuffer = 16 << 10
	c.in = frames{in: bufio.NewReaderSize(c, inputBuffer), max: frameMaxBefore}
	c.out.init()
	return c
}

// Read is the socket's, within the time a client may be silent. It is for the connection's own buffered reader.
func (c *conn) Read(p []byte) (int, error) {
	if silence := time.Duration(c.silence.Load()); silence > 0 {
		if err := c.socket.SetReadDeadline(time.Now().Add(silence)); err != nil {
			return 0, err
		}
	}
	n, err := c.socket.Read(p)
	c.received.Add(uint64(n))
	return n, err
}

// Write is the socket's, for as long as the peer takes some. It is for the connection's own outbox.
func (c *conn) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		if err := c.socket.SetWriteDeadline(time.Now().Add(writePatience)); err != nil {
			return written, err
		}
		n, err := c.socket.Write(p[written:])
		written += n
		c.sent.Add(uint64(n))
		if err != nil && (n == 0 || !errors.Is(err, os.ErrDeadlineExceeded)) {
			return written, err
		}
	}
	return written, nil
}

// serve runs the connection until it is over and everything it held is given back.
func (c *conn) serve() {
	var writing sync.WaitGroup
	writing.Go(func() {
		if c.out.run(c, c.flushed) != nil {
			c.lost()
		}
	})
	if c.greet() {
		c.read()
	}
	c.leave()
	c.out.close()
	writing.Wait()
	_ = c.socket.Close()
	unwritten, _, _ := c.out.take(nil)
	c.flushed(&unwritten)
	c.forget()
}

// lost is the writer's: the client cannot be reached any more, so that reading it or waiting for memory has no sense.
func (c *conn) lost() {
	_ = c.socket.Close()
	c.out.close()
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	c.state = over
	c.broker.room.Broadcast()
}

func (c *conn) read() {
	for {
		c.out.await()
		f, err := c.in.next()
		var bad *badFrame
		switch {
		case errors.As(err, &bad):
			c.broker.mu.Lock()
			c.end(bad.fault())
			c.broker.mu.Unlock()
			// Closed with unread input, the socket would be reset, and the client not learn why.
			_, _ = io.Copy(io.Discard, c.in.in)
			return
		case err != nil:
			return
		}
		if !c.handle(f) {
			return
		}
	}
}

// handle reports whether there is more to read.
func (c *conn) handle(f frame) bool {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	if c.state == over {
		return false
	}
	var refused *fault
	switch {
	case c.state == closing && (f.kind != frameMethod || f.channel != 0):
		return true
	case f.kind == frameHeartbeat && f.channel == 0 && len(f.payload) == 0:
		return true
	case f.kind != frameMethod && f.kind != frameHeader && f.kind != frameBody && f.kind != frameHeartbeat:
		refused = refuse(frameError, "type %d, %s: unknown_frame", f.kind, snippet(f.payload))
	case f.channel == 0 && f.kind == frameMethod:
		refused = c.control(f.payload)
	case f.channel == 0 || c.state != running || f.kind == frameHeartbeat:
		refused = refuse(unexpectedFrame, "type %d, %s", f.kind, snippet(f.payload))
	default:
		refused = c.onChannel(f)
	}
	if refused != nil {
		c.end(refused)
	}
	return c.state != over
}

// send appends a method's frame to what goes out.
func (c *conn) send(channel uint16, m method, args ...any) {
	c.out.add(func(buf []byte) []byte { return appendMethod(buf, channel, m, args...) })
}

// end closes the connection for a reason, and waits a while for the client's agreement. While the two still make out
// how to talk it says nothing, as RabbitMQ, unless a login is refused.
func (c *conn) end(f *fault) {
	switch {
	case c.state >= closing:
		return
	case c.state < opening && f.code != accessRefused:
		c.closeIn(refusalDelay)
		return
	}
	c.send(0, connectionClose, uint16(f.code), f.reply(), f.method.class(), f.method.number())
	c.closeIn(closePatience)
}

// closeIn gives back what the connection held, and cuts it when d is over.
func (c *conn) closeIn(d time.Duration) {
	c.state = closing
	c.silence.Store(0)
	c.release()
	c.cutIn(d)
	c.broker.room.Broadcast()
}

// cutIn cuts the socket when d is over. The first to say so is heeded: what follows does not prolong the end.
func (c *conn) cutIn(d time.Duration) {
	if c.ending {
		return
	}
	c.ending = true
	c.broker.stop(c.deadline)
	c.deadline = c.broker.after(d, func() { _ = c.socket.Close() })
}

// release gives back deliveries, consumers and exclusive queues.
func (c *conn) release() {
	for _, ch := range c.channels {
		ch.release()
	}
	clear(c.channels)
	c.broker.deleteExclusive(c)
}

// leave gives the client a while to take what was written for it: nothing more is read.
func (c *conn) leave() {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	c.state = over
	c.release()
	c.cutIn(closePatience)
}

// forget is for when both goroutines are done with the socket: until then it counts against the limit.
func (c *conn) forget() {
	b := c.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stop(c.deadline)
	delete(b.conns, c)
}

// full reports whether the client's consumers get nothing more until it has taken some. When memory is short that is
// as long as anything is unsent, so that those who read go on one by one.
func (c *conn) full() bool {
	limit := deliveryBacklog
	if b := c.broker; b.memory > b.options.MemoryLimit+b.options.MemoryLimit/4 {
		limit = 0
	}
	return c.out.over(limit)
}

// flushed is the writer's: what it has in hand no more is given back, and consumers that were passed over for a full
// outbox stand in line again.
func (c *conn) flushed(p *parcel) {
	if p.charged == 0 && !c.starved.Load() {
		return
	}
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	for _, m := range p.held {
		c.broker.release(m)
	}
	c.broker.free(p.charged)
	if !c.starved.Load() || c.full() {
		return
	}
	c.starved.Store(false)
	for _, ch := range c.channels {
		ch.resume()
	}
}

// can reports whether the client declared a capability.
func (c *conn) can(capability string) bool {
	capabilities, _ := c.client["capabilities"].(table)
	able, _ := capabilities[capability].(bool)
	return able
}

func (c *conn) setBlocked(blocked bool) {
	c.blocked = blocked
	switch {
	case !c.can("connection.blocked"):
	case blocked:
		c.send(0, connectionBlocked, "low on memory")
	case c.state == running:
		c.send(0, connectionUnblocked)
	}
}
