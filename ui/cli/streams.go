package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"carousel/ui/spool"
)

// The work must not wait for whoever reads standard error, nor its end for whoever reads standard output: a terminal that
// stands still, or a pipe that nobody empties, would keep tasks from being acknowledged, and a signal from ending the
// program.

// lastWords is how long the program waits, after a signal, for a reader that does not read.
const lastWords = 2 * time.Second

// maxUnread bounds what waits for such a reader.
const maxUnread = 1 << 20

// messages is standard error: it is written in the background, and what nobody reads for too long is left out.
type messages struct {
	*spool.Writer
	out io.Writer
}

// results is standard output. A write returns once it is written.
type results struct {
	out   io.Writer
	spool *spool.Writer
	first func() // waits for standard error: on a terminal the two share the lines
	await func(quiet <-chan struct{}) bool

	mu  sync.Mutex
	err error // the first of out
}

// spoolStreams puts the two in front of the process's own.
func (p *program) spoolStreams() {
	errs := &messages{out: p.Stderr}
	errs.Writer = spool.New(p.Stderr, spool.Options{Limit: maxUnread, Lost: func(n int) []byte {
		return fmt.Appendf(nil, "carousel: %d lines are left out here, because nobody read them in time\n", n)
	}})
	out := &results{out: p.Stdout, await: p.await, first: func() { p.await(errs.Quiet()) }}
	out.spool = spool.New(p.Stdout, spool.Options{Fail: out.fail})
	p.Stdout, p.Stderr = out, errs
}

// await waits until a spool is quiet, and after a signal only for a moment. It reports whether it is.
func (p *program) await(quiet <-chan struct{}) bool {
	select {
	case <-quiet:
		return true
	case <-p.stop.Done():
	}
	patience := time.NewTimer(lastWords)
	defer patience.Stop()
	select {
	case <-quiet:
		return true
	case <-patience.C:
		return false
	}
}

func (r *results) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

// Write succeeds where the reader has gone: who closes a pipe wants no more of it, and what was done stays done.
func (r *results) Write(text []byte) (int, error) {
	r.first()
	_, _ = r.spool.Write(text)
	if !r.await(r.spool.Quiet()) {
		return 0, errors.New("the result is not written: nobody reads standard output")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil && !errors.Is(r.err, syscall.EPIPE) {
		return 0, fmt.Errorf("the result cannot be written to standard output: %w", plainCause(r.err))
	}
	return len(text), nil
}

// fileOf is the file that a stream ends in; nil when it is none.
func fileOf(stream any) *os.File {
	switch s := stream.(type) {
	case *os.File:
		return s
	case *messages:
		return fileOf(s.out)
	case *results:
		return fileOf(s.out)
	}
	return nil
}
