package ui

import (
	"context"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// leaving is a console on its way out: nothing is taken any more, the tasks in hand finish or go back.
type leaving struct {
	deadline time.Time
	hurry    context.CancelFunc // hands the rest back now
	hurried  bool
}

// drainedMsg tells that the pool has ended.
type drainedMsg struct{}

// quit leaves, after asking when something would be interrupted. While leaving it means: now.
func (a *App) quit(string) tea.Cmd {
	if a.leaving != nil {
		return a.interrupt()
	}
	if a.player != nil || len(a.interrupted()) == 0 {
		return a.leave()
	}
	a.dialog = &question{title: "Quit", yes: "quit", live: (*App).parted,
		do: func(a *App, _ string) tea.Cmd { return a.leave() }}
	return nil
}

// parted is what leaving interrupts, as it stands now.
func (a *App) parted() []string {
	if lines := a.interrupted(); len(lines) > 0 {
		return lines
	}
	return []string{"All is done meanwhile: nothing is interrupted any more."}
}

// interrupted says what would not go on to its end, if anything.
func (a *App) interrupted() (lines []string) {
	if n := a.scene.pool.InHand; n > 0 {
		lines = append(lines, plural(n, "task")+" in hand. They get "+span(a.o.DrainTimeout)+
			" to finish, then they go back to the queue.")
	}
	running := a.running()
	if sum := sumOf(running); len(running) == 1 {
		lines = append(lines, "A batch is being published: "+sum.outstanding()+". It ends here.")
	} else if len(running) > 1 {
		lines = append(lines, count(int64(len(running)))+" batches are being published: "+sum.outstanding()+" tasks. They end here.")
	}
	if job := a.dead().job; job.runs() {
		lines = append(lines, "A "+job.verb+" of dead letters is running: "+job.outstanding()+". It ends here; the rest stays.")
	}
	if far := a.lab().outstanding(); far != "" {
		lines = append(lines, "The lab is measuring: "+far+". It ends here, and its queues are deleted.")
	}
	return lines
}

// interrupt is Ctrl+C: it leaves without asking, the second time without waiting, the third time whatever happens.
func (a *App) interrupt() tea.Cmd {
	switch {
	case a.leaving == nil:
		return a.leave()
	case a.leaving.hurried:
		return tea.Quit
	}
	a.leaving.hurried = true
	a.leaving.hurry()
	return nil
}

// leave drains the pool, and quits when that is done.
func (a *App) leave() tea.Cmd {
	if a.leaving != nil {
		return nil
	}
	a.dialog, a.suspended, a.switching = nil, nil, nil
	for _, b := range a.running() {
		b.cutShort = true
		b.cancel()
	}
	a.dead().leave()
	a.lab().leave()
	off := a.closeLens()
	pool := a.o.Pool
	if pool == nil {
		return tea.Quit // what is to be closed is closed after Run
	}
	ctx, cancel := context.WithTimeout(a.crew.ctx, a.o.DrainTimeout)
	a.leaving = &leaving{deadline: a.present().Add(a.o.DrainTimeout), hurry: cancel}
	return tea.Batch(off, a.crew.send(func(context.Context) tea.Msg {
		defer cancel()
		_ = pool.Drain(ctx) // its only error is that time ran out: the rest went back, and the journal has said so
		return drainedMsg{}
	}))
}

// present is the time of the newest look; before the first one it is now, for a deadline must not be over when it is set.
func (a *App) present() time.Time {
	if a.scene.now.IsZero() {
		return time.Now()
	}
	return a.scene.now
}

// parting says what became of batches, a replay, a discard or a trial of the lab that leaving cut short; "" when there was
// none. Everything has ended.
func (a *App) parting() string {
	parts := slices.DeleteFunc([]string{a.givenUp(), a.dead().parting(), a.lab().parting()}, func(s string) bool { return s == "" })
	return strings.Join(parts, "; ")
}

// farewell is the verdict while leaving.
func (a *App) farewell() verdict {
	n, left := a.scene.pool.InHand, a.leaving.deadline.Sub(a.scene.now).Round(time.Second)
	switch {
	case a.leaving.hurried:
		return verdict{levelWarn, "leaving", "Leaving now: " + plural(n, "task") + " in hand go back to the queue."}
	case n == 0:
		return verdict{levelNote, "leaving", "Leaving: the workers end."}
	}
	return verdict{levelNote, "leaving", "Leaving: " + plural(n, "task") + " in hand, " + span(max(0, left)) +
		" to finish, then they go back to the queue (q: now)."}
}
