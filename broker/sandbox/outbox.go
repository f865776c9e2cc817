package sandbox

import (
	"io"
	"sync"
	"time"
)

const (
	// Above this many unsent octets a connection's consumers get nothing more, until it has taken some.
	deliveryBacklog = 1 << 20
	// Above this many its requests are not read either: their answers would have no end.
	answerBacklog = 4 << 20
)

// outbox takes frames from whoever has some, without ever waiting, and writes many at once.
type outbox struct {
	mu       sync.Mutex
	frames   []byte        // not yet taken by the writer
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
	before := len(o.frames)
	o.frames = encode(o.frames)
	o.unsent += len(o.frames) - before
	o.signal()
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

func (o *outbox) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.unsent > deliveryBacklog
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

// swap takes all frames and leaves an empty buffer in their place.
func (o *outbox) swap(empty []byte) (frames []byte, interval time.Duration, closed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	frames, o.frames = o.frames, empty[:0]
	return frames, o.interval, o.closed
}

func (o *outbox) sent(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.unsent -= n
	o.drained.Broadcast()
}

// run writes until the outbox is closed and empty, or writing fails. After each write it calls flushed.
func (o *outbox) run(to io.Writer, flushed func()) error {
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
		frames, interval, closed := o.swap(empty)
		if silent && interval > 0 && len(frames) == 0 {
			if _, err := to.Write(appendHeartbeat(nil)); err != nil {
				return err
			}
		}
		if _, err := to.Write(frames); err != nil {
			return err
		}
		o.sent(len(frames))
		if closed { // nothing was added since: a closed outbox takes nothing
			return nil
		}
		if len(frames) > 0 {
			flushed()
		}
		empty = frames
		if cap(empty) > spare {
			empty = nil
		}
		if interval > 0 {
			silence.Reset(interval)
		}
	}
}
