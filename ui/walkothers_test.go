package ui

import (
	"errors"
	"fmt"
	"time"

	"pgregory.net/rapid"

	"carousel/worker"
	"carousel/worker/fleet"
)

// othersOrNone lets a console hear of processes elsewhere, or of nobody: nil.
func othersOrNone(t *rapid.T, h *mischief, o *Options) *fakeOthers {
	if !rapid.Bool().Draw(t, "others") {
		return nil
	}
	f := hostileOthers(h)
	o.Others = f
	return f
}

// hostileOthers are processes elsewhere that tell of themselves what could do harm.
func hostileOthers(h *mischief) *fakeOthers {
	f := twoHosts()
	for i := range f.hosts {
		host := &f.hosts[i]
		old := host.Name
		host.Name, host.Version, host.Pool.Handler, host.Pool.Held = fmt.Sprint(h.next(), i), h.next(), h.next(), h.next()
		if host.TellsAuto {
			host.Pool.Auto.Why = h.next()
		}
		for j := range f.workers {
			if w := &f.workers[j]; w.Host == old {
				w.Host, w.Name, w.Err, w.Tag, w.Task.ID, w.Task.Type = host.Name, host.Name+"/"+h.next(), h.next(), h.next(), h.next(), h.next()
			}
		}
	}
	return f
}

// shake changes what is heard of them: they fall silent, leave and come back, refuse orders, and their tasks end.
func (f *fakeOthers) shake(w *walker) {
	if len(f.hosts) == 0 {
		fresh := hostileOthers(w.texts)
		f.hosts, f.workers = fresh.hosts, fresh.workers
		return
	}
	host := &f.hosts[rapid.IntRange(0, len(f.hosts)-1).Draw(w.t, "host")]
	switch rapid.IntRange(0, 4).Draw(w.t, "others") {
	case 0:
		host.State = rapid.SampledFrom([]fleet.HostState{fleet.HostLive, fleet.HostLate, fleet.HostLost, fleet.HostLeft}).Draw(w.t, "state")
		host.Heard = w.clock.Add(-time.Duration(host.State) * 10 * time.Second)
	case 1:
		f.deaf, f.err = nil, nil
		if rapid.Bool().Draw(w.t, "deaf") {
			f.deaf, f.err = errors.New(w.texts.next()), errors.New(w.texts.next())
		}
	case 2:
		host.Steering, host.Pool.State = !host.Steering, rapid.SampledFrom([]worker.PoolState{worker.PoolRunning, worker.PoolPaused, worker.PoolHeld}).Draw(w.t, "state")
		host.Pool.Auto.On, host.Pool.Auto.Until = rapid.Bool().Draw(w.t, "auto"), w.clock.Add(time.Minute)
	case 3:
		at := rapid.IntRange(0, len(f.workers)-1).Draw(w.t, "worker")
		row := &f.workers[at]
		f.journal.Record(&worker.Event{At: w.clock, Kind: worker.TaskFailed, Worker: row.ID, Task: worker.TaskRef{ID: w.texts.next()}, Run: time.Second, Err: w.texts.next()})
		row.Failed, row.HasTask = row.Failed+1, false
	case 4:
		f.hosts, f.workers = nil, nil // until they are back
	}
}
