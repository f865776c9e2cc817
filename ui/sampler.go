package ui

import (
	"context"
	"slices"
	"time"

	"carousel/ui/tape"
	"carousel/worker"
	"carousel/worker/fleet"

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
	others  Others
	stage   *tape.Stage // for a recording
	cursor  uint64
	beyond  uint64 // cursor of the others' journal
	seq     uint64 // of the newest event of both
	turn    int
	events  [2][]worker.Event
	workers [2][]worker.WorkerStatus
	far     [2][]worker.WorkerStatus
	hosts   [2][]fleet.Host
}

func newSampler(o *Options) *sampler {
	x := &o.Context
	return &sampler{broker: o.Broker, pool: o.Pool, journal: o.Journal, others: o.Others, stage: &tape.Stage{
		Context: x.Name, Colour: x.Colour, Protected: x.Protected, ReadOnly: o.ReadOnly, HasPool: o.Pool != nil, Sandbox: o.Sandbox,
	}}
}

// sampleMsg carries a look to the screen.
type sampleMsg sample

func (s *sampler) look(now time.Time) sample {
	s.turn = 1 - s.turn
	s.events[s.turn] = s.events[s.turn][:0]
	n := sample{by: s, now: now, links: s.broker.Links(), queue: s.broker.Snapshot()}
	if s.pool != nil {
		n.pool = s.pool.Status()
		s.workers[s.turn] = s.pool.Workers(s.workers[s.turn][:0])
		n.workers = s.workers[s.turn]
	}
	if s.journal != nil {
		s.events[s.turn], s.cursor, n.missed = s.journal.Since(s.cursor, s.events[s.turn])
		n.events = s.events[s.turn]
	}
	if s.others != nil {
		s.beyondUs(&n)
	}
	return n
}

// beyondUs looks at what is known of the pools elsewhere.
func (s *sampler) beyondUs(n *sample) {
	s.hosts[s.turn] = s.others.Hosts(n.now, s.hosts[s.turn])
	s.far[s.turn] = s.others.Workers(n.now, s.far[s.turn][:0])
	n.hosts, n.far, n.deaf = s.hosts[s.turn], s.far[s.turn], s.others.Deaf()
	var missed uint64
	s.events[s.turn], s.beyond, missed = s.others.Journal().Since(s.beyond, s.events[s.turn])
	n.events, n.missed = s.events[s.turn], n.missed+missed
	for i := range n.events { // two journals, one row of numbers
		s.seq++
		n.events[i].Seq = s.seq
	}
}

// look is the one that is due: at the broker and the pool, or at a recording. It runs beside Update, which may change the App's
// sampler meanwhile.
func (a *App) look(s *sampler, now time.Time) tea.Msg {
	if a.player != nil {
		return a.player.look(now)
	}
	n := s.look(now)
	if r := a.o.Record; r != nil {
		r.Record(tape.Frame{
			At: n.now, Stage: s.stage, Links: n.links, Queue: n.queue, Pool: n.pool, Workers: slices.Concat(n.workers, n.far),
			Events: n.events, Missed: n.missed,
		})
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
	if a.scene.busy() || a.lens.news || a.publishing() || a.leaving != nil || a.switching != nil || a.suspended != nil || a.late || a.lab().trial != nil {
		return time.Second / time.Duration(a.o.Config.FPS)
	}
	return idlePause
}
