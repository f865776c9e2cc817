package ui

import (
	"context"
	"slices"
	"time"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// actionTimeout bounds what an action may wait for the broker. The client cuts its own calls earlier.
const actionTimeout = 15 * time.Second

// steered shows how the pool took an order. Orders are given in Update itself, in the order of the keys: Cmds run side
// by side, and the last of them to run would win. What an order starts from is read as it is given, for the newest
// look may be older than the order before.
func (a *App) steered(text string, err error) tea.Cmd {
	a.scene.pool = a.o.Pool.Status()
	if err != nil {
		a.say(levelAlarm, err.Error())
	} else {
		a.say(levelNote, text)
	}
	return nil
}

func (a *App) resize(key string) tea.Cmd {
	n := a.o.Pool.Status().Target + 1
	if key == "-" {
		n -= 2
	}
	if n < 0 {
		return nil
	}
	return a.resizeTo(n, "")
}

// resizeTo asks for so many workers, and tells of that with what was done beside it.
func (a *App) resizeTo(n int, beside string) tea.Cmd {
	err := a.o.Pool.Resize(n)
	text := plural(n, "worker") + " wanted" + beside
	if auto := a.o.Pool.Status().Auto; auto.Until.After(a.clock) {
		text += "; autoscaling waits for " + span(auto.Until.Sub(a.clock).Round(time.Second)) + ", : autoscale goes on at once"
	}
	return a.steered(text, err)
}

func (a *App) pausePool(string) tea.Cmd {
	if a.o.Pool.Status().Paused {
		a.o.Pool.Resume()
		return a.steered("the pool takes tasks again", nil)
	}
	a.o.Pool.Pause()
	return a.steered("the pool is paused; tasks in hand finish", nil)
}

func (a *App) pauseWorker(string) tea.Cmd {
	row := a.scene.row(a.selected)
	paused := slices.ContainsFunc(a.o.Pool.Workers(nil), func(w worker.WorkerStatus) bool {
		return w.ID == row.ID && w.Paused
	})
	if paused {
		return a.steered(row.Name+" takes tasks again", a.o.Pool.ResumeWorker(row.ID))
	}
	return a.steered(row.Name+" is paused", a.o.Pool.PauseWorker(row.ID))
}

// retry gives refused links and a held pool another try. A foreign task is not tried again but decided about.
func (a *App) retry(string) tea.Cmd {
	held := a.scene.pool.State == worker.PoolHeld
	if held && a.scene.pool.Foreign {
		a.askForeign()
		return nil
	}
	if a.scene.queue.Missing && a.scene.watched() { // what was seen before the link went may no longer be so
		return a.declare(held)
	}
	a.o.Broker.Reconnect()
	if held {
		a.o.Pool.Retry()
	}
	a.say(levelNote, "trying again")
	return nil
}

// declare brings back a queue that somebody deleted, and lets a pool that holds because of it go on.
func (a *App) declare(held bool) tea.Cmd {
	b, pool := a.o.Broker, a.o.Pool
	return a.crew.asks(actionTimeout, func(ctx context.Context) tea.Msg {
		info, err := b.EnsureQueue(ctx)
		if err != nil {
			return declaredMsg{err: err}
		}
		if held {
			pool.Retry()
		}
		return declaredMsg{queue: info.Name}
	})
}

// declaredMsg tells how that went.
type declaredMsg struct {
	queue string
	err   error
}

func (a *App) declared(msg declaredMsg) {
	if msg.err != nil {
		a.say(levelAlarm, msg.err.Error())
		return
	}
	a.say(levelNote, "queue "+msg.queue+" is there")
}

// countedMsg brings the fresh count that a purge question waits for.
type countedMsg struct {
	ask  *purging
	info broker.QueueInfo
	at   time.Time // not before which it was true
	err  error
}

// count looks at the queue right now, for a question that must show what would be lost.
func (a *App) count(q *purging) tea.Cmd {
	b := a.o.Broker
	return a.crew.asks(actionTimeout, func(ctx context.Context) tea.Msg {
		at := time.Now()
		info, err := b.Inspect(ctx)
		return countedMsg{q, info, at, err}
	})
}

// purgedMsg tells how a purge went.
type purgedMsg struct {
	queue string
	n     int
	err   error
}

func (a *App) purge() tea.Cmd {
	b, queue := a.o.Broker, a.scene.queue.Queue
	return a.crew.asks(actionTimeout, func(ctx context.Context) tea.Msg {
		n, err := b.Purge(ctx)
		return purgedMsg{queue, n, err}
	})
}

func (a *App) purged(msg purgedMsg) {
	if msg.err != nil {
		a.say(levelAlarm, msg.err.Error())
		return
	}
	a.say(levelNote, plural(msg.n, "task")+" removed from "+msg.queue)
}
