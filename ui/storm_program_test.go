package ui

import (
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"carousel/broker"
	"carousel/ui/tape"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// work lets the pool do n tasks, one every so often, unless the scene ends before.
func (s *stage) work(n int, every time.Duration) {
	go func() {
		for i := range n {
			select {
			case <-s.done:
				return
			case <-time.After(every):
			}
			s.pool.mu.Lock()
			at, id := time.Now(), i%3+1
			s.pool.workers[id-1].Done++
			s.pool.add(worker.Event{At: at, Kind: worker.TaskStarted, Worker: id, Task: task(i)})
			s.pool.add(worker.Event{At: at.Add(every / 2), Kind: worker.TaskDone + worker.EventKind(i%3), Worker: id, Task: task(i), Run: every / 2, Err: "now and then"})
			s.pool.mu.Unlock()
		}
	}()
}

// showsItsFrame waits for the terminal to show what the console has drawn; a tick of the one is shorter than a frame of the other.
func (s *stage) showsItsFrame() bool {
	for range 20 {
		shown, drawn := strings.Split(s.after(10*time.Millisecond), "\n"), strings.Split(s.app.View(), "\n")
		same := func(y int) bool { return strings.TrimRight(shown[y], " ") == strings.TrimRight(drawn[y], " ") }
		y := 0
		for y < len(drawn) && y < len(shown) && same(y) {
			y++
		}
		if y == len(drawn) {
			return true
		}
	}
	return false
}

// The terminal changes its size again and again while tasks flow: it shows the frame and nothing else, on every screen.
func TestProgramInAResizeStorm(t *testing.T) {
	onStage(t, nil, func(s *stage) {
		s.work(1000, 20*time.Millisecond)
		s.give("tab")
		for round := range 3 {
			for at, size := range sizes {
				s.screen.Resize(size[0], size[1])
				s.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				if at%3 != 0 {
					continue // the next one comes at once
				}
				if s.give(string('1' + rune((round+at)%5))); round == 2 {
					s.give("e")
				}
				if size[0] > 2 && !s.showsItsFrame() { // below that the terminal of the test itself is at a loss
					s.t.Fatalf("%v: the frame is\n%s\nthe terminal shows\n%s", size, s.app.View(), s.screen.String())
				}
				s.give("esc")
			}
		}
		s.leave()
	})
}

// queuePart is the queue's pane of a whole board; lowerPart is all below, but the keys and what is reckoned of the workers.
func queuePart(screen string) (part string) {
	_, part, _ = strings.Cut(screen, "╭─ Queue")
	part, _, _ = strings.Cut(part, "─ depth over")
	lines := strings.Split(part, "\n")
	for i := range lines {
		lines[i], _, _ = strings.Cut(lines[i], "││")
	}
	return strings.Join(lines[1:], "\n")
}

func lowerPart(screen string) (part string) {
	_, part, _ = strings.Cut(screen, "│ worker ")
	lines := strings.Split(part, "\n")[:20]
	for i := range 4 { // without the shares, which depend on when one looks
		lines[i] = string([]rune(lines[i])[:70])
	}
	return strings.Join(lines, "\n")
}

// What was recorded is seen again as it was: the same tasks at the same times, the same figures of workers and queue.
func TestProgramPlaysWhatItRecorded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tape")
	const at = 6 * time.Second
	var live string
	onStage(t, func(_ *stage, o *Options) {
		out, err := tape.Create(path, tape.Header{Made: time.Now(), HasPool: true})
		if err != nil {
			t.Fatal(err)
		}
		o.Record = out
	}, func(s *stage) {
		s.work(14, 300*time.Millisecond) // and then nothing changes, whenever the tape has its lines
		live = s.after(at)
		s.after(2 * time.Second)
		s.leave()
		s.strike()
		if err := s.app.o.Record.(*tape.Writer).Close(time.Minute); err != nil {
			t.Fatal(err)
		}
	})
	made, err := tape.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	onStage(t, func(_ *stage, o *Options) {
		*o = Options{Config: DefaultConfig(), Tape: made, TapeStart: at, TapeSpeed: 1}
	}, func(s *stage) {
		s.give(" ")
		again := s.see("a recording", "recording 0:06 of 0:08, stopped")
		for name, part := range map[string]func(string) string{"queue": queuePart, "workers, tasks, verdict": lowerPart} {
			if part(live) == "" || part(again) != part(live) {
				t.Errorf("%s: it was\n%s\nand it is\n%s", name, part(live), part(again))
			}
		}
		s.leave()
	})
}

// watched counts how often the console looks at its broker.
type watched struct {
	*fakeBroker
	looks atomic.Int64
}

func (w *watched) Snapshot() broker.Snapshot {
	w.looks.Add(1)
	return w.fakeBroker.Snapshot()
}

// An hour in which nothing happens: the console looks a few times a second, asks the management API for nothing, and writes no more
// than the ages that count.
func TestProgramIsIdleForAnHour(t *testing.T) {
	w := &watched{}
	onStage(t, func(s *stage, o *Options) {
		s.b.queue.Ready.Value, s.b.queue.In.Value, s.b.queue.Out.Value = 0, 0, 0
		s.pool.status.InHand = 0
		for i := range s.pool.workers {
			s.pool.workers[i].State, s.pool.workers[i].HasTask = worker.StateIdle, false
		}
		w.fakeBroker = s.b
		o.Broker = w
	}, func(s *stage) {
		s.screen.Resize(40, 10)
		s.Send(tea.WindowSizeMsg{Width: 40, Height: 10})
		s.after(time.Minute)
		before := w.looks.Load()
		s.after(time.Hour)
		if n, most := w.looks.Load()-before, int64(time.Hour/idlePause); n > most || n < most/2 {
			t.Errorf("%d looks in an hour in which nothing happened, want at most %d", n, most)
		}
		if len(s.admin.asked)+len(s.b.asked)+len(s.pool.asked) > 0 {
			t.Errorf("asked %q, %q and %q", s.admin.asked, s.b.asked, s.pool.asked)
		}
		s.leave()
	})
}
