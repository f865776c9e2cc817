package worker

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

// endpoint is a handler of something that is down until its time has come.
type endpoint struct {
	mu     sync.Mutex
	down   bool
	after  time.Duration // the rest it asks for
	mark   func(error) error
	tries  int // while it is down
	probes int
	blind  bool // the probe sees nothing of it
}

var errDown = errors.New("the endpoint is down")

func (o *endpoint) Handle(context.Context, Try) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.down {
		return nil
	}
	o.tries++
	return Rest(o.mark(errDown), o.after)
}

func (o *endpoint) Probe(context.Context) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.probes++
	if o.down && !o.blind {
		return Rest(errDown, 2*o.after)
	}
	return nil
}

func (o *endpoint) set(down bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.down = down
}

// seen returns how often tasks were tried while it was down, and how often it was probed.
func (o *endpoint) seen() (tries, probes int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tries, o.probes
}

func uncounted(err error) error { return Hold(err) }
func counted(err error) error   { return err }

// While the endpoint is seen to be down no task is touched, and all are done once it is back.
func TestPoolRestsUntilTheProbeFindsTheEndpoint(t *testing.T) {
	q := newQueue(tasks(40)...)
	h := &endpoint{down: true, after: time.Second, mark: uncounted}
	inBubble(t, 4, q, h, Options{Failure: patient}, func(t *testing.T, p *Pool) {
		if got := p.Status(); got.State != PoolHeld || !got.Rests || got.Held != errDown.Error() || time.Until(got.Until) != time.Second {
			t.Errorf("%+v", got)
		}
		pass(time.Hour)
		tries, probes := h.seen()
		if ready, unacked, _ := q.view(); ready != 40 || unacked+len(q.dead)+len(q.waiting) != 0 || tries > 4 || q.returned > 4 {
			t.Errorf("ready %d, unacked %d, dead %d, waiting %d, tries %d, returned %d", ready, unacked, len(q.dead), len(q.waiting), tries, q.returned)
		}
		if probes != 1800 { // after 1 s, then every 2 s
			t.Errorf("%d probes in an hour", probes)
		}
		h.set(false)
		pass(3 * time.Second)
		if got := p.Status(); len(q.acked) != 40 || got.State != PoolRunning || got.Rests || got.Held != "" {
			t.Errorf("acked %d, %+v", len(q.acked), got)
		}
	})
}

// An endpoint that answers, but asks for patience, costs one task a try at a time, not all of them.
func TestPoolTriesWithOneWorker(t *testing.T) {
	q := newQueue(tasks(40)...)
	h := &endpoint{down: true, after: 10 * time.Second, mark: counted, blind: true}
	inBubble(t, 4, q, h, Options{Failure: patient}, func(t *testing.T, p *Pool) {
		first, _ := h.seen()
		if first < 1 || first > 4 {
			t.Errorf("%d tries at first, want one of each worker at most", first)
		}
		pass(time.Minute + time.Second)
		if tries, _ := h.seen(); tries != first+6 || len(q.dead) > 0 || p.Status().State != PoolHeld {
			t.Errorf("%d tries after a minute, %d dead, %+v", tries, len(q.dead), p.Status())
		}
		h.set(false)
		pass(time.Hour)
		if got := p.Status(); len(q.acked) < 40 || got.State != PoolRunning { // the copies are acked, too
			t.Errorf("acked %d, %+v", len(q.acked), got)
		}
	})
}

// The one that tries may leave: another takes its place.
func TestTrialPassesOn(t *testing.T) {
	q := newQueue()
	h := &endpoint{down: true, after: time.Second, mark: uncounted, blind: true}
	inBubble(t, 3, q, h, Options{Failure: patient}, func(t *testing.T, p *Pool) {
		q.publish(tasks(1)[0])
		pass(500 * time.Millisecond)
		q.mu.Lock()
		q.ready = nil // the queue is empty when the trial begins
		q.mu.Unlock()
		pass(time.Second)
		if got := p.Status(); got.State != PoolHeld || !got.Rests || !got.Until.IsZero() {
			t.Fatalf("no trial: %+v", got)
		}
		h.set(false)
		if err := p.PauseWorker(1); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		if err := p.PauseWorker(2); err != nil {
			t.Fatal(err)
		}
		if err := p.Resize(0); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		if _, _, consumers := q.view(); consumers != 0 {
			t.Errorf("%d consumers without a worker that may take", consumers)
		}
		if err := p.Resize(2); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		if _, _, consumers := q.view(); consumers != 1 {
			t.Errorf("%d consumers, want the one that tries", consumers)
		}
		for _, task := range tasks(9) {
			q.publish(task)
		}
		pass(time.Minute)
		if _, _, consumers := q.view(); len(q.acked) != 9 || consumers != 2 {
			t.Errorf("acked %d, consumers %d", len(q.acked), consumers)
		}
	})
}

// Somebody may not want to wait; and what somebody must mend goes before what ends by itself.
func TestRestGivesWay(t *testing.T) {
	q := newQueue(tasks(5)...)
	h := &endpoint{down: true, after: time.Hour, mark: uncounted}
	inBubble(t, 2, q, h, Options{Failure: patient}, func(t *testing.T, p *Pool) {
		h.set(false)
		p.Retry()
		pass(time.Second)
		if got := p.Status(); len(q.acked) != 5 || got.State != PoolRunning {
			t.Fatalf("acked %d, %+v", len(q.acked), got)
		}
		h.set(true)
		q.publish(tasks(1)[0])
		pass(time.Second)
		p.hold("the queue is gone")
		pass(3 * time.Hour)
		if _, probes := h.seen(); p.Status().Held != "the queue is gone" || p.Status().Rests || probes > 0 {
			t.Errorf("%+v, %d probes", p.Status(), probes)
		}
		for _, e := range journalOf(p) {
			if e.Kind == PoolChanged && strings.Contains(e.Err, "going on") {
				t.Error("it went on by itself")
			}
		}
	})
}

func journalOf(p *Pool) []Event {
	events, _, _ := p.Journal().Since(0, nil)
	return events
}
