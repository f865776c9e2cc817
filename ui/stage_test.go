package ui

import (
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
)

// stage is a whole program at work on a virtual terminal, with all that it stands on, in time that passes only when it is let.
type stage struct {
	*program
	t      *testing.T
	b      *fakeBroker
	pool   *fakePool
	dead   *fakeDead
	admin  *fakeAdmin
	cancel context.CancelFunc
	done   <-chan struct{}
	over   bool           // the program has ended
	keys   *io.PipeWriter // the keyboard; nil: there is none
}

// onStage plays a scene in a bubble: three workers at work, seventeen dead letters, a vhost. change may set things otherwise before
// the program starts. A scene ends with the program, which leave sees to; a goroutine that is left fails the test.
func onStage(t *testing.T, change func(*stage, *Options), play func(*stage)) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, b: busyBroker(), pool: busyPool(3), dead: deadLetters(17), admin: busyVHost()}
		s.pool.events, s.b.queue.RetryNext = nil, time.Time{} // for it is another time here
		ctx, cancel := context.WithCancel(t.Context())
		s.cancel, s.done = cancel, ctx.Done()
		o := Options{
			Config: DefaultConfig(), Broker: s.b, Pool: s.pool, Journal: s.pool, Dead: s.dead, Admin: s.admin, DrainTimeout: time.Minute,
		}
		if change != nil {
			change(s, &o)
		}
		s.program = startProgram(t, ctx, o, 120, 36)
		defer s.strike()
		play(s)
	})
}

// strike ends what is left of the program, as it is after a scene that failed.
func (s *stage) strike() {
	s.cancel()
	if !s.over {
		<-s.ended
	}
	if s.keys != nil {
		s.keys.Close()
	}
	s.app.crew.dismiss()
	if s.app.player != nil {
		s.app.player.close()
	}
}

// see waits for what has been given to take effect, and fails unless all of it is on the screen.
func (s *stage) see(when string, wants ...string) string {
	s.t.Helper()
	screen := s.after(400 * time.Millisecond)
	for _, want := range wants {
		if !strings.Contains(screen, want) {
			s.t.Fatalf("%s: %q is not on the screen:\n%s", when, want, screen)
		}
	}
	return screen
}

// give presses keys as somebody does who sees what each of them leads to; %text is typed.
func (s *stage) give(keys ...string) {
	for _, k := range keys {
		text, types := strings.CutPrefix(k, "%")
		if !types {
			s.Send(keyOf(k))
			s.after(50 * time.Millisecond)
			continue
		}
		for _, r := range text {
			s.Send(keyOf(string(r)))
		}
	}
}

// links sets how all links stand.
func (s *stage) links(status broker.LinkStatus, err error) {
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	for i := range s.b.links {
		s.b.links[i].Status, s.b.links[i].Err, s.b.links[i].Since = status, err, time.Now()
		if status == broker.LinkUp {
			s.b.links[i].Generation++
		}
	}
}

// ends waits for the program to end, and fails unless it ends in good order.
func (s *stage) ends() {
	s.t.Helper()
	select {
	case err := <-s.ended:
		if s.over = true; err != nil {
			s.t.Error(err)
		}
	case <-time.After(time.Hour):
		s.t.Fatalf("it does not end:\n%s", s.screen.String())
	}
}

// leave quits, whatever is asked about it, and waits for the end.
func (s *stage) leave() {
	s.t.Helper()
	s.give("esc", "esc", "esc", "q", "enter")
	s.ends()
}

// otherSession opens any queue with two workers, and counts how often such a session was closed and began to work.
func otherSession(closed, began *atomic.Int32) func(context.Context, string, bool) (Session, error) {
	return func(_ context.Context, queue string, _ bool) (Session, error) {
		b, p := busyBroker(), busyPool(2)
		b.queue.Queue, p.events = queue, nil
		return Session{Broker: b, Pool: p, Journal: p, Start: func() { began.Add(1) }, Close: func() { closed.Add(1) }}, nil
	}
}
