package ui

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

// fullApp is a large screen whose lists hold n tasks, n/2 letters, and n/20 queues and consumers.
func fullApp(t testing.TB, n int) *App {
	t.Helper()
	admin := manyQueues(max(1, n/20))
	admin.fleet = broker.Fleet{Connections: max(1, n/200), At: start}
	for i := range max(1, n/20) {
		r := busyFleet(start).Rows[5]
		r.Tag, r.Connection, r.Channel = fmt.Sprint("ctag", i), fmt.Sprintf("10.0.0.%d:4000", i/10), i%10
		admin.fleet.Rows = append(admin.fleet.Rows, r)
	}
	a := newAdminApp(t, 200, 60, admin)
	a.o.Dead = deadLetters(max(1, n/2))
	for i := range n {
		a.scene.worked.take([]worker.Event{{At: start, Kind: worker.TaskDone, Worker: 1, Task: task(i), Run: time.Duration(i%1000) * time.Millisecond}}, 0, nil)
	}
	press(a, "2", "3", "L", "4", "5", "6", "1")
	return a
}

// BenchmarkScreens is a frame of each screen with full lists: 10,000 tasks, 5,000 letters, 500 queues, 500 consumers; x-plain is how
// many times as long it takes as writing the same cells one after the other.
func BenchmarkScreens(b *testing.B) {
	a := fullApp(b, 10_000)
	for id := range placeCount {
		a.place = id
		b.Run(a.here().name(), func(b *testing.B) { benchDraw(b, a) })
	}
}

// benchDraw measures frames beside plain ones.
func benchDraw(b *testing.B, a *App) {
	b.ReportAllocs()
	for b.Loop() {
		a.draw()
	}
	took, cells := b.Elapsed(), ansi.Strip(a.frame)
	began := time.Now()
	for range b.N {
		plainly(cells)
	}
	b.ReportMetric(float64(took)/float64(time.Since(began)), "x-plain")
}

// plainly writes the cells of a frame.
func plainly(cells string) string {
	var out strings.Builder
	for _, r := range cells {
		out.WriteRune(r)
	}
	return out.String()
}

// BenchmarkLook is what the console does twenty times a second at 20,000 events a second: it takes 1,000 of them in, of 64 workers,
// and draws each screen. core-% is the share of a core that this comes to.
func BenchmarkLook(b *testing.B) {
	for id := range placeCount {
		p := busyPool(64)
		a := newApp(b.Context(), Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: p, Journal: p}, newTheme("dark", termenv.ANSI256))
		a.Update(tea.WindowSizeMsg{Width: 200, Height: 60})
		f := flow{app: a, workers: 64}
		f.tasks(20_000) // until its memory is full
		a.place = id
		b.Run(a.here().name(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f.tasks(500)
				a.draw()
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*20*100, "core-%")
		})
	}
}

// flow has tasks flow through the workers of a console.
type flow struct {
	app     *App
	workers int
	made    int
	seq     uint64
	events  []worker.Event
	n       sample
}

// tasks has n tasks start and end, in looks of a twentieth of a second at 10,000 tasks a second. They take 5 ms each.
func (f *flow) tasks(n int) {
	const look, run = 500, 5 * time.Millisecond
	if f.n.by == nil {
		f.n = f.app.sampler.look(start)
		f.events = make([]worker.Event, 0, 2*look)
	}
	for ; n > 0; n -= look {
		f.events = f.events[:0]
		for i := range look {
			at := f.n.now.Add(time.Duration(i) * time.Second / 10_000)
			e := worker.Event{At: at, Kind: worker.TaskStarted, Worker: 1 + f.made%f.workers, Task: task(f.made), Wait: time.Second}
			f.add(e)
			e.At, e.Kind, e.Run = at.Add(run), worker.TaskDone, run
			if f.made%50 == 0 {
				e.Kind, e.Err = worker.TaskFailed, fmt.Sprint("no such file: ", f.made)
			}
			f.add(e)
			f.made++
		}
		f.n.now, f.n.events = f.n.now.Add(time.Second/20), f.events
		f.app.clock = f.n.now
		f.app.take(f.n)
	}
}

func (f *flow) add(e worker.Event) {
	f.seq++
	e.Seq = f.seq
	f.events = append(f.events, e)
}

// What the console holds does not grow with the tasks that go by, once its lists are full.
func TestMemoryIsFlat(t *testing.T) {
	p := busyPool(16)
	a := newApp(t.Context(), Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: p, Journal: p}, newTheme("dark", termenv.ANSI256))
	a.Update(tea.WindowSizeMsg{Width: 200, Height: 60})
	f := flow{app: a, workers: 16}
	var held []uint64
	for range 3 {
		f.tasks(15_000)
		a.draw()
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		held = append(held, m.HeapAlloc)
	}
	if most := held[0] + held[0]/10; held[1] > most || held[2] > most {
		t.Errorf("after 15,000, 30,000 and 45,000 tasks it holds %d bytes", held)
	}
	if n := a.scene.worked.size(); n > maxTasks+16 || len(a.scene.past.log) > logSize {
		t.Errorf("%d tasks and %d events are kept", n, len(a.scene.past.log))
	}
	runtime.KeepAlive(a)
}

// frameBudget is how many allocations a frame of any screen may take: about three for each of its lines.
const frameBudget = 200

// A frame costs what is seen on it, not what is in the lists behind it.
func TestFramesDoNotGrowWithTheirLists(t *testing.T) {
	some, full := fullApp(t, 2000), fullApp(t, 10_000)
	for id := range placeCount {
		some.place, full.place = id, id
		some.draw()
		full.draw()
		few, many := testing.AllocsPerRun(5, some.draw), testing.AllocsPerRun(5, full.draw)
		if many > frameBudget {
			t.Errorf("%s: a frame takes %v allocations, more than %d", full.here().name(), many, frameBudget)
		}
		if many > 1.2*few+20 {
			t.Errorf("%s: a frame takes %v allocations with a fifth of the list, %v with all of it", full.here().name(), few, many)
		}
	}
}
