package broker

import (
	"net"
	"time"
)

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

// SetReadDeadline is called by the library after frames that it has read, in its goroutine for heartbeats, and holds that until
// a write goes straight to the socket, and for a while at most. Each frame, read or sent, would wake the goroutine, which costs
// about as much as to send an acknowledgement does. Beside a single worker it may well wake after each write: the thread that
// this keeps up hears the broker's answer sooner.
//
// The deadline itself is moved by Read. Heartbeats come late by no more than a sixteenth of the silence allowed, because the
// goroutine is left alone now and then, and one goes out at times though something else was sent.
func (w *wire) SetReadDeadline(time.Time) error {
	if !w.holding.Load() {
		silence := time.Duration(w.silence.Load())
		if time.Since(w.let) < silence/1024 {
			return nil
		}
		w.holding.Store(true)
		w.hold.Reset(silence / 16) // a timer for each hold would be dearer than what the hold spares
	}
	select {
	case <-w.went:
	case <-w.ended:
	}
	if !w.holding.Load() {
		w.let = time.Now()
	}
	return nil
}

// letGo ends the time in which the library's goroutine for heartbeats may be held.
func (w *wire) letGo() {
	w.holding.Store(false)
	w.tellWent()
}

// tellWent ends the hold that is under way.
func (w *wire) tellWent() {
	select {
	case w.went <- struct{}{}:
	default: // none has begun since the last one was ended
	}
}
