package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"
)

// withDepth gives the App a history of the queue's depth, which otherwise takes minutes.
func withDepth(a *App) *App {
	for s := range 300 {
		a.scene.depth.record(start.Add(time.Duration(s-299)*time.Second), int64(400+3*s+s*7%5))
	}
	look(a, start)
	return a
}

func TestBoardGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}, {40, 10}, {20, 5}, {12, 3}} {
		name := fmt.Sprintf("board-%dx%d", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			a := withDepth(newTestApp(t, size[0], size[1], busyBroker(), busyPool(8)))
			checkFrame(t, a)
			golden(t, name, a.View())
		})
	}
}

func TestBoardInASCIIGolden(t *testing.T) {
	a := withDepth(newTestApp(t, 100, 30, busyBroker(), busyPool(8)))
	a.o.Config.ASCII = true
	look(a, start)
	if !printableASCII(strings.ReplaceAll(a.View(), "\n", "")) {
		t.Error("something beyond ASCII is left")
	}
	golden(t, "board-ascii", a.View())
}

func TestDialogsGolden(t *testing.T) {
	for name, keys := range map[string][]string{
		"form": {"e"}, "help": {"?"}, "purge": {"P"}, "crash": {"x"}, "prefetch": {"p"}, "worker": {"enter"},
		"task": {"tab", "j", "enter"}, "quit": {"q"}, "zoomed": {"tab", "tab", "tab", "z"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newTestApp(t, 100, 30, busyBroker(), busyPool(8))
			press(a, keys...)
			checkFrame(t, a)
			golden(t, "dialog-"+name, a.View())
		})
	}
}

// Colour adds nothing but escape sequences: without them the coloured frame is the plain one. Only blocks in the lanes have finer
// edges with it; what else stands there is the same.
func TestColourOnlyHelps(t *testing.T) {
	for _, theme := range []string{"dark", "light"} {
		a := newTestApp(t, 160, 45, busyBroker(), busyPool(8))
		plainFrame := a.View()
		coloured := newApp(t.Context(), a.o, newTheme(theme, termenv.TrueColor))
		coloured.Update(tea.WindowSizeMsg{Width: 160, Height: 45})
		look(coloured, start)
		if !strings.Contains(coloured.View(), "\x1b[38;2;") {
			t.Errorf("%s: no colour at all", theme)
		}
		got := withoutBlocks(coloured, strings.ReplaceAll(ansi.Strip(coloured.View()), "r retry   ", "(r retry) "))
		if got != withoutBlocks(a, plainFrame) {
			t.Errorf("%s: colour changes what is said:\n%s", theme, got)
		}
	}
}

// withoutBlocks is a frame in which what blocks are made of, and the air between them, is wiped out of the lanes.
func withoutBlocks(a *App, frame string) string {
	lines, r := strings.Split(frame, "\n"), a.layout.panes[paneDispatch]
	for y := r.Min.Y + 1; y < r.Max.Y-2; y++ {
		cells := []rune(lines[y])
		for x := r.Min.X; x < r.Max.X; x++ {
			if strings.ContainsRune(" ▏▎▍▌▋▊▉█▐▕▓▒", cells[x]) {
				cells[x] = '_'
			}
		}
		lines[y] = string(cells)
	}
	return strings.Join(lines, "\n")
}

func TestEmptyStates(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(*fakeBroker)
		want string
	}{
		{"nothing there", func(b *fakeBroker) { b.queue.Missing = true }, "there is no such queue"},
		{"no data yet", func(b *fakeBroker) { b.queue.Ready = broker.Figure[int64]{} }, "no data yet"},
		{"idle", func(b *fakeBroker) { b.queue.Ready.Value = 0 }, "the queue is empty"},
		{"stale", func(b *fakeBroker) { b.queue.Ready.At = start.Add(-40 * time.Second) }, "stale: last read 40 s ago"},
	} {
		b := busyBroker()
		c.make(b)
		a := newTestApp(t, 160, 45, b, busyPool(2))
		if !strings.Contains(a.View(), c.want) {
			t.Errorf("%s: %q is not on the board", c.name, c.want)
		}
		for _, title := range []string{"─ Queue ", "─ Dispatch ", "▸ Workers ", "─ Tasks "} {
			if !strings.Contains(a.View(), title) {
				t.Errorf("%s: no title %q", c.name, title)
			}
		}
	}
}

// The first look at a queue may be over before it is declared. A worker that consumes from it since then knows better.
func TestAQueueThatIsConsumedIsNotMissing(t *testing.T) {
	for name, c := range map[string]struct {
		state   worker.State
		since   time.Duration
		missing bool
	}{
		"idle since":    {worker.StateIdle, time.Second, false},
		"running since": {worker.StateRunning, time.Second, false},
		"idle before":   {worker.StateIdle, -time.Second, true},
		"connecting":    {worker.StateConnecting, time.Second, true},
	} {
		b, p := busyBroker(), busyPool(1)
		b.queue.Missing, p.workers[0].State, p.workers[0].Since = true, c.state, start.Add(c.since)
		a := newTestApp(t, 160, 45, b, p)
		if a.scene.queue.Missing != c.missing || strings.Contains(a.View(), "There is no queue") != c.missing {
			t.Errorf("%s: missing is %v", name, a.scene.queue.Missing)
		}
	}
}

func TestMissingQueueIsNotRunning(t *testing.T) {
	b := busyBroker()
	b.queue.State.Value, b.queue.Retrying, b.queue.Dead = "trotting", broker.Figure[int64]{}, broker.Figure[int64]{}
	if a := newTestApp(t, 160, 45, b, busyPool(2)); !strings.Contains(a.View(), "trotting") {
		t.Error("the state of a queue that is there does not show")
	}
	b.queue.Missing = true
	if a := newTestApp(t, 160, 45, b, busyPool(2)); strings.Contains(a.View(), "trotting") {
		t.Error("the last state of a queue that is gone still shows")
	}
}

func TestMeasuredZeroIsNotUnknown(t *testing.T) {
	p := busyPool(2)
	for i, d := range []time.Duration{0, -1} {
		w := &p.workers[i]
		w.RunP50, w.RunP99, w.WaitP50, w.WaitP99 = d, d, d, d
	}
	a := newTestApp(t, 160, 45, busyBroker(), p)
	press(a, "enter")
	if !strings.Contains(a.View(), "p50 0 s · p99 0 s") {
		t.Errorf("the details of a worker whose tasks take no time:\n%s", a.View())
	}
	press(a, "esc", "j", "enter")
	if !strings.Contains(a.View(), "p50 – · p99 –") {
		t.Errorf("the details of a worker that has measured nothing:\n%s", a.View())
	}
	press(a, "esc")
	for _, line := range strings.Split(a.View(), "\n") {
		if strings.Contains(line, "w01    running") && strings.Contains(line, unknown) ||
			strings.Contains(line, "w02    running") && strings.Count(line, unknown) != 3 {
			t.Errorf("row %q", line)
		}
	}
}

// hostile is text that would break a screen which let it through.
var hostile = rapid.OneOf(
	rapid.String(),
	rapid.SampledFrom([]string{
		"\x1b[2J\x1b[H", "\x1b]0;owned\x07", "a\r\nb\tc", "\u202eabc", "\u0600\u0d4e", "日本語", "🇩🇪👨‍👩‍👧", "\xff\xfe", "e\u0301\u0301\u0301",
	}),
)

// Wherever text of the broker, a producer or an error is shown, every line keeps its width and no escape gets through.
func TestHostileTextKeepsTheFrame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := func(what string) string { return hostile.Draw(t, what) }
		b, p := busyBroker(), busyPool(3)
		b.queue.Queue, b.queue.VHost = text("queue"), text("vhost")
		b.queue.Type.Value, b.queue.State.Value = text("type"), text("state")
		b.queue.API.Err = &broker.Fault{What: text("what"), Why: text("why")}
		for i := range b.links {
			l := &b.links[i]
			l.User, l.Address, l.Product, l.Version, l.VHost = text("user"), text("address"), text("product"), text("version"), text("vhost")
		}
		if rapid.Bool().Draw(t, "blocked") {
			b.links[0].Blocked = text("blocked")
		}
		for i := range p.workers {
			p.workers[i].Task.ID, p.workers[i].Task.Preview, p.workers[i].Tag = text("id"), text("preview"), text("tag")
		}
		p.workers[0].Err, p.workers[1].Name = text("err"), text("name")
		p.add(worker.Event{At: start, Kind: worker.TaskFailed, Worker: 1, Err: text("why"), Task: worker.TaskRef{
			ID: text("id"), Type: text("type"), Preview: text("preview"),
		}})
		p.add(worker.Event{At: start, Kind: worker.PoolChanged, Err: text("changed")})
		size := rapid.SampledFrom([][2]int{{160, 45}, {100, 30}, {80, 24}, {30, 8}, {20, 5}}).Draw(t, "size")
		a := newApp(testContext, Options{Config: DefaultConfig(), Broker: b, Pool: p, Journal: p}, newTheme("dark", termenv.Ascii))
		a.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		look(a, start)
		for _, keys := range [][]string{{}, {"enter"}, {"esc", "tab", "enter"}, {"esc", "P"}, {"esc", "x"}, {"esc", "e"}} {
			press(a, keys...)
			checkFrame(t, a)
			if strings.ContainsAny(a.View(), "\x1b\r\t\a") {
				t.Fatalf("an escape or a control character got through: %q", a.View())
			}
		}
	})
}

// benchFrame draws frames of n busy workers on a large screen.
func benchFrame(b *testing.B, n int, mode laneMode) {
	p := busyPool(n)
	a := newApp(b.Context(), Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: p, Journal: p}, newTheme("dark", termenv.ANSI256))
	a.dispatch.mode = mode
	a.Update(tea.WindowSizeMsg{Width: 200, Height: 60})
	look(a, start)
	b.ReportAllocs()
	for b.Loop() {
		a.draw()
	}
}

// A frame of 64 busy workers stays within its budget; see bubbletea.md, section 8.
func BenchmarkFrame(b *testing.B)     { benchFrame(b, 64, modeLanes) }
func BenchmarkHeat(b *testing.B)      { benchFrame(b, 64, modeHeat) }
func BenchmarkFrame1000(b *testing.B) { benchFrame(b, 1000, modeAuto) }

// BenchmarkSample takes in a look with the events of a twentieth of a second at 20,000 a second.
func BenchmarkSample(b *testing.B) {
	p := busyPool(64)
	a := newApp(b.Context(), Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: p, Journal: p}, newTheme("dark", termenv.ANSI256))
	n := a.sampler.look(start)
	n.events = n.events[:min(len(n.events), 1000)]
	b.ReportAllocs()
	for b.Loop() {
		a.scene.take(n)
	}
}

func TestFrameAllocations(t *testing.T) {
	p := busyPool(64)
	a := newApp(t.Context(), Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: p, Journal: p}, newTheme("dark", termenv.ANSI256))
	a.Update(tea.WindowSizeMsg{Width: 200, Height: 60})
	look(a, start)
	for _, mode := range []laneMode{modeLanes, modeHeat} {
		a.dispatch.mode = mode
		if n := testing.AllocsPerRun(20, a.draw); n > frameBudget {
			t.Errorf("a frame takes %v allocations, more than %d", n, frameBudget)
		}
	}
	a.dispatch.mode, a.focus = modeLanes, paneDispatch
	a.draw()
	if press(a, "h"); a.dispatch.picked == nil {
		t.Fatal("no task is selected")
	}
	if n := testing.AllocsPerRun(20, a.draw); n > 270 {
		t.Errorf("with a selected task it takes %v, more than 270", n)
	}
}
