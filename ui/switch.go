package ui

import (
	"context"
	"time"

	"carousel/worker/lab"

	tea "github.com/charmbracelet/bubbletea"
)

// Session is one queue with all that the console watches, works and feeds it by.
type Session struct {
	Broker  Broker
	Pool    Pool     // nil: watch only
	Journal Journal  // the pool's; nil without a pool
	Kept    Keepsake // the pool's; nil without a pool
	Dead    DeadLetters
	Admin   Admin
	Others  Others    // nil: nobody listens to them
	Floor   lab.Floor // nil: the lab only predicts
	// Trace is as in Options.
	Trace func(ctx context.Context, queue string) (Lens, error)
	Start func() // called when it comes onto the screen: lets the pool take tasks, and returns at once; nil: nothing
	Close func() // ends all of it; it blocks for about a second, and may be called again

	// What hangs on the broker, and is the same for all its queues: as in Options.
	Context  Context
	ReadOnly bool
	Sandbox  bool
	Notices  []string
	Unasked  func(queue string) string
	Switch   func(ctx context.Context, queue string, work bool) (Session, error)
}

// switching is a console on its way to another queue, of its own broker or of another one. The new session is opened first, so that one that cannot be leaves the
// old one as it is; then the old pool drains, as when the console is left; then the one takes the place of the other.
type switching struct {
	queue     string // or "context NAME"
	elsewhere bool   // on another broker
	work      bool
	session   Session
	opened    bool // session is there, and the old pool drains
	inHand    int  // when the drain began
	deadline  time.Time
	hurry     context.CancelFunc // hands the rest back now
	hurried   bool
}

// openedMsg brings the session of another queue, or why there is none.
type openedMsg struct {
	of      *switching
	session Session
	err     error
}

// vacatedMsg tells that the pool of the old queue has ended; returned: some of its tasks went back.
type vacatedMsg struct {
	of       *switching
	returned bool
}

// A place may say why the console cannot leave its queue just now, such as a replay that would be cut off.
type hindering interface{ hinders(a *App) string }

// A place may forget what it knows of a queue that the console has left.
type forgetting interface{ switched(a *App) }

// barSwitch says why the console cannot go to another queue; "" when it can, and while it is on its way, when asking again
// hands the tasks in hand back.
func (a *App) barSwitch() string {
	if a.o.Switch == nil {
		return "this console stays on its queue"
	}
	return a.barGoing()
}

// barGoing says what would be cut off if the session that is on the screen ended.
func (a *App) barGoing() string {
	switch {
	case a.leaving != nil:
		return "the console is leaving"
	case a.suspended != nil:
		return "the console is being suspended"
	case len(a.running()) > 0:
		return "a batch is on its way"
	}
	for _, p := range a.places {
		if h, ok := p.(hindering); ok {
			if why := h.hinders(a); why != "" {
				return why
			}
		}
	}
	return ""
}

// away says by which way the console is about to leave its queue: nothing may be begun there that it would cut off, and its line
// is not the queue's verdict. "" while it stays.
func (a *App) away() string {
	switch {
	case a.leaving != nil:
		return "the console is leaving"
	case a.suspended != nil:
		return "the console is being suspended"
	case a.switching != nil && a.switching.elsewhere:
		return "the console is on its way to another broker"
	case a.switching != nil:
		return "the console is on its way to another queue"
	}
	return ""
}

// switchTo takes the console to another queue of the vhost, to watch it or to work it. While it is on its way it means: now,
// the tasks in hand go back.
func (a *App) switchTo(queue string, work bool) tea.Cmd {
	if a.switching != nil {
		return a.againTo()
	}
	switch why := a.barSwitch(); {
	case why != "":
		a.say(levelWarn, "not to another queue now: "+why)
		return nil
	case work && a.o.ReadOnly:
		a.say(levelWarn, "the console is read-only, nothing is consumed")
		return nil
	case queue == a.scene.queue.Queue && work == (a.o.Pool != nil):
		a.say(levelNote, "this is "+queue+" already")
		return nil
	}
	open := a.o.Switch
	return a.setOut(&switching{queue: queue, work: work}, actionTimeout, func(ctx context.Context) (Session, error) {
		return open(ctx, queue, work)
	})
}

// againTo is what asking again means on the way.
func (a *App) againTo() tea.Cmd {
	switch s := a.switching; {
	case !s.opened:
		a.say(levelNote, "the console is on its way to "+s.queue)
	case !s.hurried:
		s.hurried = true
		s.hurry()
	}
	return nil
}

// setOut opens the session that the console is to go to.
func (a *App) setOut(s *switching, patience time.Duration, open func(context.Context) (Session, error)) tea.Cmd {
	a.switching = s
	return a.crew.asks(patience, func(ctx context.Context) tea.Msg {
		session, err := open(ctx)
		return openedMsg{s, session, err}
	})
}

func (msg openedMsg) tell(a *App) tea.Cmd {
	s := msg.of
	switch {
	case msg.err != nil && a.switching == s:
		a.switching = nil
		a.say(levelAlarm, msg.err.Error())
		return nil
	case msg.err != nil:
		return nil
	case a.switching != s: // the console is leaving
		return a.discard(msg.session.Close)
	}
	s.session, s.opened, s.hurry = msg.session, true, func() {}
	pool := a.o.Pool
	if pool == nil {
		return a.settleOn(s, false)
	}
	ctx, cancel := context.WithTimeout(a.crew.ctx, a.o.DrainTimeout)
	s.hurry, s.deadline, s.inHand = cancel, a.scene.now.Add(a.o.DrainTimeout), pool.Status().InHand
	return a.crew.send(func(context.Context) tea.Msg {
		defer cancel()
		return vacatedMsg{s, pool.Drain(ctx) != nil} // its only error is that time ran out, and the rest went back
	})
}

func (msg vacatedMsg) tell(a *App) tea.Cmd {
	if a.switching != msg.of { // the console is leaving
		return a.discard(msg.of.session.Close)
	}
	return a.settleOn(msg.of, msg.returned)
}

// discard closes a session that is not needed, or not any more.
func (a *App) discard(end func()) tea.Cmd {
	if end == nil {
		return nil
	}
	return a.crew.send(func(context.Context) tea.Msg {
		end()
		return nil
	})
}

// settleOn puts the new session in the place of the old one, whose pool has ended.
func (a *App) settleOn(s *switching, returned bool) tea.Cmd {
	old, left, n := a.o.Close, a.scene.queue.Queue, &s.session
	a.switching = nil
	a.o.Broker, a.o.Pool, a.o.Journal, a.o.Kept = n.Broker, n.Pool, n.Journal, n.Kept
	a.o.Dead, a.o.Admin, a.o.Others, a.o.Trace, a.o.Floor = n.Dead, n.Admin, n.Others, n.Trace, n.Floor
	a.o.Close, a.o.Unasked = n.Close, n.Unasked
	queue, vhost := s.queue, a.scene.queue.VHost
	if s.elsewhere {
		seen := n.Broker.Snapshot()
		queue, vhost = seen.Queue, seen.VHost
		a.enter(n)
	}
	a.sampler = newSampler(&a.o)
	a.forget(queue, vhost)
	if n.Start != nil {
		n.Start()
	}
	cmds := []tea.Cmd{a.discard(old), a.show(placeBoard)}
	if !a.scene.now.IsZero() { // not before the first look
		cmds = append(cmds, a.take(a.sampler.look(a.scene.now)))
	}
	text := "Now watching " + s.queue + "; it is not worked here."
	switch {
	case s.elsewhere:
		text = a.arrived(queue, n)
	case n.Pool != nil:
		text = "Now on " + s.queue + ", with " + plural(n.Pool.Status().Target, "worker") + "."
	}
	switch {
	case returned:
		text += " Tasks that were not finished went back to " + left + "."
	case s.inHand > 0:
		text += " What was in hand of " + left + " was finished."
	}
	a.say(levelNote, text)
	return tea.Batch(cmds...)
}

// forget empties the screen of all that belongs to the queue that was left.
func (a *App) forget(queue, vhost string) {
	a.dispatch.reset()
	a.lens = lens{session: a.lens.session + 1} // its end is that of the session that was left
	fresh := newScene(a.o.Pool != nil, a.o.Sandbox)
	fresh.now, fresh.queue.Queue, fresh.queue.VHost = a.scene.now, queue, vhost
	*a.scene = *fresh
	a.selected, a.tasks.selected, a.tasks.offset = 0, 0, 0
	a.span = nil
	a.dialog, a.batch, a.batches, a.offered, a.zoomed = nil, nil, nil, false, false
	for _, p := range a.places {
		if f, ok := p.(forgetting); ok {
			f.switched(a)
		}
	}
}

// passage is the verdict while the console goes to another queue.
func (a *App) passage() verdict {
	s, n := a.switching, a.scene.pool.InHand
	left := max(0, s.deadline.Sub(a.scene.now).Round(time.Second))
	switch {
	case !s.opened && s.elsewhere:
		return verdict{levelNote, "switching", "Connecting to " + s.queue + " …"}
	case !s.opened:
		return verdict{levelNote, "switching", "Looking for queue " + s.queue + " …"}
	case s.hurried || left == 0:
		return verdict{levelWarn, "switching", "To " + s.queue + " now: " + plural(n, "task") + " in hand go back to the queue."}
	case n == 0:
		return verdict{levelNote, "switching", "To " + s.queue + ": the workers end."}
	}
	return verdict{levelNote, "switching", "To " + s.queue + ": " + plural(n, "task") + " in hand, " + span(left) +
		" to finish, then they go back to the queue (again: now)."}
}
