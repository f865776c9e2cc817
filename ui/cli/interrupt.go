package cli

import (
	"context"
	"sync"
)

// watchSignals makes p.stop and p.now follow the process's signals. The returned function ends the watch and waits for
// its goroutine.
func (p *program) watchSignals() (end func()) {
	var stop, now context.CancelFunc
	p.now, now = context.WithCancel(context.Background())
	p.stop, stop = context.WithCancel(p.now)
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for _, react := range []context.CancelFunc{stop, now} {
			select {
			case <-p.Signals:
				react()
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
