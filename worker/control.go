package worker

import (
	"errors"
	"fmt"
	"time"

	"carousel/broker"
)

var errEnded = errors.New("the pool has ended; start carousel again to work")

// Resize sets the number of workers, 0 to Config.Max. Shrinking lets the newest go: each finishes its task first and
// hands back what else it holds. Before Start it says how many will start. It is a person's word: autoscaling leaves the number
// alone for AutoscaleConfig.Hold.
func (p *Pool) Resize(n int) error {
	if n < 0 || n > p.cfg.Max {
		return fmt.Errorf("cannot run %d workers; allowed are 0 to %d (workers.max)", n, p.cfg.Max)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase > working {
		return errEnded
	}
	waits := p.overrule()
	if n == p.target && waits == "" {
		return nil
	}
	p.changed("workers: %d, were %d%s", n, p.target, waits)
	p.setTarget(n)
	return nil
}

// setTarget has so many workers from now on. The caller holds mu.
func (p *Pool) setTarget(n int) {
	if p.phase == working {
		if n > p.target {
			p.hire(n - p.target)
		} else {
			p.dismiss(p.target - n)
		}
	}
	p.target = n
}

// dismiss tells the n newest workers to end. The caller holds mu.
func (p *Pool) dismiss(n int) {
	for i := len(p.workers) - 1; i >= 0 && n > 0; i-- {
		if w := p.workers[i]; !w.leaving {
			w.leaving = true
			w.tell(p.ordersFor(w))
			n--
		}
	}
	p.passTrial()
}

// SetPrefetch sets how many unacknowledged tasks each worker may hold, 1 to 65535, on open channels too.
func (p *Pool) SetPrefetch(n int) error {
	if n < 1 || n > maxPrefetch {
		return fmt.Errorf("cannot prefetch %d tasks; allowed are 1 to %d", n, maxPrefetch)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase > working {
		return errEnded
	}
	if n != p.prefetch {
		p.changed("prefetch: %d, was %d", n, p.prefetch)
		p.prefetch = n
		p.command()
	}
	return nil
}

// Pause stops taking: tasks in hand finish, prefetched ones go back. When it has returned Status.InHand only falls.
func (p *Pool) Pause() { p.setPaused(true, "paused") }

// Resume takes tasks again. Workers that were paused one by one stay paused.
func (p *Pool) Resume() { p.setPaused(false, "resumed") }

func (p *Pool) setPaused(paused bool, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused != paused && p.phase <= working {
		p.paused = paused
		p.changed("%s", what)
		p.command()
	}
}

// PauseWorker is Pause for one worker. Its errors are that there is no such worker, or that it ends.
func (p *Pool) PauseWorker(id int) error { return p.setWorkerPaused(id, true, WorkerPaused) }

// ResumeWorker undoes PauseWorker. A paused pool keeps the worker paused none the less.
func (p *Pool) ResumeWorker(id int) error { return p.setWorkerPaused(id, false, WorkerResumed) }

func (p *Pool) setWorkerPaused(id int, paused bool, kind EventKind) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	w, err := p.worker(id)
	if err != nil {
		return err
	}
	if w.paused != paused {
		w.paused = paused
		w.note(kind, "")
		w.tell(p.ordersFor(w))
		p.passTrial()
	}
	return nil
}

// Crash closes a worker's channel without an acknowledgement, as if its process had died, and starts the worker anew.
// The task in hand is cancelled and journalled as TaskUnsettled; the broker delivers it again. Its errors are that
// there is no such worker, that it ends, or that it has no channel to crash.
func (p *Pool) Crash(id int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	w, err := p.worker(id)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.open {
		return fmt.Errorf("%s has no channel that could crash; it is %s", w.name, w.row.sample(time.Now()).State)
	}
	w.crash = true
	w.nudge()
	return nil
}

// worker finds one that can still be steered. The caller holds mu.
func (p *Pool) worker(id int) (*worker, error) {
	for _, w := range p.workers {
		if w.id != id {
			continue
		}
		if w.left || w.leaving || p.phase > working {
			return nil, fmt.Errorf("%s is ending and takes no more tasks", w.name)
		}
		return w, nil
	}
	return nil, fmt.Errorf("there is no worker %d", id)
}

// Allow lets the pool settle tasks that carousel did not make, from now on, and goes on when it is held because of one.
func (p *Pool) Allow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.guard {
		return
	}
	p.guard = false
	if p.foreign {
		p.held, p.foreign = "", false
	}
	p.changed("tasks that carousel did not make are settled too")
	p.command()
}

// Retry goes on when the pool is held because the broker refused it: the queue was missing, a right lacked … When the
// reason still stands, the pool holds again. It does not lift a hold because of a foreign task; Allow does.
func (p *Pool) Retry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held == "" || p.foreign {
		return
	}
	p.endPause()
	p.held = ""
	p.changed("trying again")
	p.command()
}

// hold stops the whole pool from taking until somebody says how to go on. The first reason stays, but for that of a rest.
func (p *Pool) hold(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holdFor(why, false)
}

// holdForeign holds the pool because of a task that carousel did not make, unless that was allowed meanwhile.
func (p *Pool) holdForeign() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.guard {
		p.holdFor(fmt.Sprintf("queue %q holds tasks that carousel did not make; the %s handler would destroy them: "+
			"allow it only if they may be lost", p.opt.Queue, p.manner.Load().name), true)
	}
}

func (p *Pool) holdFor(why string, foreign bool) {
	if p.held != "" && p.pause.end == nil || p.phase != working {
		return
	}
	p.endPause()
	p.held, p.foreign = why, foreign
	p.changed("held: %s", why)
	p.command()
	select {
	case p.stuck <- struct{}{}:
	default: // nobody has taken the last one
	}
}

// holds reports whether a fault of this kind lasts until a person does something about it.
func holds(kind broker.Kind) bool {
	switch kind {
	case broker.QueueMissing, broker.NoRight, broker.Refused, broker.ReadOnly, broker.Mismatch, broker.Busy,
		broker.Closed, broker.Invalid:
		return true
	}
	return false
}
