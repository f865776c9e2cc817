package ui

import (
	"context"
	"time"

	"carousel/ui/tape"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// idlePause is the time between two looks while nothing moves: ages still count, and work that begins is seen at once.
const idlePause = 250 * time.Millisecond

// sampler looks at the broker and the pool. One look is under way at a time: the next is ordered only after the message
// of the last. While it is under way the screen still draws from the last one, so two sets of buffers take turns.
type sampler struct {
	broker  Broker
	pool    Pool
	journal Journal
	cursor  uint64
	turn    int
	events  [2][]worker.Event
	workers [2][]worker.WorkerStatus
}

// sampleMsg carries a look to the screen.
type sampleMsg sample

func (s *sampler) look(now time.Time) sample {
	s.turn = 1 - s.turn
	n := sample{by: s, now: now, links: s.broker.Links(), queue: s.broker.Snapshot()}
	if s.pool != nil {
		n.pool = s.pool.Status()
		s.workers[s.turn] = s.pool.Workers(s.workers[s.turn][:0])
		n.workers = s.workers[s.turn]
	}
	if s.journal != nil {
		s.events[s.turn], s.cursor, n.missed = s.journal.Since(s.cursor, s.events[s.turn][:0])
		n.events = s.events[s.turn]
	}
	return n
}

// look is the one that is due: at the broker and the pool, or at a recording. It runs beside Update, which may change the App's
// sampler meanwhile.
func (a *App) look(s *sampler, now time.Time) tea.Msg {
	if a.player != nil {
		return a.player.look(now)
	}
	n := s.look(now)
	if r := a.o.Record; r != nil {
		r.Record(tape.Frame{At: n.now, Links: n.links, Queue: n.queue, Pool: n.pool, Workers: n.workers, Events: n.events, Missed: n.missed})
	}
	return sampleMsg(n)
}

// lookAfter orders the next look.
func (a *App) lookAfter(pause time.Duration) tea.Cmd {
	s := a.sampler
	return a.crew.send(func(ctx context.Context) tea.Msg {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			return a.look(s, time.Now())
		}
	})
}

// pause is the time to the next look.
func (a *App) pause() time.Duration {
	if a.player != nil {
		if a.player.stand().paused {
			return idlePause
		}
		return time.Second / time.Duration(a.o.Config.FPS)
	}
	if a.scene.busy() || a.publishing() || a.leaving != nil || a.switching != nil || a.suspended != nil || a.late {
		return time.Second / time.Duration(a.o.Config.FPS)
	}
	return idlePause
}
