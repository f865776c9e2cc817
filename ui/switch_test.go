package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// switchable is a console on task_queue that can go to other queues, and what it was asked for.
type switchable struct {
	*App
	old, fresh   *fakePool
	next         *fakeBroker
	err          error
	asked, ended []string
	started      int
}

func newSwitchable(t *testing.T, pool *fakePool) *switchable {
	s := &switchable{old: pool, fresh: busyPool(2), next: busyBroker()}
	s.fresh.events = nil
	s.next.queue.Queue = "other"
	s.App = newTestApp(t, 120, 40, busyBroker(), pool)
	s.o.Switch, s.o.Close = s.open, func() { s.ended = append(s.ended, "task_queue") }
	return s
}

func (s *switchable) open(_ context.Context, queue string, work bool) (Session, error) {
	s.asked = append(s.asked, queue)
	if s.err != nil {
		return Session{}, s.err
	}
	n := Session{Broker: s.next, Close: func() { s.ended = append(s.ended, queue) }}
	if work {
		n.Pool, n.Journal, n.Start = s.fresh, s.fresh, func() { s.started++ }
	}
	return n, nil
}

// drains orders the switch, and returns the drain of the old pool, which has not begun.
func (s *switchable) drains(t *testing.T) (drain tea.Cmd) {
	t.Helper()
	opened := s.switchTo("other", true)()
	_, drain = s.Update(opened)
	if s.switching == nil || !s.switching.opened || drain == nil {
		t.Fatal("no drain was ordered")
	}
	return drain
}

func TestSwitchToWork(t *testing.T) {
	s := newSwitchable(t, busyPool(3))
	press(s.App, "j", "z")
	settle(s.App, s.switchTo("other", true))
	if s.o.Broker != Broker(s.next) || s.o.Pool != Pool(s.fresh) || s.started != 1 || s.switching != nil {
		t.Errorf("the console stands on %v, started %d times", s.o.Broker, s.started)
	}
	if !slices.Equal(s.old.asked, []string{"drain"}) || !slices.Equal(s.ended, []string{"task_queue"}) || !slices.Equal(s.asked, []string{"other"}) {
		t.Errorf("the old pool was asked %q, closed %q", s.old.asked, s.ended)
	}
	if want := "Now on other, with 2 workers. What was in hand of task_queue was finished."; s.toast.text != want {
		t.Errorf("says %q, want %q", s.toast.text, want)
	}
	if len(s.scene.shown) != 2 || len(s.scene.past.log) != 0 || s.zoomed || s.selected != 1 || s.scene.queue.Queue != "other" {
		t.Errorf("the screen still shows the old queue: %d workers, %d events", len(s.scene.shown), len(s.scene.past.log))
	}
	if frame := s.View(); !strings.Contains(frame, "other") || strings.Contains(strings.ReplaceAll(frame, s.toast.text, ""), "task_queue") {
		t.Errorf("the frame:\n%s", frame)
	}
	checkFrame(t, s.App)
	settle(s.App, s.switchTo("third", false))
	if s.o.Pool != nil || s.scene.hasPool || s.toast.text != "Now watching third; it is not worked here. What was in hand of other was finished." {
		t.Errorf("says %q", s.toast.text)
	}
	if !slices.Equal(s.fresh.asked, []string{"drain"}) || !slices.Equal(s.ended, []string{"task_queue", "other"}) {
		t.Errorf("the second pool was asked %q, closed %q", s.fresh.asked, s.ended)
	}
}

// A queue that cannot be opened leaves everything as it was, the pool at work.
func TestSwitchThatFails(t *testing.T) {
	s := newSwitchable(t, busyPool(3))
	s.err = errors.New("cannot look at queue othr: no such queue")
	settle(s.App, s.switchTo("othr", true))
	if s.o.Pool != Pool(s.old) || len(s.old.asked) > 0 || len(s.ended) > 0 || s.switching != nil {
		t.Errorf("asked %q, closed %q", s.old.asked, s.ended)
	}
	if s.toast.text != s.err.Error() || s.toast.level != levelAlarm || s.scene.queue.Queue != "task_queue" {
		t.Errorf("says %q", s.toast.text)
	}
}

// While the tasks in hand finish, nothing is published, the verdict counts down, and asking again hands them back.
func TestSwitchHurried(t *testing.T) {
	s := newSwitchable(t, busyPool(3))
	s.old.drained = make(chan struct{})
	drain := s.drains(t)
	look(s.App, start.Add(10*time.Second))
	if v := s.judged(); v.text != "To other: 3 tasks in hand, 20 s to finish, then they go back to the queue (again: now)." {
		t.Errorf("says %q", v.text)
	}
	for _, why := range []string{s.barPublish(), s.barSuspendHalted()} {
		if why != "the console is on its way to another queue" {
			t.Errorf("bars: %q", why)
		}
	}
	settle(s.App, s.switchTo("other", true))
	if v := s.judged(); !strings.HasPrefix(v.text, "To other now: 3 tasks in hand go back") {
		t.Errorf("says %q", v.text)
	}
	settle(s.App, drain)
	if want := "Now on other, with 2 workers. Tasks that were not finished went back to task_queue."; s.toast.text != want || s.started != 1 {
		t.Errorf("says %q, want %q", s.toast.text, want)
	}
}

func (s *switchable) barSuspendHalted() string {
	s.o.Halt = func() bool { return true }
	defer func() { s.o.Halt = nil }()
	return s.barSuspend()
}

// On its way to another queue the console begins nothing on the old one that the way would cut off, and says so at every such key.
func TestNothingBeginsWhileSwitching(t *testing.T) {
	for screen, keys := range map[string][]string{
		"1": {"e", "P", "v", "ctrl+z"}, "2": {"R", "P"}, "3": {"L", "R", "X"}, "4": {"c", "P", "D"}, "5": {"X"},
	} {
		for _, opened := range []bool{false, true} {
			s := newSwitchable(t, busyPool(3))
			s.o.Admin, s.o.Dead, s.o.Halt = busyVHost(), deadLetters(3), func() bool { return true }
			press(s.App, screen, "G")
			press(s.App, map[string][]string{"3": {"L"}}[screen]...)
			if !opened {
				s.switchTo("other", true)
			} else {
				s.old.drained = make(chan struct{})
				s.drains(t)
			}
			for _, key := range keys {
				s.toast = toast{}
				press(s.App, key)
				if s.dialog != nil || !strings.HasSuffix(s.toast.text, " cannot act now: the console is on its way to another queue") {
					t.Errorf("screen %s, %s: %T, says %q", screen, key, s.dialog, s.toast.text)
				}
			}
		}
	}
}

// Leaving goes before switching: the new session is closed again, whenever it comes.
func TestQuitWhileSwitching(t *testing.T) {
	t.Run("opening", func(t *testing.T) {
		s := newSwitchable(t, busyPool(3))
		open := s.switchTo("other", true)
		settle(s.App, s.leave())
		settle(s.App, open)
		if s.o.Pool != Pool(s.old) || s.started != 0 || !slices.Equal(s.ended, []string{"other"}) || !slices.Equal(s.old.asked, []string{"drain"}) {
			t.Errorf("asked %q, closed %q", s.old.asked, s.ended)
		}
	})
	t.Run("draining", func(t *testing.T) {
		s := newSwitchable(t, busyPool(3))
		drain := s.drains(t)
		quit := s.leave()
		settle(s.App, drain)
		settle(s.App, quit)
		if s.o.Pool != Pool(s.old) || s.started != 0 || !slices.Equal(s.ended, []string{"other"}) || s.leaving == nil {
			t.Errorf("asked %q, closed %q", s.old.asked, s.ended)
		}
	})
}

// A look that was ordered on the old queue does not come onto the screen of the new one.
func TestALookAtTheOldQueueIsDropped(t *testing.T) {
	s := newSwitchable(t, busyPool(3))
	before := s.sampler.look(start.Add(time.Second))
	settle(s.App, s.switchTo("other", true))
	_, next := s.Update(sampleMsg(before))
	if s.scene.queue.Queue != "other" || len(s.scene.shown) != 2 || next == nil {
		t.Errorf("queue %s, %d workers", s.scene.queue.Queue, len(s.scene.shown))
	}
	if msg, ok := next().(sampleMsg); !ok || msg.by != s.sampler {
		t.Errorf("the next look was not ordered: %v", msg)
	}
}

// hinderer is a place that does something which must not be cut off.
type hinderer struct{ place }

func (hinderer) hinders(*App) string { return "a replay is on its way" }

func TestSwitchIsBarred(t *testing.T) {
	for want, c := range map[string]struct {
		change func(s *switchable)
		queue  string
	}{
		"not to another queue now: the console is leaving":          {func(s *switchable) { s.leave() }, "other"},
		"not to another queue now: a batch is on its way":           {func(s *switchable) { s.keepBatch(&batch{}) }, "other"},
		"not to another queue now: a replay is on its way":          {func(s *switchable) { s.places[placeDead] = hinderer{s.places[placeDead]} }, "other"},
		"not to another queue now: this console stays on its queue": {func(s *switchable) { s.o.Switch = nil }, "other"},
		"not to another queue now: the console is being suspended":  {func(s *switchable) { s.suspended = &suspending{} }, "other"},
		"the console is read-only, nothing is consumed":             {func(s *switchable) { s.o.ReadOnly = true }, "other"},
		"this is task_queue already":                                {func(*switchable) {}, "task_queue"},
		"the console is on its way to third":                        {func(s *switchable) { s.switchTo("third", true) }, "other"},
	} {
		s := newSwitchable(t, busyPool(1))
		c.change(s)
		settle(s.App, s.switchTo(c.queue, true))
		if s.toast.text != want || len(s.asked) > 0 {
			t.Errorf("says %q, want %q; asked %q", s.toast.text, want, s.asked)
		}
	}
}

// goMsg orders a switch, as a key of a place would.
type goMsg struct{ queue string }

func (m goMsg) tell(a *App) tea.Cmd { return a.switchTo(m.queue, true) }

// A whole console goes to another queue and ends there; the pool of the one it ended on is drained.
func TestProgramSwitches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		old, fresh, next := busyPool(3), busyPool(2), busyBroker()
		next.queue.Queue = "other"
		old.drained, old.events, fresh.events = make(chan struct{}), nil, []worker.Event{
			{Seq: 1, At: time.Now(), Kind: worker.TaskDone, Worker: 1, Task: task(1), Run: time.Second}}
		closed := make(chan struct{})
		stop := make(chan struct{})
		p := startProgram(t, ctx, Options{
			Config: DefaultConfig(), Broker: busyBroker(), Pool: old, Journal: old, Stop: stop, DrainTimeout: time.Minute,
			Close: func() { close(closed) },
			Switch: func(context.Context, string, bool) (Session, error) {
				time.Sleep(time.Second)
				return Session{Broker: next, Pool: fresh, Journal: fresh}, nil
			},
		}, 120, 40)
		p.after(100 * time.Millisecond)
		p.Send(goMsg{"other"})
		if s := p.after(500 * time.Millisecond); !strings.Contains(s, "Looking for queue other") {
			t.Errorf("no word of it:\n%s", s)
		}
		if s := p.after(10 * time.Second); !strings.Contains(s, "To other: 3 tasks in hand, 51 s to finish") && !strings.Contains(s, "To other: 3 tasks in hand, 50 s to finish") {
			t.Errorf("no countdown:\n%s", s)
		}
		close(old.drained)
		if s := p.after(time.Second); !strings.Contains(s, "Now on other, with 2 workers.") || !strings.Contains(s, "w02") || strings.Contains(s, "w03") {
			t.Errorf("not there:\n%s", s)
		}
		<-closed
		close(stop)
		if err := <-p.ended; err != nil {
			t.Error(err)
		}
		cancel()
		p.app.crew.dismiss()
		if !slices.Equal(old.asked, []string{"drain"}) || !slices.Equal(fresh.asked, []string{"drain"}) {
			t.Errorf("asked %q, then %q", old.asked, fresh.asked)
		}
	})
}

var _ Admin = (*broker.Client)(nil)
