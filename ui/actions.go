package ui

import (
	"context"
	"time"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// actionTimeout bounds what an action may wait for the broker. The client cuts its own calls earlier.
const actionTimeout = 15 * time.Second

// resultMsg tells how an action went, in one sentence.
type resultMsg struct {
	level level
	text  string
}

// act does something that may wait, and shows how it went.
func (a *App) act(what func(ctx context.Context) (string, error)) tea.Cmd {
	return a.crew.send(func(ctx context.Context) tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, actionTimeout)
		defer cancel()
		text, err := what(ctx)
		if err != nil {
			return resultMsg{levelAlarm, err.Error()}
		}
		return resultMsg{levelNote, text}
	})
}

func (a *App) resize(key string) tea.Cmd {
	n := a.scene.pool.Target + 1
	if key == "-" {
		n = a.scene.pool.Target - 1
	}
	if n < 0 {
		return nil
	}
	a.scene.pool.Target = n // so that a second press before the next look counts from here
	pool := a.o.Pool
	return a.act(func(context.Context) (string, error) {
		return plural(n, "worker") + " wanted", pool.Resize(n)
	})
}

func (a *App) pausePool(string) tea.Cmd {
	pool, paused := a.o.Pool, a.scene.pool.State == worker.PoolPaused
	return a.act(func(context.Context) (string, error) {
		if paused {
			pool.Resume()
			return "the pool takes tasks again", nil
		}
		pool.Pause()
		return "the pool is paused; tasks in hand finish", nil
	})
}

func (a *App) pauseWorker(string) tea.Cmd {
	pool, row := a.o.Pool, a.scene.row(a.selected)
	id, name, paused := row.ID, row.Name, row.State == worker.StatePaused
	return a.act(func(context.Context) (string, error) {
		if paused {
			return name + " takes tasks again", pool.ResumeWorker(id)
		}
		return name + " is paused", pool.PauseWorker(id)
	})
}

// retry gives refused links and a held pool another try. A foreign task is not tried again but decided about.
func (a *App) retry(string) tea.Cmd {
	if a.scene.pool.State == worker.PoolHeld && a.scene.pool.Foreign {
		a.askForeign()
		return nil
	}
	b, pool, held := a.o.Broker, a.o.Pool, a.scene.pool.State == worker.PoolHeld
	return a.act(func(context.Context) (string, error) {
		b.Reconnect()
		if held {
			pool.Retry()
		}
		return "trying again", nil
	})
}

// countedMsg brings the fresh count that a purge question waits for.
type countedMsg struct {
	ask  *question
	info broker.QueueInfo
	err  error
}

// count looks at the queue right now, for a question that must show what would be lost.
func (a *App) count(q *question) tea.Cmd {
	b := a.o.Broker
	return a.crew.send(func(ctx context.Context) tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, actionTimeout)
		defer cancel()
		info, err := b.Inspect(ctx)
		return countedMsg{q, info, err}
	})
}

func (a *App) purge() tea.Cmd {
	b, queue := a.o.Broker, a.scene.queue.Queue
	return a.act(func(ctx context.Context) (string, error) {
		n, err := b.Purge(ctx)
		return plural(n, "task") + " removed from " + queue, err
	})
}
