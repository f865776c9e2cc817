package worker

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Rest marks err as one that every other task would meet as well, for a time: what the handler needs is down, or asks for
// patience. The pool takes no more tasks and shows err; after d it asks the handler's Probe, where it has one, then gives one
// task to one worker, and goes on when that one met something else. What becomes of the task itself is not changed: it is
// tried again by the policy or, with Hold, goes back as if it had not been tried. Rest(nil, d) is nil.
func Rest(err error, d time.Duration) error {
	if err == nil {
		return nil
	}
	return resting{err, d}
}

type resting struct {
	error
	wait time.Duration
}

func (r resting) Unwrap() error { return r.error }

// restOf is the rest that err asks for.
func restOf(err error) (d time.Duration, asked bool) {
	if err == nil {
		return 0, false
	}
	var r resting
	if !errors.As(err, &r) {
		return 0, false
	}
	return r.wait, true
}

// Prober is a Handler that can tell, without a task, whether what it needs is there.
type Prober interface {
	// Probe says in one sentence what is missing, and what to do about it; nil: nothing that could be seen. It may block as
	// long as a connection takes, and ends with ctx. A pool that rests calls it, before it takes tasks again; an error that
	// Rest marks says when to ask again. carousel check calls it, too.
	Probe(ctx context.Context) error
}

// pause is a rest of the pool. Guarded by Pool.mu.
type pause struct {
	until time.Time          // when the pool looks again; zero while one worker tries
	end   context.CancelFunc // ends the goroutine that looks again; nil: the pool does not rest
	trial bool               // one worker may take one task
	by    *worker            // which
}

// restFor holds the pool for a time. A hold that somebody must mend stays; a later rest takes the place of one that was nearly
// over, for its trial has failed.
func (p *Pool) restFor(why string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.phase != working || p.held != "" && !p.pause.trial {
		return
	}
	p.endPause()
	ctx, end := context.WithCancel(p.work)
	p.pause = pause{until: time.Now().Add(d), end: end}
	p.held = why
	p.tell(slog.LevelWarn, "resting: "+why)
	p.command()
	p.team.Go(func() { p.lookAgain(ctx, d) })
}

// endPause forgets the rest, if there is one; the hold stays. The caller holds mu.
func (p *Pool) endPause() {
	if p.pause.end != nil {
		p.pause.end()
	}
	p.pause = pause{}
}

// lookAgain waits until the handler finds what it needs, then lets one worker try. It ends with the rest.
func (p *Pool) lookAgain(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		var missing error
		if h, ok := p.manner.Load().handler.(Prober); ok {
			missing = h.Probe(ctx)
		}
		if missing == nil {
			p.tryOne(ctx)
			return
		}
		if next, asked := restOf(missing); asked {
			d = next
		}
		p.restOn(ctx, oneLine(missing), d)
		timer.Reset(d)
	}
}

// restOn goes on with the rest that ctx belongs to.
func (p *Pool) restOn(ctx context.Context, why string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() != nil || p.phase != working {
		return
	}
	p.pause.until = time.Now().Add(d)
	if why != p.held {
		p.held = why
		p.tell(slog.LevelWarn, "resting: "+why)
		p.command()
	}
}

// tryOne lets one worker take one task.
func (p *Pool) tryOne(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Err() != nil || p.phase != working {
		return
	}
	p.pause.until, p.pause.trial = time.Time{}, true
	p.changed("one worker tries whether that is over: %s", p.held)
	p.command()
}

// onTrial reports whether w is the one that tries, and makes it that when nobody is, or the one that was cannot any more. The
// caller holds mu.
func (p *Pool) onTrial(w *worker) bool {
	able := func(w *worker) bool { return w != nil && !w.leaving && !w.paused && !w.left }
	if p.pause.trial && !able(p.pause.by) && able(w) {
		p.pause.by = w
	}
	return p.pause.trial && p.pause.by == w && able(w)
}

// passTrial finds another worker to try where the one that was to do so cannot any more. The caller holds mu.
func (p *Pool) passTrial() {
	if p.pause.trial {
		p.command()
	}
}

// goOn ends the rest: the task that w tried met something else.
func (p *Pool) goOn(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.pause.trial || p.pause.by != w {
		return
	}
	p.endPause()
	p.held = ""
	p.changed("going on")
	p.command()
}
