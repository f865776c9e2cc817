package cli

import (
	"context"
	"math"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// Signals are those that ask the process to end, for Process.Signals. A signal that whoever started the process has it
// ignore stays ignored: nohup means what it says. It is called once, before anything is written: from then on a reader
// that goes away is an error of the write, and no longer the end of the process.
func Signals() <-chan os.Signal {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // not Ignore, which handler commands would inherit
	signals := make(chan os.Signal, 3)                      // each of the three means more than the one before
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	return signals
}

// interruptLag is how late the Ctrl+C may be heard that was meant for another program, and has ended it.
const interruptLag = 500 * time.Millisecond

// lend runs use, while another program has the terminal. Ctrl+C is for that program, though every process of the group gets
// the signal.
func (p *program) lend(use func() error) error {
	p.lent.Store(math.MaxInt64)
	defer func() { p.lent.Store(time.Now().Add(interruptLag).UnixNano()) }()
	return use()
}

// watchSignals makes p.stop and p.now follow the process's signals; the third one ends the process whatever it does. The
// returned function ends the watch and waits for its goroutine.
//
// SIGHUP never means more than the first one: when a terminal goes, the shell and the kernel both send it. To a command that can
// read its config again it may mean that.
func (p *program) watchSignals() (end func()) {
	var stop, now context.CancelFunc
	p.now, now = context.WithCancel(context.Background())
	p.stop, stop = context.WithCancel(p.now)
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		var again <-chan time.Time // when a terminal that was there at SIGHUP is looked for once more
		for {
			select {
			case s := <-p.Signals:
				switch {
				case s == os.Interrupt && time.Now().UnixNano() < p.lent.Load():
				case s == syscall.SIGHUP && p.stop.Err() == nil:
					var leave bool
					if leave, again = p.hungUp(); leave {
						stop()
					}
				case p.stop.Err() == nil:
					stop()
				case s == syscall.SIGHUP:
				case p.now.Err() == nil:
					now()
				default:
					p.abandon()
				}
			case <-again:
				again = nil
				if p.hungUpIndeed() {
					stop()
				}
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		watch.Wait()
		now()
	}
}
