package worker

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestShrinkLetsTheNewestFinish(t *testing.T) {
	q := newQueue(tasks(4)...)
	inBubble(t, 4, q, second, Options{}, func(t *testing.T, p *Pool) {
		if err := p.Resize(2); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if ss := states(p); !slices.Equal(ss, []State{StateRunning, StateRunning, StateStopping, StateStopping}) {
			t.Errorf("states %v", ss)
		}
		if !p.Workers(nil)[3].HasTask {
			t.Error("a stopping worker dropped its task")
		}
		pass(2 * time.Second)
		if ss := states(p); !slices.Equal(ss, []State{StateIdle, StateIdle, StateGone, StateGone}) {
			t.Errorf("states %v", ss)
		}
		if got := p.Status(); got.Size != 2 || got.Target != 2 || len(q.acked) != 4 {
			t.Errorf("status %+v, acked %v", got, q.acked)
		}
		if err := p.Resize(3); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if rows := p.Workers(nil); len(rows) != 5 || rows[4].ID != 5 || rows[4].State != StateIdle {
			t.Errorf("after growing: %+v", rows)
		}
	})
}

func TestPauseFinishesAndHandsBack(t *testing.T) {
	q := newQueue(tasks(6)...)
	inBubble(t, 2, q, second, Options{}, func(t *testing.T, p *Pool) {
		if err := p.SetPrefetch(2); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		p.Pause()
		synctest.Wait()
		if ready, unacked, consumers := q.view(); ready != 4 || unacked != 2 || consumers != 0 {
			t.Errorf("just paused: ready %d, unacked %d, consumers %d", ready, unacked, consumers)
		}
		pass(5 * time.Second)
		if got := p.Status(); got.State != PoolPaused || got.InHand != 0 || len(q.acked) != 2 {
			t.Errorf("status %+v, acked %v", got, q.acked)
		}
		if ss := states(p); !slices.Equal(ss, []State{StatePaused, StatePaused}) {
			t.Errorf("states %v", ss)
		}
		if up := p.Workers(nil)[0].UpTime; up != time.Second {
			t.Errorf("up %v, want the pause left out", up)
		}
		p.Resume()
		pass(3 * time.Second)
		if len(q.acked) != 6 {
			t.Errorf("acked %v", q.acked)
		}
	})
}

func TestPauseAndResumeWhileATaskRuns(t *testing.T) {
	q := newQueue(tasks(2)...)
	inBubble(t, 1, q, second, Options{}, func(t *testing.T, p *Pool) {
		p.Pause()
		synctest.Wait()
		p.Resume()
		pass(3 * time.Second)
		if len(q.acked) != 2 || slices.Contains(kinds(p, 1), WorkerLost) {
			t.Errorf("acked %v, events %v", q.acked, kinds(p, 1))
		}
	})
}

func TestPausesAreToldAtOnce(t *testing.T) {
	inBubble(t, 1, newQueue(tasks(1)...), second, Options{}, func(t *testing.T, p *Pool) {
		if err := p.PauseWorker(1); err != nil {
			t.Fatal(err)
		}
		if w := p.Workers(nil)[0]; !w.Paused || w.State != StateRunning {
			t.Errorf("a worker paused with a task in hand: %+v", w)
		}
		p.hold("the queue is missing")
		p.Pause()
		if s := p.Status(); !s.Paused || s.State != PoolHeld {
			t.Errorf("a held pool that was paused: %+v", s)
		}
		p.Resume()
		if err := p.ResumeWorker(1); err != nil {
			t.Fatal(err)
		}
		if p.Status().Paused || p.Workers(nil)[0].Paused {
			t.Error("still paused after the resume")
		}
	})
}

func TestPauseOneWorker(t *testing.T) {
	q := newQueue()
	inBubble(t, 2, q, second, Options{}, func(t *testing.T, p *Pool) {
		if err := p.PauseWorker(1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if ss := states(p); !slices.Equal(ss, []State{StatePaused, StateIdle}) {
			t.Errorf("states %v", ss)
		}
		p.Pause()
		p.Resume()
		synctest.Wait()
		if ss := states(p); !slices.Equal(ss, []State{StatePaused, StateIdle}) {
			t.Errorf("the pool's resume woke a worker paused by itself: %v", ss)
		}
		if err := p.ResumeWorker(1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if ss := states(p); !slices.Equal(ss, []State{StateIdle, StateIdle}) {
			t.Errorf("states %v", ss)
		}
		if ks := kinds(p, 1); !slices.Equal(ks, []EventKind{WorkerStarted, WorkerPaused, WorkerResumed}) {
			t.Errorf("events %v", ks)
		}
	})
}

func TestPrefetchChangesOnOpenChannels(t *testing.T) {
	q := newQueue(tasks(8)...)
	inBubble(t, 2, q, second, Options{}, func(t *testing.T, p *Pool) {
		if err := p.SetPrefetch(3); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, unacked, _ := q.view(); unacked != 6 || !slices.Equal(q.prefetchs, []int{3, 3}) {
			t.Errorf("unacked %d, asked for %v", unacked, q.prefetchs)
		}
		if q.opened != 2 {
			t.Errorf("%d channels opened", q.opened)
		}
		if err := p.Resize(3); err != nil { // a newcomer starts with it
			t.Fatal(err)
		}
		synctest.Wait()
		if _, unacked, _ := q.view(); unacked != 8 || len(q.prefetchs) != 2 {
			t.Errorf("unacked %d, asked for %v", unacked, q.prefetchs)
		}
	})
}

func TestCrashMakesTheTaskRunAgain(t *testing.T) {
	q := newQueue(tasks(1)...)
	inBubble(t, 1, q, second, Options{}, func(t *testing.T, p *Pool) {
		pass(300 * time.Millisecond)
		if err := p.Crash(1); err != nil {
			t.Fatal(err)
		}
		pass(5 * time.Second)
		want := []EventKind{WorkerStarted, TaskStarted, TaskUnsettled, WorkerCrashed, TaskStarted, TaskDone}
		if ks := kinds(p, 1); !slices.Equal(ks, want) {
			t.Errorf("events %v, want %v", ks, want)
		}
		events, _, _ := p.Journal().Since(0, nil)
		if last := events[len(events)-1]; !last.Task.Redelivered || last.Run != time.Second {
			t.Errorf("second try: %+v", last)
		}
		if got := p.Workers(nil)[0]; got.Unsettled != 1 || got.Done != 1 || got.Failed != 0 || got.RunP50 < time.Second {
			t.Errorf("row %+v", got)
		}
		if len(q.untold) > 0 {
			t.Errorf("settled after the crash: %v", q.untold)
		}
	})
}

func TestCrashWhileIdle(t *testing.T) {
	q := newQueue()
	inBubble(t, 1, q, second, Options{}, func(t *testing.T, p *Pool) {
		if err := p.Crash(1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if ks := kinds(p, 1); q.opened != 2 || !slices.Equal(ks, []EventKind{WorkerStarted, WorkerCrashed}) {
			t.Errorf("opened %d, events %v", q.opened, ks)
		}
	})
}

func TestControlsRefuseInWords(t *testing.T) {
	q := newQueue()
	inBubble(t, 1, q, second, Options{}, func(t *testing.T, p *Pool) {
		if err := p.PauseWorker(1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, c := range []struct {
			err  error
			want string
		}{
			{p.Resize(21), "cannot run 21 workers; allowed are 0 to 20 (workers.max)"},
			{p.Resize(-1), "cannot run -1 workers; allowed are 0 to 20 (workers.max)"},
			{p.SetPrefetch(0), "cannot prefetch 0 tasks; allowed are 1 to 65535"},
			{p.PauseWorker(7), "there is no worker 7"},
			{p.Crash(1), "w01 has no channel that could crash; it is paused"},
		} {
			if c.err == nil || c.err.Error() != c.want {
				t.Errorf("got %v, want %s", c.err, c.want)
			}
		}
		if err := p.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{p.Resize(2), p.SetPrefetch(2), p.PauseWorker(1), p.Crash(1)} {
			if err == nil {
				t.Error("an ended pool was steered")
			}
		}
	})
}

func TestEndedWorkersAreForgottenButCounted(t *testing.T) {
	q := newQueue()
	inBubble(t, 1, q, second, Options{}, func(t *testing.T, p *Pool) {
		for range 30 {
			q.publish(tasks(1)[0])
			pass(2 * time.Second)
			if err := p.Resize(0); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if err := p.Resize(1); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		rows := p.Workers(nil)
		if len(rows) != 21 || rows[0].ID != 11 || rows[20].ID != 31 {
			t.Errorf("%d rows from %d", len(rows), rows[0].ID)
		}
		if got := p.Totals(); got.Done != 30 || got.BusyTime != 30*time.Second {
			t.Errorf("totals %+v", got)
		}
	})
}
