// Package spool writes in the background, so that whoever draws or logs never waits for a terminal, a pipe or a disk that
// is slow or stuck.
package spool

import (
	"io"
	"math"
	"sync"
)

// Writer passes what it is given on to another writer, in order. Its methods return at once and may be called from any
// goroutine. The goroutine that writes lives only while something waits to be written.
type Writer struct {
	out   io.Writer
	limit int              // bytes that may wait
	lost  func(int) []byte // says that so many writes were left out; nil: that is not told
	fail  func(error)      // is told the first error of out, on the writing goroutine; nil: nobody is

	mu      sync.Mutex
	waiting []byte
	spare   []byte
	missing int           // writes that were left out, not told yet
	quiet   chan struct{} // closed when nothing waits any more; nil: nothing waits
	failed  bool
}

// Options bound and watch a Writer.
type Options struct {
	Limit int              // bytes that may wait; a write beyond it is left out whole. 0: any number
	Lost  func(int) []byte // a line that says how many writes were left out, put where they would have stood
	Fail  func(error)      // is told the first error, from the writing goroutine
}

// New returns a Writer to out, which from now on belongs to it.
func New(out io.Writer, o Options) *Writer {
	if o.Limit == 0 {
		o.Limit = math.MaxInt
	}
	return &Writer{out: out, limit: o.Limit, lost: o.Lost, fail: o.Fail}
}

// Write takes text in to be written later. It never fails: Options.Fail is told what went wrong, and what out refuses is
// gone.
func (w *Writer) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.waiting)+len(text) > w.limit {
		w.missing++
		return len(text), nil
	}
	w.confess()
	w.waiting = append(w.waiting, text...)
	w.begin()
	return len(text), nil
}

// confess puts in a word about what was left out. The caller holds mu.
func (w *Writer) confess() {
	if w.missing > 0 && w.lost != nil {
		w.waiting = append(w.waiting, w.lost(w.missing)...)
	}
	w.missing = 0
}

// begin starts the goroutine that writes, unless it is at work. The caller holds mu.
func (w *Writer) begin() {
	if w.quiet == nil {
		w.quiet = make(chan struct{})
		go w.pass()
	}
}

// pass writes until nothing waits.
func (w *Writer) pass() {
	for {
		w.mu.Lock()
		if len(w.waiting) == 0 {
			w.confess()
		}
		if len(w.waiting) == 0 {
			close(w.quiet)
			w.quiet = nil
			w.mu.Unlock()
			return
		}
		text := w.waiting
		w.waiting = w.spare[:0]
		w.mu.Unlock()
		_, err := w.out.Write(text)
		w.mu.Lock()
		w.spare = text
		first := err != nil && !w.failed
		w.failed = w.failed || err != nil
		w.mu.Unlock()
		if first && w.fail != nil {
			w.fail(err)
		}
	}
}

// Quiet returns a channel that is closed once all that was taken in so far is written, or refused.
func (w *Writer) Quiet() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.quiet == nil {
		return closed
	}
	return w.quiet
}

// Behind reports whether something waits to be written.
func (w *Writer) Behind() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.quiet != nil
}

var closed = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
