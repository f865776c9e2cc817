package worker

import "time"

// Census counts the workers that have not ended.
type Census struct {
	States    [StateGone]int // by State
	Consuming int            // that have their channel
}

// Census counts the workers by what they do. It holds up none of them for longer than it takes to read a word or two, and
// allocates nothing.
func (p *Pool) Census() (c Census) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.workers {
		state, consuming := w.row.brief()
		if state == StateGone {
			continue
		}
		c.States[state]++
		if consuming {
			c.Consuming++
		}
	}
	return c
}

func (r *row) brief() (state State, consuming bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status.State, r.status.Tag != ""
}

// Unresponsive asks the loop of every worker for a sign of life, and names the workers that gave none for patience or longer.
// A worker gives it while its handler works, however long that takes, and need not while it waits for the link. It returns at
// once; one goroutine may call it, once a second or so.
func (p *Pool) Unresponsive(now time.Time, patience time.Duration) (names []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.pings.Load()
	for _, w := range p.workers {
		switch {
		case w.left || w.answered(asked):
			w.silent = time.Time{}
		case w.silent.IsZero():
			w.silent = now
		case now.Sub(w.silent) >= patience:
			names = append(names, w.name)
		}
	}
	p.pings.Add(1)
	for _, w := range p.workers {
		w.mu.Lock()
		w.nudge()
		w.mu.Unlock()
	}
	return names
}

// answered reports whether the worker has read its orders since it was asked, or waits for a channel, as long as that takes.
func (w *worker) answered(asked uint64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.heard == asked || w.interrupt != nil
}
