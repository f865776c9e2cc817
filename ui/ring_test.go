package ui

import (
	"strings"
	"testing"
	"time"

	"carousel/worker"
)

func TestNextTurn(t *testing.T) {
	idle := func(id, seconds int) worker.WorkerStatus {
		return worker.WorkerStatus{ID: id, State: worker.StateIdle, Since: start.Add(-time.Duration(seconds) * time.Second), Done: 1}
	}
	busy := worker.WorkerStatus{ID: 4, State: worker.StateRunning}
	fresh := worker.WorkerStatus{ID: 5, State: worker.StateIdle, Since: start}
	for _, c := range []struct {
		name      string
		workers   []worker.WorkerStatus
		prefetch  int
		consumers int64
		want      string
	}{
		{"the longest ready", []worker.WorkerStatus{idle(1, 3), idle(2, 9), idle(3, 5), busy}, 1, 4, "▸2 is next"},
		{"all are busy", []worker.WorkerStatus{busy}, 1, 1, "▸first free"},
		{"one that had none so far", []worker.WorkerStatus{idle(1, 3), fresh, idle(2, 9)}, 1, 3, "▸5 is next"},
		{"several that had none so far", []worker.WorkerStatus{idle(1, 3), fresh, fresh}, 1, 3, "▸a new one"},
		{"several tasks a worker", []worker.WorkerStatus{idle(1, 3)}, 10, 1, "▸– is next"},
		{"others consume too", []worker.WorkerStatus{idle(1, 3)}, 1, 2, "▸– is next"},
		{"none takes tasks", []worker.WorkerStatus{{ID: 1, State: worker.StatePaused}}, 1, 0, "▸nobody"},
		{"none is there", []worker.WorkerStatus{{ID: 1, State: worker.StateGone}}, 1, 0, ""},
	} {
		s := newScene(true, false)
		s.shown, s.pool.Prefetch, s.queue.Consumers = c.workers, c.prefetch, known(c.consumers, start)
		for i := range c.workers {
			if c.workers[i].State == worker.StateRunning {
				s.pool.InHand++
			}
		}
		d := dispatchPane{drawing: drawing{scene: s}}
		if got := strings.TrimSpace(d.nextTurn()); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
