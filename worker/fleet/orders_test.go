package fleet

import (
	"strings"
	"testing"
	"time"
)

// Orders are obeyed where that is allowed, answered, and written down on both sides; else they are refused in words.
func TestOrders(t *testing.T) {
	inRoom(t, 2, func(r *room) {
		drained := 0
		r.report(func(o *ReporterOptions) { o.Steer, o.Drain = true, func() { drained++ } })
		w, _ := r.watch(nil)
		r.pass(KnockEvery + BeatEvery)
		id := r.host(w).ID
		for _, o := range []struct {
			do  Act
			n   int
			err string
		}{
			{Pause, 0, ""}, {Resume, 0, ""}, {Scale, 5, ""}, {Scale, 11, "says: cannot run 11 workers"}, {Prefetch, 3, ""}, {Drain, 0, ""},
			{"explode", 0, `does not know the order "explode"`},
		} {
			err := w.Order(r.Context(), id, o.do, o.n)
			if (err == nil) != (o.err == "") || err != nil && !strings.Contains(err.Error(), o.err) {
				t.Errorf("%s %d: %v; want %q", o.do, o.n, err, o.err)
			}
			if h := r.host(w); o.do == Scale && o.err == "" && h.Pool.Target != o.n { // the next one starts from there
				t.Errorf("after the answer to %s %d: %+v", o.do, o.n, h.Pool)
			}
		}
		if got := r.pool.orders(); got != "pause, resume, resize 5, prefetch 3" || drained != 1 {
			t.Errorf("obeyed: %s; drained %d times", got, drained)
		}
		r.pass(BeatEvery)
		events := since(w)
		if len(events) != 5 || !strings.HasSuffix(events[2].Err, "scaled to 5 workers from another console, by deploy@web-1") {
			t.Errorf("written down: %+v", events)
		}
		r.bus.cut()
		if err := w.Order(r.Context(), id, Pause, 0); err == nil || !strings.Contains(err.Error(), "may not have come through: the link is down") {
			t.Errorf("without a link: %v", err)
		}
		if err := w.Order(r.Context(), "nobody", Pause, 0); err == nil || !strings.Contains(err.Error(), "not heard of any more") {
			t.Errorf("to nobody: %v", err)
		}
	})
}

func TestOrdersAreRefused(t *testing.T) {
	inRoom(t, 2, func(r *room) {
		r.report(nil)
		w, _ := r.watch(nil)
		viewer, _ := r.watch(func(o *WatchOptions) { o.Voice = nil })
		r.pass(KnockEvery + BeatEvery)
		id := r.host(w).ID
		if err := w.Order(r.Context(), id, Pause, 0); err == nil || !strings.Contains(err.Error(), "takes no orders; set fleet.steer = true") {
			t.Errorf("got %v", err)
		}
		if err := viewer.Order(r.Context(), id, Pause, 0); err == nil || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("got %v", err)
		}
		if got := r.pool.orders(); got != "" {
			t.Errorf("obeyed: %s", got)
		}
	})
}

// An order to a process that dies before it answers ends with that: it may have obeyed. One that is gone is not waited for.
func TestOrderToADyingProcess(t *testing.T) {
	inRoom(t, 2, func(r *room) {
		_, die := r.report(func(o *ReporterOptions) { o.Steer = true })
		w, _ := r.watch(nil)
		r.pass(KnockEvery + BeatEvery)
		id := r.host(w).ID
		die()
		dying, err := r.bus.listen(orderKey("q", id)) // its queue is there for a moment longer
		must(t, err)
		began := time.Now()
		if err := w.Order(r.Context(), id, Pause, 0); err == nil || !strings.Contains(err.Error(), "did not answer; it may have obeyed") || time.Since(began) != answerWithin {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		dying.Close()
		began = time.Now()
		if err := w.Order(r.Context(), id, Pause, 0); err == nil || !strings.Contains(err.Error(), "does not listen to orders at the moment") || time.Since(began) > 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if got := r.pool.orders(); got != "" {
			t.Errorf("obeyed: %s", got)
		}
	})
}
