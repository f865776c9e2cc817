package sandbox

import (
	"io"
	"slices"
	"sync"
	"time"
)

const (
	// Above this many unsent octets a connection's consumers get nothing more, until it has taken some.
	deliveryBacklog = 1 << 20
	// Above this many its requests are not read either: their answers would have no end.
	answerBacklog = 4 << 20
	// A body of so many octets is not copied: the message is held until it is written.
	sharedBody = 4 << 10
)

// parcel is what is written at once: pieces of the outbox's own, and between them parts of bodies.
type parcel struct {
	pieces  [][]byte
	tail    []byte     // the last piece, which frames are appended to; empty only when there are none
	charged int64      // octets of the broker's memory that are free when it is written
	held    []*message // that the pieces refer to, to be released then
}

// refer puts octets of somebody else into the parcel. They must not change.
func (p *parcel) refer(octets []byte) {
	p.pieces = append(p.pieces, p.tail, octets)
	p.tail = p.tail[len(p.tail):] // what room is left behind it
}

// outbox takes frames from whoever has some, without ever waiting, and writes many at once.
type outbox struct {
	mu       sync.Mutex
	next     parcel        // not yet taken by the writer
	unsent   int           // these, and what the writer has in hand
	interval time.Duration // of heartbeats; 0 without
	closed   bool
	wake     chan struct{} // capacity 1
	drained  sync.Cond     // unsent fell, or closed
}

func (o *outbox) init() {
	o.wake = make(chan struct{}, 1)
	o.drained.L = &o.mu
}

// add appends what the function appends. A closed outbox drops it: nobody is there to read it.
func (o *outbox) add(encode func(buf []byte) []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	o.append(encode)
	o.signal()
}

// append returns how many octets were appended.
func (o *outbox) append(encode func(buf []byte) []byte) int {
	before := len(o.next.tail)
	o.next.tail = encode(o.next.tail)
	added := len(o.next.tail) - before
	o.unsent += added
	return added
}

// addMessage appends the frame of a method, which head appends, and those of the message. It returns what that takes of
// the broker's memory until it is written. The caller holds the broker's lock.
func (o *outbox) addMessage(ch *channel, properties []byte, m *message, head func(buf []byte) []byte) (charge int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return 0
	}
	if len(m.body) < sharedBody {
		charge = int64(o.append(func(buf []byte) []byte {
			return appendContent(head(buf), ch.id, properties, m.body, ch.conn.frameMax)
		}))
	} else {
		charge = int64(o.append(func(buf []byte) []byte {
			return appendContentHeader(head(buf), ch.id, properties, len(m.body))
		}))
		charge += o.share(ch, m)
	}
	o.next.charged += charge
	o.signal()
	return charge
}

// share appends the frames of a body without a copy of it, and returns what they take beside it.
func (o *outbox) share(ch *channel, m *message) (charge int64) {
	for piece := range slices.Chunk(m.body, int(ch.conn.frameMax)-frameOverhead) {
		charge += pieceCost
		o.append(func(buf []byte) []byte { return appendFrameHeader(buf, frameBody, ch.id, len(piece)) })
		o.next.refer(piece)
		o.unsent += len(piece)
		o.append(func(buf []byte) []byte { return append(buf, frameEnd) })
	}
	m.holders++
	o.next.held = append(o.next.held, m)
	return charge
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// close makes the writer end when it has written what is there.
func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.signal()
	o.drained.Broadcast()
}

// over reports whether more than so many octets are unsent.
func (o *outbox) over(limit int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.unsent > limit
}

// await returns when the client has taken enough of its answers to be given more.
func (o *outbox) await() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.unsent > answerBacklog && !o.closed {
		o.drained.Wait()
	}
}

// beat makes the writer send a heartbeat where it was silent for so long.
func (o *outbox) beat(interval time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.interval = interval
	o.signal()
}

// take takes all frames and leaves an empty buffer in their place.
func (o *outbox) take(empty []byte) (p parcel, interval time.Duration, closed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p, o.next = o.next, parcel{tail: empty[:0]}
	return p, o.interval, o.closed
}

func (o *outbox) sent(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.unsent -= n
	o.drained.Broadcast()
}

// write writes the parcel piece by piece.
func (o *outbox) write(to io.Writer, p *parcel) error {
	for _, piece := range append(p.pieces, p.tail) {
		if _, err := to.Write(piece); err != nil {
			return err
		}
		o.sent(len(piece))
	}
	return nil
}

// run writes until the outbox is closed and empty, or writing fails. After each write, and when one failed, it calls
// flushed with what the outbox does not hold any more.
func (o *outbox) run(to io.Writer, flushed func(*parcel)) error {
	const spare = 64 << 10 // a larger buffer is not kept for the next frames
	var empty []byte
	silence := time.NewTimer(0)
	defer silence.Stop()
	for {
		silent := false
		select {
		case <-o.wake:
		case <-silence.C:
			silent = true
		}
		p, interval, closed := o.take(empty)
		if silent && interval > 0 && len(p.tail) == 0 {
			p.tail = appendHeartbeat(p.tail)
			o.sent(-len(p.tail))
		}
		err := o.write(to, &p)
		flushed(&p)
		if err != nil || closed { // nothing was added since: a closed outbox takes nothing
			return err
		}
		empty = nil
		if len(p.pieces) == 0 && cap(p.tail) <= spare {
			empty = p.tail
		}
		if interval > 0 {
			silence.Reset(interval)
		}
	}
}
