package ui

import (
	"context"
	"strings"
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
}

// onStage plays a scene in a bubble: three workers at work, seventeen dead letters, a vhost. change may set things otherwise before
// the program starts. A scene ends with the program, which leave sees to; a goroutine that is left fails the test.
func onStage(t *testing.T, change func(*stage, *Options), play func(*stage)) {
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, b: busyBroker(), pool: busyPool(3), dead: deadLetters(17), admin: busyVHost()}
		s.pool.events = nil
		ctx, cancel := context.WithCancel(t.Context())
		s.cancel = cancel
		o := Options{
			Config: DefaultConfig(), Broker: s.b, Pool: s.pool, Journal: s.pool, Dead: s.dead, Admin: s.admin, DrainTimeout: time.Minute,
		}
		if change != nil {
			change(s, &o)
		}
		s.program = startProgram(t, ctx, o, 120, 36)
		play(s)
		cancel()
		s.app.crew.dismiss()
		if s.app.player != nil {
			s.app.player.close()
		}
	})
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

// give presses keys; %text is typed.
func (s *stage) give(keys ...string) {
	for _, k := range keys {
		text, types := strings.CutPrefix(k, "%")
		if !types {
			s.Send(keyOf(k))
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
	if err := <-s.ended; err != nil {
		s.t.Error(err)
	}
}

// leave quits, whatever is asked about it, and waits for the end.
func (s *stage) leave() {
	s.t.Helper()
	s.give("esc", "esc", "esc", "q", "enter")
	s.ends()
}
