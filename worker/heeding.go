package worker

import (
	"errors"
	"fmt"
	"runtime/debug"

	"carousel/broker"
)

var errNoReturn = errors.New("the handler ended its goroutine without returning")

// handle has the handler work on a delivery, in the worker's own goroutine, and returns how that ended. New orders that come
// meanwhile are followed by another goroutine, which is there only then: one for each task would cost more than many a task.
// When the handler ends the goroutine (runtime.Goexit), orphaned is called in its last moment instead.
//
// A channel that ends by itself meanwhile does not stop the handler: the broker has given the task to another worker
// already, so stopping would save nothing, and half-done work is worse outside than work done twice. Its settlement
// then fails, which makes the task unsettled.
func (s *stint) handle(own *taskContext, d *broker.Delivery, orphaned func()) (err error) {
	s.beBusy(own)
	returned := false
	defer func() {
		v := recover()
		s.beIdle()
		switch {
		case v != nil:
			err = fmt.Errorf("the handler panicked: %v", v)
			s.pool.log.Error("a handler panicked", "id", d.Task.ID, "panic", v, "stack", string(debug.Stack()))
		case !returned:
			orphaned()
		}
	}()
	err = s.manner.handler.Handle(own, s.tryOf(d))
	returned = true
	return err
}

// beBusy has orders followed by another goroutine from now on, those that came a moment ago too.
func (s *stint) beBusy(own *taskContext) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy, s.own = s, own
	if len(s.wake) > 0 {
		s.haveHeeded()
	}
}

// beIdle gives the following of orders back to the worker's goroutine. It waits until the other one has ended.
func (s *stint) beIdle() {
	s.mu.Lock()
	heeding := s.heeding
	s.busy = nil
	s.mu.Unlock()
	if heeding != nil {
		<-heeding
	}
}

// haveHeeded has orders followed while a handler keeps the worker's goroutine. The caller holds w.mu.
func (w *worker) haveHeeded() {
	if w.busy == nil || w.heeding != nil {
		return
	}
	s, ended := w.busy, make(chan struct{})
	w.heeding = ended
	go func() { // beIdle waits for it
		defer close(ended)
		for s.nudged() {
			s.heed(s.own)
		}
	}()
}

// nudged reports whether there are new orders for the worker while its handler works. The goroutine that asks ends when there
// are none.
func (w *worker) nudged() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy != nil {
		select {
		case <-w.wake:
			return true
		default:
		}
	}
	w.heeding = nil
	return false
}
