package worker

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"carousel/broker"
)

// Depth is how much waits in the queue, as far as it is known.
type Depth struct {
	Ready   int64
	At      time.Time // when it was counted; zero: never
	Blocked string    // why nothing can be published, so that what comes says nothing of what would; "" when it can
}

// Watch is who looks at the queue; *broker.Client is the real one. Its methods return copies at once.
type Watch interface {
	Links() []broker.LinkState
	Snapshot() broker.Snapshot
}

// DepthBy is the depth of the queue that w looks at.
func DepthBy(w Watch) func() Depth {
	return func() Depth {
		s := w.Snapshot()
		d := Depth{Ready: s.Ready.Value, At: s.Ready.At}
		if len(s.Alarms.Value) > 0 {
			d.Blocked = "the broker has an alarm"
		}
		for _, l := range w.Links() {
			if l.Blocked != "" {
				d.Blocked = "the broker blocks publishers, " + broker.Plain(l.Blocked)
			}
		}
		return d
	}
}

// Autoscaling is what a pool does about its number of workers by itself.
type Autoscaling struct {
	On       bool
	Min, Max int
	Why      string    // the newest reason, a clause: of the last change, or for the number to stay
	Until    time.Time // when it goes on after a person has set the number; zero: it does
}

// byAutoscaling stands before the reason in the events of autoscaling.
const byAutoscaling = "; autoscaling: "

// ByAutoscaling reports whether the pool has changed its number of workers itself; Err says how, and why.
func (e *Event) ByAutoscaling() bool {
	return e.Kind == PoolChanged && strings.Contains(e.Err, byAutoscaling)
}

// autoscaleEvery is how often the load is looked at.
const autoscaleEvery = time.Second

var errNoDepth = errors.New("the pool cannot scale by itself, for nobody looks at its queue")

// SetAutoscale has the pool scale by another config from now on, and forgets that a person has set the number. It returns at once.
func (p *Pool) SetAutoscale(c AutoscaleConfig) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.phase > working:
		return errEnded
	case c.On && p.opt.Depth == nil:
		return errNoDepth
	}
	was := p.auto
	p.auto, p.byHand = c.within(p.cfg.Max), time.Time{}
	p.autoWhy = ""
	switch {
	case c.On:
		p.changed("autoscaling: on, from %d to %d workers", p.auto.Min, p.auto.Max)
	case was.On:
		p.changed("autoscaling: off")
	}
	return nil
}

// Autoscale switches autoscaling on or off, by the config there is, and forgets that a person has set the number. It returns at
// once.
func (p *Pool) Autoscale(on bool) error {
	p.mu.Lock()
	c := p.auto
	p.mu.Unlock()
	c.On = on
	return p.SetAutoscale(c)
}

// autoscaling is the state of it. The caller holds mu.
func (p *Pool) autoscaling() Autoscaling {
	if !p.auto.On {
		return Autoscaling{}
	}
	a := Autoscaling{On: true, Min: p.auto.Min, Max: p.auto.Max, Why: p.autoWhy}
	if time.Now().Before(p.byHand) {
		a.Until = p.byHand
	}
	return a
}

// overrule leaves the number that a person sets alone for a time, and says so. The caller holds mu.
func (p *Pool) overrule() string {
	if !p.auto.On || p.auto.Hold == 0 {
		return ""
	}
	p.byHand = time.Now().Add(p.auto.Hold.D())
	p.autoWhy = "a person has set the number"
	return fmt.Sprintf("; set by hand, autoscaling waits for %s", short(p.auto.Hold.D()))
}

// autoscale looks at the load until the pool stops taking. Drain waits for it.
func (p *Pool) autoscale() {
	tick := time.NewTicker(autoscaleEvery)
	defer tick.Stop()
	var a autoscaler
	for {
		select {
		case <-p.closing:
			return
		case now := <-tick.C:
			p.scale(&a, now)
		}
	}
}

// scale looks once.
func (p *Pool) scale(a *autoscaler, now time.Time) {
	p.mu.Lock()
	c, target, byHand := p.auto, p.target, now.Before(p.byHand)
	p.mu.Unlock()
	if !c.On {
		a.forget()
		return
	}
	s, depth := p.Status(), p.opt.Depth()
	waits := ""
	switch {
	case s.State != PoolRunning:
		waits = "waits: the pool is " + s.State.String()
	case depth.Blocked != "":
		waits = "waits: " + depth.Blocked
	}
	if waits != "" {
		a.forget()
		p.decided(c, target, decision{target, waits})
		return
	}
	d := a.look(c, p.read(now, depth), target, s.InHand)
	if byHand {
		a.changed = now
		return
	}
	p.decided(c, target, d)
}

// decided does what was decided for a number of workers, unless a person has changed something meanwhile.
func (p *Pool) decided(c AutoscaleConfig, target int, d decision) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.auto != c || p.target != target || p.phase != working || time.Now().Before(p.byHand) {
		return
	}
	p.autoWhy = d.why
	if d.workers != target {
		p.changed("workers: %d, were %d%s%s", d.workers, target, byAutoscaling, d.why)
		p.setTarget(d.workers)
	}
}

// read sums up what the workers did.
func (p *Pool) read(now time.Time, depth Depth) reading {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := reading{
		at: now, ready: depth.Ready, readyAt: depth.At,
		busy: p.past.BusyTime, ended: p.past.BusyTime, tries: p.past.Done + p.past.Failed + p.past.Unsettled, failed: p.past.Failed,
	}
	for _, w := range p.workers {
		s := w.row.sample(now)
		r.busy += s.BusyTime
		r.ended += s.BusyTime
		if s.HasTask {
			r.ended -= now.Sub(s.Started)
		}
		r.tries += s.Done + s.Failed + s.Unsettled // their time is among what ended, after an outage that of all workers
		r.failed += s.Failed
	}
	return r
}
