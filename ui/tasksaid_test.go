package ui

import (
	"strings"
	"testing"
	"time"

	"carousel/worker"
)

// saidKept keeps tasks, and what was said at their tries.
type saidKept struct {
	fakeKept
	said map[string][]worker.Said
}

func (f saidKept) Said(id string) []worker.Said { return f.said[id] }

// saying opens a task at whose tries that was said; it is the newest one that has ended.
func saying(t *testing.T, w, h int, outputs ...worker.Output) *App {
	t.Helper()
	a := tasksApp(t, w, h)
	press(a, "j", "j", "j", "j") // past those that run
	s := screenOf(a)
	e := s.subject.taskEntry
	var said []worker.Said
	for i, o := range outputs {
		last := e.last()
		said = append(said, worker.Said{Worker: last.worker, Started: last.start.Add(-time.Duration(len(outputs)-1-i) * time.Minute), Output: o})
	}
	a.o.Kept = saidKept{a.o.Kept.(fakeKept), map[string][]worker.Said{e.ref.ID: said}}
	s.keep, s.subject = nil, subject{}
	look(a, start)
	press(a, "enter")
	return a
}

func TestViewShowsWhatWasSaid(t *testing.T) {
	a := saying(t, 100, 30,
		worker.Output{Head: []byte("opening cat.png\n"), Dropped: 33_000, Tail: []byte("\x1b[31mno space left\n")},
		worker.Output{Head: []byte("opening cat.png\r\n\twrote 640x480 \xff\n")})
	checkFrame(t, a)
	golden(t, "tasks-said-100x30", a.View())
	for _, want := range []string{"Output 34 B, of try 1", "    wrote 640x480 �", "Output 33.0 kB", "… 33.0 kB are left out here", "␛[31mno space left"} {
		if !strings.Contains(a.View(), want) {
			t.Errorf("%q is not shown:\n%s", want, a.View())
		}
	}
}

// A long output scrolls, and leaves the body where it is looked for: at the end.
func TestLongOutputScrolls(t *testing.T) {
	a := saying(t, 80, 24, worker.Output{Head: []byte(strings.Repeat(strings.Repeat("x", 100)+"\n", 300))})
	if press(a, "G"); !strings.Contains(a.View(), "Body ") {
		t.Errorf("the body is not at the end:\n%s", a.View())
	}
	if press(a, "w", "g", "pgdown", "l"); !strings.Contains(a.View(), "│ "+strings.Repeat("x", 75)+"… │") {
		t.Errorf("lines are not shown without a break:\n%s", a.View())
	}
	checkFrame(t, a)
}
