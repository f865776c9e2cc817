package ui

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"carousel/ui/tape"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"pgregory.net/rapid"
)

// recorded is a tape of a minute: a task begins each second and takes 700 ms; the queue grows by one each time.
func recorded(t testing.TB) *tape.Tape {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tape")
	w, err := tape.Create(path, tape.Header{Made: start, HasPool: true})
	if err != nil {
		t.Fatal(err)
	}
	b, p := busyBroker(), busyPool(2)
	p.events = nil
	for s := range 61 {
		at := start.Add(time.Duration(s) * time.Second)
		b.queue.Ready = known(int64(s), at)
		frame := tape.Frame{At: at, Links: b.links, Queue: b.queue, Pool: p.status, Workers: p.workers}
		if s > 0 {
			begun := at.Add(-time.Second)
			frame.Events = []worker.Event{
				{Seq: uint64(2*s - 1), At: begun, Kind: worker.TaskStarted, Worker: s%2 + 1, Task: task(s)},
				{Seq: uint64(2 * s), At: begun.Add(700 * time.Millisecond), Kind: worker.TaskDone, Worker: s%2 + 1, Task: task(s), Run: 700 * time.Millisecond},
			}
		}
		w.Settle() // a disk that keeps up
		w.Record(frame)
	}
	if err := w.Close(time.Minute); err != nil {
		t.Fatal(err)
	}
	tape, err := tape.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return tape
}

// newPlayed is an App that plays a tape; its first look was at wall time start.
func newPlayed(t testing.TB, made *tape.Tape, at time.Duration) *App {
	t.Helper()
	a := newApp(t.Context(), Options{Config: DefaultConfig(), Tape: made, TapeStart: at, TapeSpeed: 1}, testTheme)
	t.Cleanup(a.player.close)
	a.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	a.Update(a.look(nil, start))
	return a
}

// after lets wall time pass, a look each tenth of a second.
func after(a *App, wall *time.Time, d time.Duration) {
	for end := wall.Add(d); wall.Before(end); {
		*wall = wall.Add(100 * time.Millisecond)
		a.Update(a.look(nil, *wall))
	}
}

func TestTapePlays(t *testing.T) {
	made := recorded(t)
	a, wall := newPlayed(t, made, 0), start
	after(a, &wall, 5*time.Second)
	if now, ready := a.scene.now.Sub(start), a.scene.queue.Ready.Value; now != 5*time.Second || ready != 5 || a.scene.past.logged != 5 {
		t.Errorf("after 5 s the tape stands at %v, %d ready, %d tasks", now, ready, a.scene.past.logged)
	}
	press(a, ">", ">")
	after(a, &wall, 2*time.Second)
	if now := a.scene.now.Sub(start); now != 13*time.Second {
		t.Errorf("after 2 s more at four times the speed it stands at %v", now)
	}
	press(a, " ")
	after(a, &wall, 3*time.Second)
	if now := a.scene.now.Sub(start); now != 13*time.Second {
		t.Errorf("stopped, it stands at %v", now)
	}
	if !strings.Contains(a.View(), "[recording 0:13 of 1:00, stopped]") {
		t.Errorf("where it stands is not shown:\n%s", a.View())
	}
	press(a, " ")
	after(a, &wall, 30*time.Second)
	if !strings.Contains(a.View(), "[recording 1:00 of 1:00, ended]") || a.scene.past.logged != 60 {
		t.Errorf("the end, with %d tasks:\n%s", a.scene.past.logged, a.View())
	}
	press(a, " ")
	after(a, &wall, 100*time.Millisecond)
	if a.scene.past.logged != 0 {
		t.Error("playing on at the end does not begin anew")
	}
}

// Wherever one seeks, the screen is the one that playing to there shows.
func TestSeekingIsPlayingToThere(t *testing.T) {
	t.Parallel()
	made := recorded(t)
	rapid.Check(t, func(r *rapid.T) {
		a, wall := newPlayed(t, made, 0), start
		for _, key := range rapid.SliceOfN(rapid.SampledFrom([]string{",", ".", "0"}), 1, 12).Draw(r, "keys") {
			press(a, key)
			wall = wall.Add(time.Duration(rapid.IntRange(0, 3000).Draw(r, "ms")) * time.Millisecond)
			a.Update(a.look(nil, wall))
		}
		at := a.player.stand().at
		b, wall := newPlayed(t, made, 0), start
		for b.player.stand().at < at {
			wall = wall.Add(min(777*time.Millisecond, at-b.player.stand().at))
			b.Update(b.look(nil, wall))
		}
		if x, y := a.scene, b.scene; x.now != y.now || x.queue.Ready != y.queue.Ready || !reflect.DeepEqual(x.workers, y.workers) ||
			!reflect.DeepEqual(x.past.log, y.past.log) || !reflect.DeepEqual(x.past.ring, y.past.ring) ||
			!reflect.DeepEqual(x.past.lanes, y.past.lanes) {
			r.Fatalf("at %v, seeking shows\n%s\nand playing shows\n%s", at, a.View(), b.View())
		}
	})
}

// Nothing is steered in a recording, whatever key is pressed.
func TestTapeCannotBeSteered(t *testing.T) {
	a := newPlayed(t, recorded(t), 20*time.Second)
	for id := range placeCount {
		for _, b := range a.keymaps[id] {
			for _, key := range b.keys {
				a.dialog, a.place = nil, id
				if key == "q" || key == "ctrl+z" {
					continue
				}
				press(a, key)
				checkFrame(t, a)
			}
		}
	}
	a.dialog, a.place = nil, placeBoard
	press(a, "x")
	if a.toast.text != "x cannot act now: this is a recording" {
		t.Errorf("toast %q", a.toast.text)
	}
}

func TestTapeGolden(t *testing.T) {
	a := newPlayed(t, recorded(t), 40*time.Second)
	golden(t, "board-recording", a.View())
}
