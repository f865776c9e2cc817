package ui

import (
	"testing"
	"time"

	"carousel/worker"
)

// Whoever ended stands below those alive, and not for long: the board is for the workers there are.
func TestRowsOfEndedWorkers(t *testing.T) {
	s := newScene(true, false)
	s.now, s.pool.Size = start, 1
	s.workers = []worker.WorkerStatus{
		{ID: 1, State: worker.StateGone, Since: start.Add(-time.Minute)},
		{ID: 2, State: worker.StateGone, Since: start.Add(-time.Second)},
		{ID: 3, State: worker.StateIdle},
	}
	s.keepRows()
	if len(s.shown) != 2 || s.shown[0].ID != 3 || s.shown[1].ID != 2 {
		t.Errorf("shown %+v", s.shown)
	}
	s.pool.Size = 0
	if s.keepRows(); len(s.shown) != 3 {
		t.Errorf("when the pool has ended: %+v", s.shown)
	}
}

// After the pool's size has changed, what was measured before says nothing of what comes.
func TestFiguresStartAnewWithTheSize(t *testing.T) {
	b, p := busyBroker(), busyPool(4)
	a := newTestApp(t, 120, 36, b, p)
	for s := range 20 {
		at := start.Add(time.Duration(s) * time.Second)
		b.queue.Ready.At, b.queue.Ready.Value = at, int64(1000-10*s)
		look(a, at)
	}
	if !a.scene.trending {
		t.Fatal("no trend after 20 s")
	}
	p.status.Target++
	if look(a, start.Add(20*time.Second)); a.scene.trending {
		t.Error("the trend of another pool is still told")
	}
}
