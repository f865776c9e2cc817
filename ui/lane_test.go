package ui

import (
	"strings"
	"testing"
	"time"

	"carousel/worker"

	"pgregory.net/rapid"
)

// drawLane draws n cells of one second of a worker's lane at the given moment.
func drawLane(l *lane, w worker.WorkerStatus, now time.Time, n int) string {
	return drawn(l, w, now, n, testTheme, false)
}

func drawn(l *lane, w worker.WorkerStatus, now time.Time, n int, t *theme, ascii bool) string {
	s := newScene(true, false)
	s.now = now
	s.past.lanes[w.ID] = l
	var p pen
	d := dispatchPane{drawing: drawing{scene: s, t: t, p: &p}, config: &Config{ASCII: ascii}, zoom: 3}
	p.begin(n)
	d.lane(&w, n)
	if ascii {
		return inASCII(p.end())
	}
	return p.end()
}

// try puts an ended task into the lane, as its two events would.
func (l *lane) try(kind worker.EventKind, from, to time.Time, task worker.TaskRef) {
	l.begin(&worker.Event{At: from, Task: task})
	l.end(&worker.Event{Seq: uint64(from.Unix()), Kind: kind, At: to, Run: to.Sub(from), Task: task}, blockCount)
}

func (l *lane) done(from, to time.Time) { l.try(worker.TaskDone, from, to, worker.TaskRef{}) }

// at is a moment of the lanes in these tests, in seconds after the left edge.
func at(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }

func TestLanes(t *testing.T) {
	for _, c := range []struct {
		name        string
		fill        func(l *lane, w *worker.WorkerStatus)
		want, ascii string
	}{
		{"idle", func(*lane, *worker.WorkerStatus) {}, "          ", ""},
		{"done", func(l *lane, _ *worker.WorkerStatus) { l.done(at(2), at(5)) }, "  ███     ", "  ###     "},
		{"halves", func(l *lane, _ *worker.WorkerStatus) { l.done(at(2.5), at(5.5)) }, "  ▐██▌    ", "  |##|    "},
		{"an end at an eighth", func(l *lane, _ *worker.WorkerStatus) { l.done(at(2), at(5.125)) }, "  ███▏    ", "  ###     "},
		{"an end at seven", func(l *lane, _ *worker.WorkerStatus) { l.done(at(2), at(5.875)) }, "  ███▉    ", "  ###|    "},
		{"a start near the end of a cell", func(l *lane, _ *worker.WorkerStatus) { l.done(at(2.875), at(5)) }, "  ▕██     ", "   ##     "},
		{"a start near the beginning", func(l *lane, _ *worker.WorkerStatus) { l.done(at(2.125), at(5)) }, "  ███     ", "  ###     "},
		{"within a cell, at the left", func(l *lane, _ *worker.WorkerStatus) { l.done(at(2.1), at(2.5)) }, "  ▍       ", "          "},
		{"within a cell, at the right", func(l *lane, _ *worker.WorkerStatus) { l.done(at(2.5), at(2.9)) }, "  ▐       ", "          "},
		{"two that touch are two", func(l *lane, _ *worker.WorkerStatus) {
			l.done(at(1), at(4))
			l.done(at(4), at(7))
		}, " ███▐██   ", " ###|##   "},
		{"two that touch late in a cell", func(l *lane, _ *worker.WorkerStatus) {
			l.done(at(1), at(4.75))
			l.done(at(4.75), at(7))
		}, " ███▊██   ", " ###|##   "},
		{"two that touch early in a cell", func(l *lane, _ *worker.WorkerStatus) {
			l.done(at(1), at(4.25))
			l.done(at(4.25), at(7))
		}, " ███▐██   ", " ###|##   "},
		{"a gap within a cell", func(l *lane, _ *worker.WorkerStatus) {
			l.done(at(1), at(4.25))
			l.done(at(4.75), at(7))
		}, " ███▎██   ", " ### ##   "},
		{"failed for good", func(l *lane, _ *worker.WorkerStatus) {
			l.try(worker.TaskFailed, at(2), at(5), worker.TaskRef{})
		}, "  ██×     ", "  ##x     "},
		{"retried", func(l *lane, _ *worker.WorkerStatus) {
			l.try(worker.TaskRetried, at(2), at(4.5), worker.TaskRef{})
		}, "  ▒▒▌     ", "  rr|     "},
		{"unsettled", func(l *lane, _ *worker.WorkerStatus) {
			l.try(worker.TaskUnsettled, at(2), at(4), worker.TaskRef{})
		}, "  ??      ", "  ??      "},
		{"a second try", func(l *lane, _ *worker.WorkerStatus) {
			l.try(worker.TaskDone, at(2), at(5), worker.TaskRef{Attempt: 2})
		}, "  2██     ", "  2##     "},
		{"a try beyond the ninth", func(l *lane, _ *worker.WorkerStatus) {
			l.try(worker.TaskDone, at(2), at(5), worker.TaskRef{Attempt: 10})
		}, "  +██     ", "  +##     "},
		{"redelivered", func(l *lane, _ *worker.WorkerStatus) {
			l.try(worker.TaskDone, at(2), at(5), worker.TaskRef{Redelivered: true})
		}, "  ↻██     ", "  @##     "},
		{"redelivered, a third try", func(l *lane, _ *worker.WorkerStatus) {
			l.try(worker.TaskRetried, at(2), at(5), worker.TaskRef{Attempt: 3, Redelivered: true})
		}, "  ↻3▒     ", "  @3r     "},
		{"no room for a sign", func(l *lane, _ *worker.WorkerStatus) {
			l.try(worker.TaskDone, at(2), at(3.9), worker.TaskRef{Attempt: 3, Redelivered: true})
		}, "  █▉      ", "  #|      "},
		{"running grows to now", func(_ *lane, w *worker.WorkerStatus) { w.HasTask, w.Started = true, at(6.5) }, "      ▐▓▓▎", "      |== "},
		{"waiting before its run", func(l *lane, _ *worker.WorkerStatus) {
			l.waiting(at(1), at(4))
			l.done(at(4), at(6))
		}, " ···██    ", " ...##    "},
		{"a wait is not drawn over work", func(l *lane, _ *worker.WorkerStatus) {
			l.done(at(1), at(3))
			l.waiting(at(0), at(4))
			l.done(at(4.5), at(6))
		}, " ██·▐█    ", " ##.|#    "},
		{"not observed", func(l *lane, _ *worker.WorkerStatus) { l.unseen(at(3), at(5.9)) }, "   ╌╌╌    ", "   ~~~    "},
		{"many short tasks show how busy it was", func(l *lane, _ *worker.WorkerStatus) {
			for i := range 20 {
				l.done(at(2+float64(i)/10), at(2.05+float64(i)/10))
			}
		}, "  ▄▄      ", "  oo      "},
		{"one short task is seen", func(l *lane, _ *worker.WorkerStatus) { l.done(at(3.1), at(3.12)) }, "   ▁      ", "   _      "},
		{"its start is where the handler got it", func(l *lane, _ *worker.WorkerStatus) {
			l.begin(&worker.Event{At: at(2)})
			l.end(&worker.Event{Kind: worker.TaskRetried, At: at(7), Run: 2 * time.Second}, blockCount)
		}, "  ▒▒      ", ""},
		{"not known whether it went on", func(l *lane, _ *worker.WorkerStatus) {
			l.begin(&worker.Event{At: at(2)})
			l.unseen(at(4), at(6))
		}, "  ╌╌╌╌    ", ""},
	} {
		l, w := newLane(start.Add(-time.Hour)), worker.WorkerStatus{ID: 1}
		c.fill(l, &w)
		if got := drawLane(l, w, at(9.2), 10); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
		if got := drawn(l, w, at(9.2), 10, testTheme, true); c.ascii != "" && got != c.ascii {
			t.Errorf("%s in ASCII:\n got %q\nwant %q", c.name, got, c.ascii)
		}
	}
}

func TestLaneBeforeTheWorkerWasThere(t *testing.T) {
	l := newLane(start.Add(6 * time.Second))
	if got := drawLane(l, worker.WorkerStatus{ID: 1}, start.Add(9*time.Second), 10); got != "╌╌╌╌╌╌    " {
		t.Errorf("got %q", got)
	}
}

// Whatever is drawn into a lane, and in which order, it is read back only inside its ring and within its time.
func TestStripKeepsItsRing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLane(start)
		var end time.Time
		for range rapid.IntRange(1, 30).Draw(t, "tasks") {
			from := start.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(30*time.Hour)).Draw(t, "from")))
			to := from.Add(time.Duration(rapid.Int64Range(1, int64(3*time.Hour)).Draw(t, "run")))
			l.sum(from, to, markDone)
			if to.After(end) {
				end = to
			}
		}
		for i := range l.strips {
			s := &l.strips[i]
			if want := max(s.number(start), s.number(end.Add(-1))); s.newest != want {
				t.Fatalf("the newest slot is %d, want %d", s.newest, want)
			}
			if got := s.read(s.newest-slotCount, 0); got.under != markUnseen {
				t.Fatalf("a slot beyond the ring reads %v", got)
			}
			if got := s.read(s.newest+1, 0); got != (slot{}) {
				t.Fatalf("a slot in the future reads %v", got)
			}
		}
	})
}

func TestBusyShare(t *testing.T) {
	l := newLane(start.Add(-time.Minute))
	l.done(start.Add(-9*time.Second), start.Add(-4*time.Second))
	if got := l.busy(start, time.Time{}); got < 0.49 || got > 0.51 {
		t.Errorf("5 of 10 seconds are %v", got)
	}
	if got := l.busy(start, start.Add(-2*time.Second)); got < 0.69 || got > 0.71 {
		t.Errorf("with the 2 seconds of the task in hand: %v", got)
	}
	if got := l.busy(start, start.Add(-time.Hour)); got != 1 {
		t.Errorf("a task of an hour: %v", got)
	}
}

func TestRingNamesTheBusy(t *testing.T) {
	b := busyBroker()
	b.queue.Consumers.Value = 5
	a := newTestApp(t, 160, 45, b, busyPool(5))
	for _, l := range a.scene.past.lanes {
		l.started, l.ended = start.Add(-time.Minute), start.Add(-time.Second)
	}
	a.scene.past.lanes[3].started = start.Add(-500 * time.Millisecond) // has a task
	a.scene.past.turn(dispatch{2, start.Add(-10 * time.Millisecond)})
	a.scene.past.turn(dispatch{4, start})
	a.draw()
	if !strings.Contains(a.View(), "(3 was busy)") || !strings.Contains(a.View(), " 2 4 ▸first free │") {
		t.Errorf("the ring does not say so:\n%s", a.View())
	}
}

func TestMissedEventsAreDrawnAsUnseen(t *testing.T) {
	h := newHistory()
	h.keep(start, []worker.WorkerStatus{{ID: 1}})
	h.seen = start
	h.apply(start.Add(5*time.Second), nil, 40)
	if got := drawLane(h.lanes[1], worker.WorkerStatus{ID: 1}, start.Add(9*time.Second), 9); got != "╌╌╌╌     " {
		t.Errorf("got %q", got)
	}
	if h.missed != 40 {
		t.Errorf("%d events are counted as missed", h.missed)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	h := newHistory()
	for i := range 3 * logSize {
		h.event(&worker.Event{Seq: uint64(i + 1), At: start, Kind: worker.TaskStarted, Worker: i%3 + 1})
		h.event(&worker.Event{Seq: uint64(i + 1), At: start, Kind: worker.TaskDone, Worker: i%3 + 1, Run: 1})
	}
	if len(h.log) != logSize || len(h.ring) != ringSize || len(h.lanes) != 3 {
		t.Errorf("log %d, ring %d, lanes %d", len(h.log), len(h.ring), len(h.lanes))
	}
	if h.logEntry(0).Seq != 3*logSize || h.logEntry(logSize-1).Seq != 2*logSize+1 {
		t.Errorf("the log goes from %d to %d", h.logEntry(logSize-1).Seq, h.logEntry(0).Seq)
	}
	h.keep(start, []worker.WorkerStatus{{ID: 2}})
	if len(h.lanes) != 1 {
		t.Errorf("lanes of workers that are gone stay: %d", len(h.lanes))
	}
}
