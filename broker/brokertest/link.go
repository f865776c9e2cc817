package brokertest

import (
	"net"
	"sync"
	"time"
)

// link is one client's connection through a relay: a reader and a writer for each direction.
type link struct {
	relay  *Relay
	client *net.TCPConn

	mu     sync.Mutex
	broker *net.TCPConn  // nil until dialled
	ended  chan struct{} // closed when the link is over
	over   bool
}

// chunk is a piece of the stream and the time from which it may go on.
type chunk struct {
	bytes []byte
	due   time.Time
}

// run carries bytes until one end closes, or the link is reset.
func (l *link) run() {
	defer l.end(false)
	// The link stays without a broker while the relay is frozen: a dead network answers nobody.
	if !l.awaitThaw() {
		return
	}
	conn, err := net.DialTimeout("tcp", l.relay.target, patience)
	if err != nil {
		return
	}
	broker := conn.(*net.TCPConn)
	if !l.attach(broker) {
		broker.Close()
		return
	}
	var both sync.WaitGroup
	both.Go(func() { l.carry(broker, l.client) })
	both.Go(func() { l.carry(l.client, broker) })
	both.Wait()
}

// attach gives the link its far end, unless it was reset meanwhile.
func (l *link) attach(broker *net.TCPConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broker = broker
	return !l.over
}

func (l *link) reset() { l.end(true) }

// end closes both ends; with abort they see a reset instead of the end of the stream.
func (l *link) end(abort bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	l.over = true
	close(l.ended)
	for _, conn := range []*net.TCPConn{l.client, l.broker} {
		if conn == nil {
			continue
		}
		if abort {
			conn.SetLinger(0)
		}
		conn.Close()
	}
}

// carry moves one direction until its source ends or its destination fails. Reading does not wait for writing, so that
// a delay holds each byte back by the same time and does not slow the stream.
func (l *link) carry(to, from *net.TCPConn) {
	const held = 256 // chunks under way: enough for a delay of seconds, and a bound on memory when frozen
	chunks := make(chan chunk, held)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(chunks)
		l.read(from, chunks)
	})
	for c := range chunks {
		if !l.write(to, c) {
			break
		}
	}
	// A stream that ended one way is closed both ways: AMQP does not half-close.
	l.end(false)
	reading.Wait()
}

func (l *link) read(from *net.TCPConn, chunks chan<- chunk) {
	const size = 16 << 10
	for {
		buffer := make([]byte, size)
		n, err := from.Read(buffer)
		if n > 0 {
			delay, _, _ := l.relay.state()
			select {
			case chunks <- chunk{buffer[:n], time.Now().Add(delay)}:
			case <-l.ended:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// write sends the chunk when it is due, in pieces that keep to the rate, and reports whether the link goes on.
func (l *link) write(to *net.TCPConn, c chunk) bool {
	if !l.sleep(time.Until(c.due)) {
		return false
	}
	for rest := c.bytes; len(rest) > 0; {
		piece := rest
		if _, rate, _ := l.relay.state(); rate > 0 {
			const piecesPerSecond = 20
			piece = rest[:min(len(rest), max(1, rate/piecesPerSecond))]
			if !l.sleep(time.Duration(len(piece)) * time.Second / time.Duration(rate)) {
				return false
			}
		}
		if !l.awaitThaw() {
			return false
		}
		if _, err := to.Write(piece); err != nil {
			return false
		}
		rest = rest[len(piece):]
	}
	return true
}

// awaitThaw returns when bytes may move, or false when the link is over.
func (l *link) awaitThaw() bool {
	_, _, thawed := l.relay.state()
	select {
	case <-thawed:
		return true
	case <-l.ended:
		return false
	}
}

// sleep waits for d, or returns false when the link is over before.
func (l *link) sleep(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.ended:
		return false
	}
}
