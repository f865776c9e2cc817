package broker

import (
	"net"
	"runtime"
	"time"
)

// Read reads ahead, and keeps the broker to its heartbeats.
func (w *wire) Read(p []byte) (n int, err error) {
	if len(w.ahead) > 0 {
		n = copy(p, w.ahead)
		w.ahead = w.ahead[n:]
		return n, nil
	}
	runtime.Gosched() // those who were given what came go first: most often there is nothing more yet
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
		w.awaitBeat()
	}
}

// moveDeadline moves the deadline of reads, where that is due.
func (w *wire) moveDeadline() {
	if !w.readDue.Load() {
		return
	}
	w.readDue.Store(false)
	if silence := time.Duration(w.silence.Load()); silence > 0 {
		_ = w.conn.SetReadDeadline(time.Now().Add(silence)) // fails with the socket, as the read does
		w.awaitBeat()
	}
}

// awaitBeat has a beat come, for what is put off to it: after half of what a write is allowed, or a sixteenth of the silence. On a
// connection that is not used none comes.
func (w *wire) awaitBeat() {
	if !w.beating.CompareAndSwap(false, true) {
		return
	}
	after := wireStall / 2
	if silence := time.Duration(w.silence.Load()); silence > 0 {
		after = min(after, silence/16)
	}
	w.beat.Reset(after)
}

// onBeat makes due what was put off.
func (w *wire) onBeat() {
	w.beating.Store(false) // first: who finds its own due afterwards awaits the next one
	w.readDue.Store(true)
	w.writeDue.Store(true)
	select {
	case w.came <- struct{}{}:
	default: // nobody has waited since the last one
	}
}

// SetReadDeadline is called by the library after frames that it has read, in its goroutine for heartbeats, and holds that until
// the next beat. Each frame, read or sent, would wake the goroutine, which costs a single worker about a tenth of its time.
//
// The deadline itself is moved by Read. Heartbeats come late by no more than a beat, because the goroutine goes its rounds after
// each, and one goes out at times though something else was sent.
func (w *wire) SetReadDeadline(time.Time) error {
	switch {
	case w.silence.Load() == 0:
		return nil
	case w.rounds > 0:
		w.rounds--
		return nil
	}
	w.awaitBeat()
	select {
	case <-w.came:
	case <-w.ended:
	}
	w.rounds = wireRounds
	return nil
}
