package ui

import (
	"context"
	"errors"
	"io"
	"time"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// A stopped process keeps its tasks from everybody until its heartbeats fail, and can acknowledge none of them after
// that. So Ctrl+Z and SIGTSTP first see to it that nothing is in hand.

// suspending is a console on its way to be stopped: the pool is paused, the tasks in hand finish or go back, and what the console
// itself is about ends.
type suspending struct {
	deadline time.Time
	resume   bool      // the pool ran, and is to run again
	cut      time.Time // when the tasks in hand were sent back; zero: not yet
	stopping bool      // the process is being stopped
}

// cutPatience is how long a handler gets to return after its task went back. It holds nothing of the queue's then.
const cutPatience = 2 * time.Second

// resumedMsg tells that the console has its terminal again, and why it was not stopped.
type resumedMsg struct{ err error }

func (*App) takeBack(err error) tea.Msg { return resumedMsg{err} }

// A jobMsg is an order or a report of job control.
type jobMsg uint8

const (
	suspendMsg   jobMsg = iota // stop in good order
	continuedMsg               // the process was stopped and goes on
)

// awaitJob listens for job control, one event at a time.
func (a *App) awaitJob(from <-chan struct{}, msg jobMsg) tea.Cmd {
	return a.crew.send(func(ctx context.Context) tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case <-from:
			return msg
		}
	})
}

func (a *App) job(msg jobMsg) tea.Cmd {
	if msg == suspendMsg {
		return tea.Batch(a.suspend(""), a.awaitJob(a.o.Suspend, msg))
	}
	listen := a.awaitJob(a.o.Continued, msg)
	if a.suspended != nil || a.scene.now.Sub(a.resumedAt) < time.Second {
		return listen // it was ourselves who stopped it
	}
	// Whoever stopped us did not ask, and the terminal is as the shell has left it.
	return tea.Batch(tea.Exec(stopped{func() bool { return true }, a.display}, a.takeBack), listen)
}

func (a *App) barSuspend() string {
	switch {
	case a.o.Halt == nil:
		return "this process cannot be stopped and continued"
	case a.leaving != nil:
		return "the console is leaving"
	case a.switching != nil:
		return "the console is on its way to another queue"
	}
	return ""
}

// suspend pauses the pool, and stops the process once nothing is in hand. While that is waited for it means: now.
func (a *App) suspend(string) tea.Cmd {
	why := a.barSuspend()
	switch s := a.suspended; {
	case why != "":
		a.hint(levelWarn, "Ctrl+Z cannot act now: "+why)
		return nil
	case s != nil && s.stopping:
		return nil
	case s != nil:
		s.deadline = a.scene.now
		return a.halt()
	}
	a.dialog = nil
	a.suspended = &suspending{deadline: a.present().Add(a.o.DrainTimeout)}
	if a.o.Pool != nil {
		status := a.o.Pool.Status()
		a.suspended.resume = !status.Paused
		a.o.Pool.Pause()
		a.scene.pool.InHand = status.InHand // newer than the last look, for the verdict
		return a.closeLens()                // the next look finds the workers at rest, or not yet
	}
	return tea.Batch(a.closeLens(), a.halt())
}

// halt stops the process, or sends the tasks in hand back when their time is up; until they are gone it does nothing.
// It is called at each look.
func (a *App) halt() tea.Cmd {
	s := a.suspended
	if s == nil || s.stopping || a.lens.on() || a.lens.opening { // a process that stands still would leave tracing on
		return nil
	}
	if a.o.Pool != nil && !atRest(a.scene.workers) {
		switch {
		case a.scene.now.Before(s.deadline):
			return nil
		case s.cut.IsZero():
			s.cut = a.scene.now
			for i := range a.scene.workers {
				if w := &a.scene.workers[i]; w.HasTask {
					_ = a.o.Pool.Crash(w.ID) // it has ended meanwhile: all the better
				}
			}
			return nil
		case a.scene.now.Sub(s.cut) < cutPatience:
			return nil
		}
	}
	if a.scene.now.Before(s.deadline) && a.engaged() != "" {
		return nil
	}
	s.stopping = true
	return tea.Exec(stopped{a.o.Halt, a.display}, a.takeBack)
}

// engaged is what of the console's own doings would stand still half-way if the process was stopped now; "" for nothing. What
// they hold of the broker's is nobody's meanwhile, and their links end.
func (a *App) engaged() string {
	running := a.running()
	switch job := a.dead().job; {
	case job.runs():
		return "a " + job.verb + " of dead letters (" + job.outstanding() + ")"
	case len(running) == 1:
		sum := sumOf(running)
		return "a batch (" + sum.outstanding() + ")"
	case len(running) > 1:
		sum := sumOf(running)
		return count(int64(len(running))) + " batches (" + sum.outstanding() + ")"
	case a.lab().trial != nil:
		return "the lab (" + a.lab().outstanding() + ")"
	}
	return ""
}

// atRest reports whether no worker holds anything of the queue's, nor is about to.
func atRest(workers []worker.WorkerStatus) bool {
	for i := range workers {
		switch workers[i].State {
		case worker.StatePaused, worker.StateHeld, worker.StateGone:
		default:
			return false
		}
	}
	return true
}

// resumed goes on where the console was suspended.
func (a *App) resumed(msg resumedMsg) tea.Cmd {
	if msg.err != nil {
		a.say(levelWarn, sentence(msg.err.Error()))
	}
	if s := a.suspended; s != nil && s.resume && a.leaving == nil {
		a.o.Pool.Resume()
	}
	a.suspended, a.resumedAt = nil, time.Now()
	if a.player != nil {
		a.player.resume()
	}
	if a.mouseOn {
		return tea.EnableMouseAllMotion // bubbletea forgets it
	}
	return nil
}

// intermission is the verdict while the console is being suspended.
func (a *App) intermission() verdict {
	s, n := a.suspended, a.scene.pool.InHand
	left := max(0, s.deadline.Sub(a.scene.now).Round(time.Second))
	switch {
	case n == 0 && left > 0 && a.engaged() != "":
		return verdict{levelNote, "suspending", "Suspending: " + a.engaged() + " has " + span(left) + " to end, then stands still (Ctrl+Z: now)."}
	case n == 0:
		return verdict{levelNote, "suspending", "Suspending: the workers let go of the queue."}
	case left == 0:
		return verdict{levelWarn, "suspending", "Suspending now: " + plural(n, "task") + " in hand go back to the queue."}
	}
	return verdict{levelNote, "suspending", "Suspending: " + plural(n, "task") + " in hand, " + span(left) +
		" to finish, then they go back to the queue (Ctrl+Z: now)."}
}

// stopped is what bubbletea runs while it has let go of the terminal.
type stopped struct {
	halt    func() bool
	display *display // nil: nothing to wait for
}

func (s stopped) Run() error {
	if s.display != nil {
		patience := time.NewTimer(screenPatience)
		defer patience.Stop()
		select {
		case <-s.display.spool.Quiet():
		case <-patience.C: // a terminal that is stuck shows the shell no better than us
		}
	}
	if !s.halt() {
		return errNotStopped
	}
	return nil
}

var errNotStopped = errors.New("nobody could continue this process, so it was not stopped")

func (stopped) SetStdin(io.Reader)  {}
func (stopped) SetStdout(io.Writer) {}
func (stopped) SetStderr(io.Writer) {}
