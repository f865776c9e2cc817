package broker

import (
	"cmp"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// wire is what the client library reads from and writes to. The library hands over each frame by itself, and a pool writes
// little else than small ones: the acks of many channels. The wire gathers what is written within one moment of the scheduler
// into one write to the socket; nothing waits for more to come. Where the writes of late found no company, as those of a single
// worker, or are large, they go straight to the socket: what is handed to another goroutine costs a wake-up.
//
// A write that fails closes the socket, and every read and write after it returns that error, so the library ends the
// connection as it would have at once. Until then a write that returned nil is as good as one that lies in the system's own
// buffer. One write to the socket is under way at a time, in the order in which they came; a goroutine makes those of what is
// gathered, and Close ends it and waits for it. Reads come from one goroutine, the rest from any.
//
// It is no net.Conn on purpose: the library would move the deadline of reads after each frame, and in another goroutine.
type wire struct {
	conn    net.Conn
	silence atomic.Int64 // nanoseconds for which the broker may be silent; 0: for ever

	moved time.Time // when the deadline of reads was moved; only the reader
	room  []byte    // for what is read ahead; only the reader
	ahead []byte    // the part of room that the library has not taken yet; only the reader

	mu       sync.Mutex
	more     sync.Cond // something was gathered and may be written, or the wire is to end
	less     sync.Cond // there is room again, or nothing is on its way, or there will never be
	gathered []byte
	writes   int    // that are in gathered
	spare    []byte // the other buffer, while nothing of it is on its way
	onWay    bool   // a write to the socket is under way
	lonely   int    // writes of late that found no company, less those that did: 0 to wireLonely
	straight int    // writes since the last one that looked for company
	closing  bool
	err      error         // why nothing more is written
	ended    chan struct{} // closed when the writing goroutine has ended
}

const (
	wireRoom  = 128 << 10 // of what is gathered: beyond it a write waits for the socket
	wireAhead = 32 << 10  // of what is read ahead; the library itself reads 4 kB at a time
	wireLarge = 16 << 10  // a write of this size is not worth to be copied
	// At wireLonely writes go straight to the socket, and one in wireLook looks again. A write that comes with another one makes
	// up for wireCompany that came alone: from about there on, gathering costs less than it spares.
	wireLonely, wireLook, wireCompany = 16, 16, 4
	// wirePatience is how long Close tries to write what is gathered: the goodbye of the connection, above all.
	wirePatience = 250 * time.Millisecond
)

func newWire(conn net.Conn) *wire {
	w := &wire{conn: conn, room: make([]byte, wireAhead), ended: make(chan struct{})}
	w.more.L, w.less.L = &w.mu, &w.mu
	go w.carry()
	return w
}

// Write takes p over, and waits only while there is no room for it, or while the socket takes what goes straight to it.
func (w *wire) Write(p []byte) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case len(p) >= wireLarge:
		return w.writeLarge(p)
	case w.alone():
		return w.writeNow(p)
	}
	for n < len(p) {
		for len(w.gathered) >= wireRoom && w.err == nil {
			w.less.Wait()
		}
		if w.err != nil {
			return n, w.err
		}
		if len(w.gathered) == 0 && !w.onWay {
			w.more.Signal()
		}
		some := min(len(p)-n, wireRoom-len(w.gathered))
		w.gathered = append(w.gathered, p[n:n+some]...)
		n += some
	}
	w.writes++
	return n, nil
}

// alone reports whether a write may go straight to the socket: nothing is before it, and those of late found no company. The
// library makes its writes one at a time, so nobody can be seen to wait: now and then one is gathered to look. The caller
// holds mu.
func (w *wire) alone() bool {
	if len(w.gathered) > 0 || w.onWay || w.lonely < wireLonely {
		return false
	}
	if w.straight++; w.straight == wireLook {
		w.straight, w.lonely = 0, wireLonely-1
		return false
	}
	return true
}

// writeLarge writes what was gathered before p, and p, when nothing else is on its way. The library writes a large body in many
// pieces, and to gather the small ones between would only wake a goroutine that finds them gone. The caller holds mu.
func (w *wire) writeLarge(p []byte) (n int, err error) {
	w.lonely = wireLonely
	for w.onWay && w.err == nil {
		w.less.Wait()
	}
	if len(w.gathered) > 0 {
		if _, err := w.writeNow(w.take()); err != nil {
			return 0, err
		}
	}
	return w.writeNow(p)
}

// writeNow writes p to the socket while the caller, who holds mu, waits; nothing else may be on its way. mu is free meanwhile.
func (w *wire) writeNow(p []byte) (n int, err error) {
	if w.err != nil {
		return 0, w.err
	}
	w.onWay = true
	w.mu.Unlock()
	n, err = w.conn.Write(p)
	if err != nil {
		w.fail(err)
	}
	w.mu.Lock()
	w.onWay = false
	w.less.Broadcast()
	if len(w.gathered) > 0 || w.closing {
		w.more.Signal()
	}
	if err != nil {
		err = w.err // what ended the wire, if that came first
	}
	return n, err
}

// take takes what is gathered. The caller holds mu, and lets the next one take only when it has been written.
func (w *wire) take() []byte {
	batch := w.gathered
	w.gathered, w.spare, w.writes = w.spare[:0], batch, 0
	w.less.Broadcast()
	return batch
}

// carry writes what is gathered, until the wire ends.
func (w *wire) carry() {
	defer close(w.ended)
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.await() {
		w.mu.Unlock()
		runtime.Gosched() // those who are ready to run go first: what they write goes with it
		w.mu.Lock()
		if w.onWay || len(w.gathered) == 0 { // a large write went first, and took it along
			continue
		}
		if w.writes > 1 {
			w.lonely = max(0, w.lonely-wireCompany*(w.writes-1))
		} else {
			w.lonely = min(w.lonely+1, wireLonely)
		}
		_, _ = w.writeNow(w.take()) // await returns what it met
	}
}

// await waits for something to write, and reports false when the wire has ended. The caller holds mu.
func (w *wire) await() bool {
	for (len(w.gathered) == 0 || w.onWay) && w.err == nil {
		if w.closing && !w.onWay {
			w.err = net.ErrClosed
			break
		}
		w.more.Wait()
	}
	return w.err == nil
}

// fail ends writing, and with the socket reading.
func (w *wire) fail(err error) {
	w.mu.Lock()
	w.err = cmp.Or(w.err, err)
	w.less.Broadcast()
	w.mu.Unlock()
	_ = w.conn.Close()
}

// Read reads ahead, and keeps the broker to its heartbeats.
func (w *wire) Read(p []byte) (n int, err error) {
	if len(w.ahead) > 0 {
		n = copy(p, w.ahead)
		w.ahead = w.ahead[n:]
		return n, nil
	}
	w.moveDeadline()
	if len(p) >= len(w.room) {
		n, err = w.conn.Read(p)
	} else {
		n, err = w.conn.Read(w.room)
		w.ahead = w.room[:n]
		n = copy(p, w.ahead)
		w.ahead = w.ahead[n:]
	}
	if err != nil {
		err = w.reason(err)
	}
	return n, err
}

// reason is why reading ended: what writing met, if that came first.
func (w *wire) reason(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil && w.err != net.ErrClosed {
		return w.err
	}
	return err
}

// hush sets for how long the broker may be silent from now on; 0: for ever.
func (w *wire) hush(silence time.Duration) {
	w.silence.Store(int64(silence))
	if silence > 0 {
		_ = w.conn.SetReadDeadline(time.Now().Add(silence)) // a read is on its way
	}
}

// moveDeadline moves the deadline of reads, a sixteenth of the time too seldom rather than at each of them.
func (w *wire) moveDeadline() {
	silence := time.Duration(w.silence.Load())
	if silence == 0 {
		return
	}
	if now := time.Now(); now.Sub(w.moved) > silence/16 {
		w.moved = now
		_ = w.conn.SetReadDeadline(now.Add(silence)) // fails with the socket, as the read does
	}
}

// SetDeadline sets the deadline of the handshake, which the library clears with it.
func (w *wire) SetDeadline(t time.Time) error { return w.conn.SetDeadline(t) }

// Close writes what is gathered if that can be done in a moment, and closes the socket. It may be called again.
func (w *wire) Close() error {
	w.mu.Lock()
	w.closing = true
	w.more.Signal()
	w.mu.Unlock()
	_ = w.conn.SetWriteDeadline(time.Now().Add(wirePatience))
	<-w.ended
	return w.conn.Close()
}
