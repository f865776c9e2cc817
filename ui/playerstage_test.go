package ui

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carousel/ui/tape"
)

// roamed is a recording of a console that goes to another broker after ten seconds, of twenty.
func roamed(t testing.TB) *tape.Tape {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tape")
	w, err := tape.Create(path, tape.Header{Made: start, HasPool: true})
	if err != nil {
		t.Fatal(err)
	}
	b, p := busyBroker(), busyPool(2)
	stages := []*tape.Stage{{Context: "prod", Colour: "alarm", Protected: true, HasPool: true}, {Context: "\x1b[31mtest", Colour: "\x1b[31m", ReadOnly: true}}
	for s := range 21 {
		at := start.Add(time.Duration(s) * time.Second)
		b.queue.Ready = known(int64(s), at)
		frame := tape.Frame{At: at, Stage: stages[s/11], Links: b.links, Queue: b.queue}
		if s <= 10 {
			frame.Pool, frame.Workers = p.status, p.workers
		}
		w.Settle() // a disk that keeps up
		w.Record(frame)
	}
	if err := w.Close(time.Minute); err != nil {
		t.Fatal(err)
	}
	made, err := tape.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// A recording says where the console was: from its beginning, as it goes to another broker, and wherever it is come to.
func TestRecordingFollowsTheConsole(t *testing.T) {
	a := newPlayed(t, roamed(t), 0)
	at := func(when, want, not string, pool bool) {
		t.Helper()
		head, _, _ := strings.Cut(a.View(), "\n")
		if !strings.Contains(head, want) || strings.Contains(head, not) || a.scene.hasPool != pool {
			t.Errorf("%s: %q, pool %v", when, head, a.scene.hasPool)
		}
	}
	at("the beginning", "[prod] [protected]", "[read-only]", true)
	wall := start
	after(a, &wall, 11*time.Second)
	at("after the switch", "␛[31mtest] [read-only]", "prod", false)
	if want := "Here the console went to ␛[31mtest."; a.toast.text != want {
		t.Errorf("it says %q, want %q", a.toast.text, want)
	}
	if first := time.Unix(a.scene.depth.first, 0); first.Before(start.Add(11 * time.Second)) {
		t.Errorf("the queue of another broker is drawn on, from %v", first)
	}
	press(a, ",")
	after(a, &wall, time.Second)
	at("sought back", "[prod] [protected]", "[read-only]", true)
	press(a, ".")
	after(a, &wall, time.Second)
	at("sought on", "[read-only]", "prod", false)
}

// Old recordings, which do not say where the console was, begin and stay where their header says.
func TestRecordingWithoutStages(t *testing.T) {
	a := newPlayed(t, recorded(t), 30*time.Second)
	if !a.scene.hasPool || a.head.context.Name != "" || a.head.readOnly {
		t.Errorf("pool %v, %+v, read-only %v", a.scene.hasPool, a.head.context, a.head.readOnly)
	}
}

// What is recorded of a session says where it is.
func TestSamplerTellsItsStage(t *testing.T) {
	o := Options{Broker: busyBroker(), Pool: busyPool(1), Context: Context{Name: "prod", Colour: "warn", Protected: true}, ReadOnly: true}
	if got, want := *newSampler(&o).stage, (tape.Stage{Context: "prod", Colour: "warn", Protected: true, ReadOnly: true, HasPool: true}); got != want {
		t.Errorf("%+v", got)
	}
}
