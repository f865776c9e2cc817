package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
	"carousel/broker/brokertest"
	"carousel/ui/uitest"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"
)

// walkKeys are what a walk presses: all that some place or dialog has, keys that came merged, and what nobody has.
var walkKeys = []string{
	"1", "2", "3", "4", "5", "6", "1", "2", "3", "4", "5", "6", "enter", "enter", "enter", "enter", "esc", "esc", "tab", "tab", "shift+tab", "j", "k", "g", "G",
	"up", "down", "left", "right", "pgdown", "pgup", "home", "end", "backspace", " ", "h", "l", "z", "[", "]", "m", "s", "t", "T", "e", "d", "x", "B", "+", "-", "p", "P", "r", "v", ":", "!", "?",
	"S", "M", "q", "y", "n", "b", "c", "w", "W", "o", "O", "/", "D", "X", "L", "R", "E", "Q", "a", "A", "f", "i", "u", "Y", ">", "<", ",", ".", "0",
	"ctrl+s", "ctrl+p", "ctrl+n", "ctrl+t", "ctrl+x", "ctrl+u", "ctrl+z", "ctrl+c", "shift+left", "shift+right", "jjj", "Py", "Xy", "Dy", "日本", "\u0600",
}

// walker goes about in a world at random.
type walker struct {
	*world
	t        *rapid.T
	texts    *mischief
	clock    time.Time
	readOnly bool
	seen     map[string]int // how often what was on the screen, and what was done there
}

// Whatever is pressed, pasted, clicked and answered, in whatever order, size and colours, on whatever screen, while links go and
// come back and the broker's answers are late: nothing panics, every frame is whole and holds nothing but our own sequences,
// what is focused and selected is there, nothing is asked of broker or pool that no key and no answer has asked for, and nothing
// that runs is cut off by going elsewhere. A console that is read-only changes nothing. With -v it tells where it has been;
// TestEverySightAtEverySize is what leaves nothing out.
func TestRandomWalks(t *testing.T) {
	t.Chdir(t.TempDir()) // for screens that the walk saves
	t.Setenv("HOME", t.TempDir())
	texts, seen := brokertest.Hostile(), map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		h := &mischief{texts, rapid.IntRange(0, len(texts)-1).Draw(t, "texts from")}
		w := newWalker(t, h)
		w.seen = seen
		w.begin()
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			w.step()
			w.check()
		}
		for len(w.due) > 0 {
			w.deliver(0)
		}
		w.check()
	})
	var told []string
	for what, n := range seen {
		told = append(told, fmt.Sprintf("%5d %s", n, what))
	}
	slices.Sort(told)
	t.Logf("been to:\n%s", strings.Join(told, "\n"))
}

// begin leads to where the walk begins: at one of the sights, as far as this world has it.
func (w *walker) begin() {
	s := sights[int(rapid.Uint16().Draw(w.t, "from"))%len(sights)]
	for _, key := range strings.Fields(s.keys) {
		if text, types := strings.CutPrefix(key, "%"); types {
			w.give("typed", tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)})
		} else {
			w.give(key, keyOf(key))
		}
		w.deliverAll()
	}
	w.check()
}

func newWalker(t *rapid.T, h *mischief) *walker {
	profile := rapid.SampledFrom([]termenv.Profile{termenv.Ascii, termenv.ANSI, termenv.ANSI256, termenv.TrueColor}).Draw(t, "profile")
	w := &walker{t: t, texts: h, clock: start, readOnly: rapid.IntRange(0, 3).Draw(t, "read-only") == 0}
	b, p := busyBroker(), busyPool(rapid.IntRange(0, 9).Draw(t, "workers"))
	o := Options{Config: DefaultConfig(), Broker: b, Version: "1.0", DrainTimeout: 30 * time.Second, ReadOnly: w.readOnly}
	if !w.readOnly && rapid.IntRange(0, 4).Draw(t, "pool") > 0 {
		o.Pool, o.Journal, o.Kept = p, p, hostileKept(h, p)
	}
	o.Sandbox, o.Greet = rapid.Bool().Draw(t, "sandbox"), rapid.Bool().Draw(t, "greet")
	o.Config.ASCII = rapid.Bool().Draw(t, "ascii")
	dead, admin := deadLetters(5), busyVHost()
	if rapid.Bool().Draw(t, "hostile lists") {
		dead, admin = hostileDead(h, 8), hostileVHost(h)
	}
	others := othersOrNone(t, h, &o)
	w.world = newWorld(newApp(testContext, o, newTheme("dark", profile)), dead, admin)
	w.others = others
	w.resize()
	w.look()
	return w
}

func (w *walker) resize() {
	side := func(most int, what string) int {
		return rapid.OneOf(rapid.IntRange(1, most), rapid.IntRange(1, most), rapid.SampledFrom([]int{-1, 0, 1, 2, 300})).Draw(w.t, what)
	}
	width, height := side(170, "w"), side(50, "h")
	if width > 200 && height > 60 {
		height = 60 // one long side will do, and takes less time
	}
	w.Update(tea.WindowSizeMsg{Width: width, Height: height})
}

// look takes a look, some time later, and keeps what the places order.
func (w *walker) look() {
	w.clock = w.clock.Add(rapid.SampledFrom([]time.Duration{50 * time.Millisecond, time.Second, 7 * time.Second}).Draw(w.t, "later"))
	from := w.now("")
	w.App.clock = w.clock
	cmd := w.take(w.sampler.look(w.clock))
	w.draw()
	w.due = append(w.due, order{cmd, from})
}

// step is one thing that a user, a terminal, a broker or a worker does.
func (w *walker) step() {
	switch 20 - rapid.IntRange(0, 20).Draw(w.t, "step") { // small numbers are drawn most: keys
	case 0:
		w.resize()
	case 1, 2:
		w.look()
	case 3:
		w.shake()
	case 4:
		text := w.texts.next()
		if rapid.Bool().Draw(w.t, "plain paste") {
			text = rapid.SampledFrom([]string{"1", "state:failed", "a=1\nb=2", "new.queue", "0.5", "resize {n}"}).Draw(w.t, "paste")
		}
		w.give("paste", tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
	case 5:
		w.click()
	case 6, 7:
		if answer := w.answers(); answer != "" {
			w.deliverAll()
			w.give("ctrl+u", keyOf("ctrl+u"))
			w.give("paste", tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(answer), Paste: true})
			w.give("enter", keyOf("enter"))
		}
	case 8:
		w.setTheme(rapid.SampledFrom(themes).Draw(w.t, "theme"))
		w.draw()
	case 9:
		w.command()
	case 10, 11, 12:
		if len(w.due) > 0 {
			w.deliver(rapid.IntRange(0, len(w.due)-1).Draw(w.t, "order"))
		}
	default:
		key := rapid.SampledFrom(walkKeys).Draw(w.t, "key")
		w.give(key, keyOf(key))
		if rapid.IntRange(0, 2).Draw(w.t, "at once") > 0 {
			w.deliverAll()
		}
	}
}

// command does something by the palette.
func (w *walker) command() {
	if w.give(":", keyOf(":")); w.App.dialog != dialog(w.finder) || len(w.finder.entries) == 0 {
		return
	}
	text := w.finder.entries[rapid.IntRange(0, len(w.finder.entries)-1).Draw(w.t, "entry")].text
	w.give("typed", tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text)})
	w.give("enter", keyOf("enter"))
	if w.seen != nil && w.App.dialog != dialog(w.finder) {
		w.seen["by the palette: "+w.finder.chosen[0]]++
	}
}

func (w *walker) click() {
	m := tea.MouseMsg{
		X: rapid.IntRange(0, max(1, w.w)).Draw(w.t, "x"), Y: rapid.IntRange(0, max(1, w.App.h)).Draw(w.t, "y"),
		Button: rapid.SampledFrom([]tea.MouseButton{
			tea.MouseButtonLeft, tea.MouseButtonLeft, tea.MouseButtonLeft, tea.MouseButtonWheelDown, tea.MouseButtonWheelUp, tea.MouseButtonRight,
			tea.MouseButtonWheelLeft, tea.MouseButtonWheelRight, tea.MouseButtonNone,
		}).Draw(w.t, "button"),
		Action: rapid.SampledFrom([]tea.MouseAction{tea.MouseActionPress, tea.MouseActionPress, tea.MouseActionMotion, tea.MouseActionRelease}).Draw(w.t, "action"),
	}
	before := w.View()
	if w.give("click", m); w.seen != nil && w.View() != before {
		w.seen["by the mouse, in "+w.here().name()]++
	}
}

// deliver carries an order out, and checks that what it asks of pool and broker was wanted.
func (w *walker) deliver(at int) {
	w.judge(w.carryOut(at))
}

func (w *walker) deliverAll() {
	for n := 0; len(w.due) > 0 && n < 200; n++ {
		w.deliver(0)
	}
}

// judge looks at what was asked since the last time, because of one moment.
func (w *walker) judge(from moment) {
	for _, act := range w.asked() {
		switch {
		case looksOnly(act):
		case w.readOnly && strings.HasPrefix(act, "admin: switch ") && strings.HasSuffix(act, " false"): // to watch another queue
		case w.readOnly:
			w.t.Fatalf("read-only, and %q was asked after %q", act, from.key)
		case !from.asksFor(act):
			w.t.Fatalf("%q was asked after %q in %T %q, %q typed", act, from.key, from.dialog, from.title, from.typed)
		}
	}
}

// give hands a key on; what it asks of the pool at once is judged, and what it cuts off.
func (w *walker) give(key string, msg tea.Msg) {
	from := w.now(key)
	w.world.give(key, msg)
	w.judge(from)
}

func (w *walker) check() {
	checkFrame(w.t, w.App)
	if w.seen != nil {
		w.seen[seenOf(w.App)]++
	}
	if fault := unsound(w.App); fault != "" {
		w.t.Fatal(fault)
	}
	if stray := uitest.Stray(w.View()); stray != "" {
		w.t.Fatal(stray)
	}
	if w.o.Config.ASCII && strings.ContainsFunc(ansi.Strip(w.View()), func(r rune) bool { return r > '~' }) {
		w.t.Fatalf("something beyond ASCII is left:\n%s", w.View())
	}
	if w.cut {
		w.t.Fatal("going to another queue has cut off what was under way")
	}
	if w.crash != nil {
		w.t.Fatalf("%s", w.crash.Report())
	}
}

// shake changes what broker and pool are like: links go and come, queues vanish, answers fail, figures are not known.
func (w *walker) shake() {
	b := w.brokers[len(w.brokers)-1]
	switch rapid.IntRange(0, 9).Draw(w.t, "shake") {
	case 0:
		for i := range b.links {
			l := &b.links[i]
			l.Status = rapid.SampledFrom([]broker.LinkStatus{broker.LinkUp, broker.LinkConnecting, broker.LinkRefused}).Draw(w.t, "link")
			l.Err, l.NextTry, l.Blocked = nil, time.Time{}, ""
			if l.Status != broker.LinkUp {
				l.Err, l.NextTry = w.texts.fault(), w.clock.Add(time.Second)
			}
		}
	case 1:
		b.queue.Missing = !b.queue.Missing
	case 2:
		*b = fakeBroker{links: b.links, queue: broker.Snapshot{Queue: b.queue.Queue, VHost: b.queue.VHost}, info: b.info, asked: b.asked}
	case 3:
		b.queue = busyBroker().queue
		b.queue.Queue = w.scene.queue.Queue
	case 4:
		w.admin.err, w.dead.err, b.err = nil, nil, nil
		if rapid.Bool().Draw(w.t, "fails") {
			w.admin.err, w.dead.err, b.err = w.texts.fault(), errors.New(w.texts.next()), w.texts.fault()
		}
	case 5:
		if len(w.pools) > 0 {
			p := w.pools[len(w.pools)-1]
			p.status.State = rapid.SampledFrom([]worker.PoolState{worker.PoolRunning, worker.PoolHeld, worker.PoolPaused}).Draw(w.t, "pool")
			p.status.Foreign, p.status.Held = rapid.Bool().Draw(w.t, "foreign"), w.texts.next()
		}
	case 6:
		if len(w.pools) > 0 {
			p := w.pools[len(w.pools)-1]
			p.add(worker.Event{At: w.clock, Kind: worker.TaskFailed, Worker: 1, Task: worker.TaskRef{ID: w.texts.next(), Preview: w.texts.next()}, Err: w.texts.next()})
		}
	case 7:
		w.admin.queues, w.admin.fleet.Rows = w.admin.queues[:len(w.admin.queues)/2], w.admin.fleet.Rows[:len(w.admin.fleet.Rows)/2]
	case 8:
		b.info.Ready, b.queue.Ready = 0, known(int64(0), w.clock)
	case 9:
		if w.others != nil {
			w.others.shake(w)
		}
	}
}
