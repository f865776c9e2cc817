package broker

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// How often a trace looks whether the switches stand as it has set them, and who consumes.
const (
	traceLook  = 2 * time.Second
	traceMeet  = 5 * time.Second
	traceRetry = 250 * time.Millisecond // between attempts to switch off
)

// run hears and looks until the trace ends, and then switches off.
func (t *Trace) run(ears *tap) {
	var hearing sync.WaitGroup
	hearing.Go(func() { t.hear(ears) })
	why := t.watch()
	t.stop()
	hearing.Wait()
	t.end(why)
}

// watch looks after the switches until the trace is to end, and says why.
func (t *Trace) watch() string {
	look := time.NewTicker(traceLook)
	defer look.Stop()
	met := time.Now()
	for {
		select {
		case <-t.life.Done():
			if errors.Is(t.life.Err(), context.DeadlineExceeded) {
				return "its ten minutes are over"
			}
			return "it was closed"
		case <-look.C:
		}
		if why := t.check(); why != "" {
			return why
		}
		if t.book.wondering() || time.Since(met) > traceMeet {
			t.learn(t.life)
			met = time.Now()
		}
	}
}

// check looks at every switch, and gives up those that somebody else has moved. It says why the trace is over when none is left.
func (t *Trace) check() (why string) {
	nodes, was := slices.Clone(t.known()), t.mine()
	traced := false
	for i := range nodes {
		n := &nodes[i]
		e, ok := t.where[n.Name]
		if !ok {
			continue
		}
		m := t.at.asker(t.life, e)
		on, name, err := m.traced(t.at.vhost)
		switch {
		case t.life.Err() != nil:
			return ""
		case err != nil, name != n.Name:
			t.away[n.Name] = true
		case on:
			if n.Why = ""; !n.Traced() {
				n.State = TraceFound
			}
		case !on && n.Traced():
			n.State, n.Why = TraceOff, "somebody switched it off there, or the node was restarted"
			if t.away[n.Name] {
				n.Why = "the node was restarted"
			}
		}
		t.away[n.Name] = t.away[n.Name] && err != nil
		traced = traced || n.Traced()
	}
	t.set(nodes)
	if mine := t.mine(); !slices.Equal(mine, was) {
		t.log.Warn("tracing went off", "were", was, "are", mine)
		_ = t.pledge(mine) // an old one names too many, and Untrace leaves alone what is off
	}
	switch {
	case traced:
		return ""
	case len(nodes) == 1:
		return nodes[0].Why
	}
	return "it is off at every node: somebody switched it off, or the nodes were restarted"
}

// hear listens until the trace ends, over one connection after the other.
func (t *Trace) hear(ears *tap) {
	for tries := 1; ; tries++ {
		if ears != nil {
			tries = 1
			err := ears.run(t.life, func(c copied, at time.Time) { t.book.note(c, at, t.c.owns) }, t.book.dropped)
			ears.s.close()
			if t.life.Err() != nil {
				return
			}
			t.deaf(err)
		}
		if sleep(t.life, dialSpacing+backoff(tries, rand.Float64)) != nil {
			return
		}
		var err error
		if ears, err = t.c.openTap(t.life, t.queue); err == nil {
			t.deaf(nil)
		} else if t.life.Err() == nil {
			t.deaf(err)
		}
	}
}

func (t *Trace) deaf(err error) {
	t.book.change(func(s *TraceStatus) { s.Deaf = err })
	if err != nil {
		t.log.Warn("the trace hears nothing", "error", err)
	}
}

// end switches off what the trace has switched on, and tells what is left.
func (t *Trace) end(why string) {
	t.stop()
	mine := t.mine()
	ctx, cancel := context.WithTimeout(context.Background(), restoreTime)
	defer cancel()
	left := t.at.turnOff(ctx, t.where, mine)
	if len(left) > 0 {
		t.log.Error("tracing could not be switched off", "vhost", t.at.vhost, "nodes", left)
	}
	nodes := slices.Clone(t.known())
	for i := range nodes {
		if n := &nodes[i]; n.State == TraceOn && !slices.Contains(left, n.Name) {
			n.State, n.Why = TraceOff, why
		}
	}
	t.set(nodes)
	if len(mine) > 0 {
		_ = t.pledge(left) // an old one names too many, and Untrace leaves alone what is off
	}
	t.book.change(func(s *TraceStatus) { s.Ended, s.Left, s.Deaf = why, left, nil })
	t.c.traces.leave()
	t.log.Info("tracing ended", "why", why)
	close(t.ended)
}

// turnOff switches tracing off at nodes, and tries again until ctx ends. It returns those where it may still be on.
func (w *traceSwitch) turnOff(ctx context.Context, where map[string]Endpoint, nodes []string) (left []string) {
	var (
		mu      sync.Mutex
		turning sync.WaitGroup
	)
	for _, node := range nodes {
		turning.Go(func() {
			for {
				if _, err := w.asker(ctx, where[node]).turn(w.vhost, node, false, func() {}); err == nil {
					return
				}
				if sleep(ctx, traceRetry) != nil {
					break
				}
			}
			mu.Lock()
			defer mu.Unlock()
			left = append(left, node)
		})
	}
	turning.Wait()
	slices.Sort(left)
	return left
}

// Untrace switches tracing of a vhost off at nodes where a trace that was killed has left it on, as its pledge named them. It
// blocks until ctx ends at the latest, and returns the nodes where it may still be on, with why: a *Fault.
func Untrace(ctx context.Context, cfg Config, vhost string, nodes []string) (left []string, err error) {
	ends, err := cfg.resolve()
	if err != nil {
		return nodes, err
	}
	w := traceSwitch{ends, vhost, newTransport(ends)}
	defer w.base.CloseIdleConnections()
	found := w.survey(ctx)
	var there []string
	for _, node := range nodes {
		if _, ok := found.nodes[node]; ok {
			there = append(there, node)
		} else {
			left = append(left, node)
		}
	}
	left = append(left, w.turnOff(ctx, found.nodes, there)...)
	if len(left) > 0 {
		err = found.err
		if err == nil {
			err = &Fault{Kind: Failed, What: "tracing could not be switched off at " + Plain(left[0]), Why: "it does not answer at an address of its own"}
		}
	}
	return left, err
}
