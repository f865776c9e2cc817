package ui

import (
	"slices"
	"testing"
	"time"

	"carousel/broker/brokertest"
	"carousel/ui/tape"
	"carousel/worker"

	"github.com/muesli/termenv"
	"pgregory.net/rapid"
)

// A recording with hostile text, of a console that went from one queue to another, is played, sought in and walked about in.
func TestRandomWalksInARecording(t *testing.T) {
	made := hostileTape(t)
	t.Chdir(t.TempDir())
	rapid.Check(t, func(t *rapid.T) {
		a := newApp(testContext, Options{Config: DefaultConfig(), Tape: made, TapeSpeed: 1}, newTheme("light", termenv.ANSI256))
		defer a.player.close()
		a.o.Config.ASCII = rapid.Bool().Draw(t, "ascii")
		w := &walker{world: &world{App: a, read: map[any]int{}}, t: t, clock: start}
		w.resize()
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				w.resize()
			case 1, 2:
				w.clock = w.clock.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "ms")) * time.Millisecond)
				a.Update(a.look(nil, w.clock))
			default:
				press(a, rapid.SampledFrom(slices.DeleteFunc(slices.Clone(walkKeys), func(k string) bool { return k == "t" })).Draw(t, "key"))
			}
			w.check()
		}
	})
}

// hostileTape is a recording of twenty seconds on one queue and ten on another.
func hostileTape(t *testing.T) *tape.Tape {
	t.Helper()
	h := &mischief{texts: brokertest.Hostile()}
	path := t.TempDir() + "/tape"
	out, err := tape.Create(path, tape.Header{Made: start, HasPool: true})
	if err != nil {
		t.Fatal(err)
	}
	var events uint64
	for s := range 30 {
		if s == 20 {
			events = 0
		}
		b, p := busyBroker(), busyPool(3)
		b.queue.Queue, b.queue.VHost = "first "+h.texts[0].Text, h.texts[1].Text
		if s >= 20 {
			b.queue.Queue = "second " + h.texts[2].Text
		}
		for i := range p.workers {
			p.workers[i].Task.ID, p.workers[i].Task.Preview = h.next(), h.next()
		}
		events++
		at := start.Add(time.Duration(s) * time.Second)
		e := worker.Event{Seq: events, At: at, Kind: worker.TaskFailed, Worker: 1, Task: worker.TaskRef{ID: h.next(), Preview: h.next()}, Err: h.next()}
		out.Settle() // a disk that keeps up
		out.Record(tape.Frame{At: at, Links: b.links, Queue: b.queue, Pool: p.status, Workers: p.workers, Events: []worker.Event{e}})
	}
	if err := out.Close(30 * time.Second); err != nil {
		t.Fatal(err)
	}
	made, err := tape.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return made
}
