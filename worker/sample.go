package worker

import "time"

// Status returns a copy of the pool's state. It is cheap enough to call for every frame.
func (p *Pool) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.manner.Load()
	s := Status{
		Auto: p.autoscaling(),
		Size: p.alive, Target: p.target, Prefetch: p.prefetch, Paused: p.paused,
		InHand: int(p.inHand.Load()), Keeping: int(p.keeping.Load()), Handler: m.name, Then: m.failure.Then,
	}
	switch {
	case p.phase == unstarted || p.phase == ended:
		s.State = PoolStopped
	case p.phase == draining:
		s.State = PoolDraining
	case p.held != "":
		s.State, s.Held, s.Foreign = PoolHeld, p.held, p.foreign
		s.Rests, s.Until = p.pause.end != nil, p.pause.until
	case p.paused:
		s.State = PoolPaused
	default:
		s.State = PoolRunning
	}
	return s
}

// Workers writes a copy of every worker's state into buf, ordered by ID, and returns it; buf is replaced when it is too
// small, and its old content is overwritten. Ended workers are included, the newest Config.Max of them. It is cheap
// enough to call for every frame with a thousand workers, and allocates nothing when buf has room.
func (p *Pool) Workers(buf []WorkerStatus) []WorkerStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := time.Now()
	buf = buf[:0]
	for _, w := range p.workers {
		s := w.row.sample(at)
		s.Paused = w.paused
		buf = append(buf, s)
	}
	return buf
}

// Totals sums up all workers the pool has had, those no longer listed included.
func (p *Pool) Totals() Totals {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, sum := time.Now(), p.past
	for _, w := range p.workers {
		s := w.row.sample(at)
		sum.add(&s)
	}
	return sum
}

// Journal returns the pool's journal, which lives as long as the pool.
func (p *Pool) Journal() *Journal { return p.journal }

// Keepsake returns the newest tasks that the pool's workers were given, whole; it is empty unless Options.Keep says more.
func (p *Pool) Keepsake() *Keepsake { return p.kept }
