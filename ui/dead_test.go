package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carousel/broker"
)

// fakeDead is a dead-letter queue as a broker has one: a look returns all it holds, a replay and a discard take out what was
// picked, and a letter without an origin stays.
type fakeDead struct {
	mu      sync.Mutex // the console asks from goroutines of its own
	cost    broker.LookCost
	letters []broker.Letter
	cut     string
	blind   bool // a look finds nothing
	costErr error
	err     error
	asked   []string
	sent    []broker.Task
	to      []string
	tally   broker.ReplayTally
	gate    chan struct{} // when set, a replay waits for it or for its context, half done
}

func (f *fakeDead) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fmt.Sprintf(format, args...))
}

func (f *fakeDead) read() broker.ReplayTally {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.tally
}

func (f *fakeDead) LookCost(_ context.Context, queue string) (broker.LookCost, error) {
	f.note("cost %s", queue)
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.cost
	c.Queue, c.Depth = queue, len(f.letters)
	return c, f.costErr
}

func (f *fakeDead) Letters(_ context.Context, queue string, limit int) (broker.Letters, error) {
	f.note("look %s", queue)
	f.mu.Lock()
	defer f.mu.Unlock()
	letters := slices.Clone(f.letters[:min(limit, len(f.letters))])
	if f.blind {
		letters = nil
	}
	return broker.Letters{Queue: queue, Letters: letters, Depth: len(f.letters), Cut: f.cut, At: start}, f.err
}

func (f *fakeDead) Replay(ctx context.Context, r broker.Replay, _ *broker.ReplayProgress) error {
	f.note("replay %s to %q at %g", r.Queue, r.To, r.Rate)
	return f.sweep(ctx, r.Pick, func(l *broker.Letter) string {
		to := r.To
		if to == "" {
			to = l.Origin
		}
		if to == "" {
			return "it does not say where it came from"
		}
		task := l.Task
		if r.Edit != nil {
			task = r.Edit(task)
		}
		f.sent, f.to = append(f.sent, task), append(f.to, to)
		return ""
	})
}

func (f *fakeDead) Discard(ctx context.Context, queue string, pick func(*broker.Letter) bool, _ *broker.ReplayProgress) error {
	f.note("discard %s", queue)
	return f.sweep(ctx, pick, func(*broker.Letter) string { return "" })
}

// sweep takes out the letters that are picked and that do not fail.
func (f *fakeDead) sweep(ctx context.Context, pick func(*broker.Letter) bool, one func(*broker.Letter) string) error {
	f.mu.Lock()
	f.tally = broker.ReplayTally{}
	gate, all := f.gate, f.letters
	f.mu.Unlock()
	for i := range all {
		if gate != nil && i == len(all)/2 {
			select {
			case <-gate:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		f.mu.Lock()
		f.tally.Looked++
		if l := all[i]; pick(&l) {
			f.tally.Picked++
			if why := one(&l); why != "" {
				f.tally.Failed++
				f.tally.Trouble = why
			} else {
				f.tally.Done++
				f.letters = slices.DeleteFunc(slices.Clone(f.letters), func(o broker.Letter) bool { return o.Key == l.Key })
			}
		}
		f.mu.Unlock()
	}
	return f.err
}

// deadLetters make a queue with three causes, two origins, letters that came back, and one that says nothing of itself.
func deadLetters(n int) *fakeDead {
	f := &fakeDead{cost: broker.LookCost{
		Type: "classic", Text: "Looking marks every letter as redelivered; nothing else changes.",
	}}
	for i := range n {
		at := start.Add(-time.Duration(n-i) * 7 * time.Minute)
		l := broker.Letter{
			Key: fmt.Sprintf("letter-%d", i), Origin: "task_queue", Cause: "simulated failure", Tries: 3, FailedAt: at,
			Task: broker.Task{
				ID: task(i).ID, Type: "resize", Body: fmt.Appendf(nil, `{"path":"cat%d.png","width":%d,"tags":["new","cat"]}`, i, 100+i),
				ContentType: "application/json", Created: at.Add(-time.Minute), Attempt: 3, Made: true, Priority: uint8(i % 3),
				Headers: map[string]any{"tenant": "blue", "x-death": []any{map[string]any{"queue": "task_queue", "count": int64(1)}}},
			},
		}
		switch {
		case i%5 == 1:
			l.Cause, l.Origin, l.Task.Type = "cannot open /srv/in/cat.png: no such file", "resize_queue", "scan"
			l.Task.Body, l.Task.ContentType = []byte("scan cat.png\n\tsecond line"), "text/plain"
		case i%7 == 3:
			l.Replayed = i%2 + 1
		case i == 5:
			l.Cause, l.Origin, l.Tries, l.FailedAt = "", "", 0, time.Time{}
			l.Task = broker.Task{Body: []byte{0, 1, 2, 0xff, 'c', 'a', 't'}}
		}
		f.letters = append(f.letters, l)
	}
	return f
}

// deadApp shows the dead letters of a fake queue.
func deadApp(t testing.TB, w, h int, f *fakeDead) *App {
	t.Helper()
	b := busyBroker()
	b.queue.Dead = known(int64(len(f.letters)), start)
	a := newTestApp(t, w, h, b, busyPool(2))
	a.o.Dead = f
	press(a, "3")
	return a
}

// replaying gives a key whose job is not run yet, tells it where the fake keeps its tally, and returns what runs it.
func replaying(a *App, f *fakeDead, key string) func() {
	_, cmd := a.Update(keyOf(key))
	if a.dead().job != nil {
		a.dead().job.read = f.read
	}
	return func() { settle(a, cmd) }
}

func TestDeadGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		a := deadApp(t, size[0], size[1], deadLetters(17))
		checkFrame(t, a)
		golden(t, fmt.Sprintf("dead-unseen-%dx%d", size[0], size[1]), a.View())
		press(a, "L", "enter", " ", " ")
		checkFrame(t, a)
		golden(t, fmt.Sprintf("dead-letters-%dx%d", size[0], size[1]), a.View())
	}
}

func TestDeadDialogsGolden(t *testing.T) {
	for name, keys := range map[string][]string{
		"letter": {"enter", "enter"}, "hex": {"enter", "G", "enter", "b"}, "replay": {"R"}, "discard": {"enter", " ", "X"},
		"queue": {"Q"}, "look": {"L"}, "filter": {"/", "c", "a", "t", "1"},
	} {
		t.Run(name, func(t *testing.T) {
			a := deadApp(t, 100, 30, deadLetters(17))
			press(a, append([]string{"L"}, keys...)...)
			checkFrame(t, a)
			golden(t, "dead-dialog-"+name, a.View())
		})
	}
}

func TestDeadReportGolden(t *testing.T) {
	f := deadLetters(17)
	f.gate = make(chan struct{})
	a := deadApp(t, 100, 30, f)
	press(a, "L", "R")
	run := replaying(a, f, "enter")
	f.mu.Lock()
	f.tally = broker.ReplayTally{Looked: 8, Picked: 8, Done: 6, Failed: 1, Trouble: "the broker returned it: no queue \"resize_queue\""}
	f.mu.Unlock()
	look(a, start.Add(3*time.Second))
	golden(t, "dead-replaying", a.View())
	close(f.gate)
	run()
	checkFrame(t, a)
	golden(t, "dead-replayed", a.View())
	if !strings.Contains(a.toast.text, "16 of 17 letters replayed, 1 stays: it does not say") {
		t.Errorf("toast %q", a.toast.text)
	}
}
