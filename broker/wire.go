package broker

import (
	"cmp"
	"errors"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// wire is what the client library reads from and writes to. The library hands over each frame by itself, and a pool writes
// little else than small ones: the acks of many channels. The wire gathers what is written within one moment of the scheduler
// into one write to the socket; nothing waits for more to come. Where the writes of late found no company, as those of a single
// worker, or are large, they go straight to the socket: what is handed to another goroutine costs a wake-up.
//
// A broker in alarm reads nothing from publishers for as long as it lasts. Whoever writes to a socket that stalls is free again
// after a moment, and the wire keeps what the socket did not take: heartbeats, and whoever gives up waiting, never hang on a
// write. What it keeps is bounded by the publishers' window, and by wireMost in any case.
//
// A write that fails closes the socket, and every read and write after it returns that error, so the library ends the
// connection as it would have at once. Until then a write that returned nil is as good as one that lies in the system's own
// buffer. One write to the socket is under way at a time, in the order in which they came; a goroutine makes those of what is
// gathered, and Close ends it and waits for it. Reads come from one goroutine, the rest from any.
//
// The deadline of reads is its own; see SetReadDeadline for what the library takes to be that. Deadlines are moved at the first
// read and write after each beat only: a clock is not free either.
type wire struct {
	conn    net.Conn
	resumes bool         // a write that its deadline interrupts can go on, as TLS's cannot
	limit   int          // of what is gathered, in bytes; wireMost, for tests to lower
	silence atomic.Int64 // nanoseconds for which the broker may be silent; 0: for ever

	beat     *time.Timer   // calls onBeat
	beating  atomic.Bool   // until it does
	readDue  atomic.Bool   // the deadline of reads is to be moved
	writeDue atomic.Bool   // that of writes is
	came     chan struct{} // holds a value when a beat came

	room   []byte // for what is read ahead; only the reader
	ahead  []byte // the part of room that the library has not taken yet; only the reader
	rounds int    // that the library's goroutine for heartbeats may make before it is held; only that

	mu       sync.Mutex
	more     sync.Cond // something was gathered and may be written, or the wire is to end
	less     sync.Cond // there is room again, or the socket stalls, or there will never be
	gathered []byte
	writes   int    // that are in gathered
	spare    []byte // the other buffer, while nothing of it is on its way
	onWay    bool   // a write to the socket is under way
	stalled  bool   // the socket has taken nothing for a while
	lonely   int    // writes of late that found no company, less those that did: 0 to wireLonely
	straight int    // writes since the last one that looked for company
	closing  bool
	err      error         // why nothing more is written
	ended    chan struct{} // closed when the writing goroutine has ended
}

const (
	wireRoom  = 128 << 10 // of what is gathered: beyond it a write waits for the socket, unless that stalls
	wireMost  = 160 << 20 // beyond it a write waits in any case
	wireKeep  = 256 << 10 // of a buffer's size that is kept for the next time
	wireAhead = 32 << 10  // of what is read ahead; the library itself reads 4 kB at a time
	wireLarge = 16 << 10  // a write of this size is not worth to be copied
	// At wireLonely writes go straight to the socket, and one in wireLook looks again. A write that comes with another one makes
	// up for wireCompany that came alone: from about there on, gathering costs less than it spares.
	wireLonely, wireLook, wireCompany = 16, 64, 4
	// wirePatience is how long Close tries to write what is gathered: the goodbye of the connection, above all.
	wirePatience = 250 * time.Millisecond
	// wireStall is when a write to the socket is interrupted at the latest; it has at least half of it.
	wireStall = 500 * time.Millisecond
	// wireRounds is how often the library's goroutine for heartbeats goes round before it is held again: it picks at random among
	// what is there for it, and the tick at which it is to send one is to be among that.
	wireRounds = 16
)

// newWire makes a wire over a connection; resumes says that a write which its deadline interrupts can go on later.
func newWire(conn net.Conn, resumes bool) *wire {
	w := &wire{conn: conn, resumes: resumes, limit: wireMost, room: make([]byte, wireAhead),
		came: make(chan struct{}, 1), ended: make(chan struct{})}
	w.beat = time.AfterFunc(time.Hour, w.onBeat)
	w.beat.Stop() // until something is put off to the next one
	w.writeDue.Store(true)
	w.more.L, w.less.L = &w.mu, &w.mu
	go w.carry()
	return w
}

// Write takes p over. It waits for the socket while that does not stall, and for room.
func (w *wire) Write(p []byte) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(p) >= wireLarge && w.resumes {
		w.lonely = wireLonely
		// The library writes a large body in many pieces: to have the small ones between carried only wakes a goroutine.
		if len(w.gathered) > 0 && !w.onWay && !w.stalled {
			w.writeNow(w.take())
		}
	}
	if w.alone(len(p)) {
		n = w.writeNow(p)
		return n, w.err
	}
	for n < len(p) {
		room := w.awaitRoom()
		if w.err != nil {
			return n, w.err
		}
		if len(w.gathered) == 0 && !w.onWay {
			w.more.Signal()
		}
		some := min(len(p)-n, room)
		w.gathered = append(w.gathered, p[n:n+some]...)
		n += some
	}
	w.writes++
	return n, nil
}

// awaitRoom waits for room, and returns how much there is; none only when the wire has ended. The caller holds mu.
func (w *wire) awaitRoom() int {
	full := func() bool {
		return len(w.gathered) >= w.limit || len(w.gathered) >= wireRoom && !w.stalled
	}
	if full() && w.err == nil {
		patience := time.AfterFunc(wireStall, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.stalled = true // until a write ends
			w.less.Broadcast()
		})
		defer patience.Stop()
		for full() && w.err == nil {
			w.less.Wait()
		}
	}
	if w.stalled {
		return w.limit - len(w.gathered)
	}
	return wireRoom - len(w.gathered)
}

// alone reports whether a write of this size may go straight to the socket: nothing is before it, and it is large, or those of
// late found no company. The library makes its writes one at a time, so nobody can be seen to wait: now and then one is gathered
// to look. The caller holds mu.
func (w *wire) alone(size int) bool {
	switch {
	case !w.resumes || len(w.gathered) > 0 || w.onWay || w.lonely < wireLonely:
		return false
	case size >= wireLarge:
		return true
	}
	if w.straight++; w.straight == wireLook {
		w.straight, w.lonely = 0, wireLonely-1
		return false
	}
	return true
}

// writeNow writes p to the socket while the caller, who holds mu, waits; nothing else may be on its way. mu is free meanwhile.
// What a socket that stalls has not taken is put before what was gathered meanwhile. It returns less than p's length only
// when the wire has ended, for the reason in err.
func (w *wire) writeNow(p []byte) int {
	if w.err != nil {
		return 0
	}
	w.onWay = true
	w.allow()
	w.mu.Unlock()
	n, err := w.conn.Write(p)
	w.mu.Lock()
	w.stalled = w.resumes && !w.closing && errors.Is(err, os.ErrDeadlineExceeded)
	switch {
	case err == nil:
	case w.stalled:
		w.writeDue.Store(true) // whenever the beat comes
		w.gathered = slices.Insert(w.gathered, 0, p[n:]...)
		n = len(p)
	default:
		w.mu.Unlock()
		w.fail(err)
		w.mu.Lock()
	}
	w.onWay = false
	if len(w.gathered) > 0 || w.closing {
		w.more.Signal()
	}
	return n
}

// allow moves the deadline of writes, where that is due. The caller holds mu.
func (w *wire) allow() {
	if !w.writeDue.Load() || !w.resumes || w.closing {
		return
	}
	w.writeDue.Store(false)
	_ = w.conn.SetWriteDeadline(time.Now().Add(wireStall)) // fails with the socket, as the write does
	w.awaitBeat()
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
		w.writeNow(w.take()) // await knows what it met
		if cap(w.spare) > wireKeep {
			w.spare = nil
		}
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

// SetDeadline sets the deadline of the handshake, which the library clears with it.
func (w *wire) SetDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writeDue.Store(true)
	return w.conn.SetDeadline(t)
}

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
