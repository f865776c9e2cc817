package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"
)

// pointer sends one event of the mouse and runs what follows.
func pointer(a *App, action tea.MouseAction, button tea.MouseButton, x, y int) {
	_, cmd := a.Update(tea.MouseMsg{X: x, Y: y, Action: action, Button: button})
	settle(a, cmd)
}

func click(a *App, x, y int) { pointer(a, tea.MouseActionPress, tea.MouseButtonLeft, x, y) }

// find is the cell where a text begins on a line of the frame.
func find(t *testing.T, a *App, line int, text string) int {
	t.Helper()
	before, _, found := strings.Cut(strings.Split(a.View(), "\n")[line], text)
	if !found {
		t.Fatalf("no %q on line %d", text, line)
	}
	return ansi.StringWidth(before)
}

func TestClicksOnTabsAndKeys(t *testing.T) {
	p := busyPool(8)
	a := newTestApp(t, 160, 45, busyBroker(), p)
	click(a, find(t, a, 1, "fleet"), 1)
	if a.place != placeFleet {
		t.Errorf("a click on a tab goes to %v", a.place)
	}
	click(a, find(t, a, 1, "1 board"), 1)
	if a.place != placeBoard {
		t.Errorf("a click on a tab goes to %v", a.place)
	}
	keys := a.h - 1
	for _, text := range []string{"- workers", "+ - workers", "pause"} {
		a.toast = toast{} // which has the line of the keys
		look(a, start)
		click(a, find(t, a, keys, text), keys)
	}
	if want := []string{"resize 7", "resize 8", "pause"}; !slices.Equal(p.asked, want) {
		t.Errorf("asked %q, want %q", p.asked, want)
	}
	a.toast = toast{}
	a.Update(tea.WindowSizeMsg{Width: 240, Height: a.h}) // room for keys that cannot act
	click(a, find(t, a, keys, "retry"), keys)
	if a.toast.text != "r cannot act now: no link is down and the pool does not hold" {
		t.Errorf("toast %q", a.toast.text)
	}
	press(a, "?")
	offset := a.dialog.(*help).offset
	a.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	pointer(a, tea.MouseActionPress, tea.MouseButtonWheelDown, 5, 5)
	if got := a.dialog.(*help).offset; got != offset+wheelStep {
		t.Errorf("the wheel scrolls the help to %d", got)
	}
}

func TestMouseIsSwitched(t *testing.T) {
	a := newTestApp(t, 160, 45, busyBroker(), busyPool(2))
	kind := func(cmd tea.Cmd) string { return fmt.Sprintf("%T", cmd()) }
	_, cmd := a.Update(keyOf("M"))
	if !a.mouseOn || kind(cmd) != fmt.Sprintf("%T", tea.EnableMouseAllMotion()) {
		t.Error("M does not switch it on")
	}
	if cmd := a.resumed(resumedMsg{}); cmd == nil {
		t.Error("it is off after the console was suspended")
	}
	_, cmd = a.Update(keyOf("M"))
	if a.mouseOn || kind(cmd) != fmt.Sprintf("%T", tea.DisableMouse()) {
		t.Error("M does not switch it off")
	}
}

// A drag along a lane tells what happened there, in the order of the mouse's events.
func TestDragAlongALane(t *testing.T) {
	a := newTestApp(t, 160, 45, busyBroker(), busyPool(8))
	lanes, ok := a.lanes()
	x, y, cells := lanes.Min.X, lanes.Min.Y, lanes.Dx()
	if !ok {
		t.Fatal("there are no lanes")
	}
	row := y + 2 // w03
	pointer(a, tea.MouseActionPress, tea.MouseButtonLeft, x+cells-20, row)
	if a.spanText() != "" || a.selected != 3 {
		t.Errorf("a press alone says %q and selects %d", a.spanText(), a.selected)
	}
	pointer(a, tea.MouseActionMotion, tea.MouseButtonLeft, x+cells-60, row+9)
	pointer(a, tea.MouseActionRelease, tea.MouseButtonNone, x+cells-60, row)
	text := a.spanText()
	if !strings.HasPrefix(text, "w03, 8.2 s from 11.8 s ago on: ") && !strings.HasPrefix(text, "w03, 8.2 s from 12 s ago on: ") {
		t.Errorf("it says %q", text)
	}
	if !strings.Contains(text, " done") || !strings.Contains(text, " · busy ") || !strings.Contains(a.View(), text) {
		t.Errorf("it says %q, on the screen:\n%s", text, a.View())
	}
	line := []rune(ansi.Strip(strings.Split(a.View(), "\n")[row]))
	if line[x+cells-60] != '[' || line[x+cells-20] != ']' {
		t.Errorf("the stretch is not marked: %s", string(line))
	}
	checkFrame(t, a)
	look(a, start.Add(2*time.Second)) // it stays on its time
	line = []rune(ansi.Strip(strings.Split(a.View(), "\n")[row]))
	if line[x+cells-70] != '[' {
		t.Errorf("two seconds later: %s", string(line))
	}
	press(a, "esc")
	if a.spanText() != "" || strings.Contains(a.View(), "[") && strings.Contains(a.View(), "esc ends") {
		t.Error("esc does not end it")
	}
}

func TestDragInColour(t *testing.T) {
	p := busyPool(8)
	a := newApp(t.Context(), Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: p, Journal: p}, newTheme("dark", termenv.TrueColor))
	a.Update(tea.WindowSizeMsg{Width: 160, Height: 45})
	look(a, start)
	lanes, _ := a.lanes()
	x, y, cells := lanes.Min.X, lanes.Min.Y, lanes.Dx()
	click(a, x+cells-30, y)
	pointer(a, tea.MouseActionMotion, tea.MouseButtonLeft, x+cells-10, y)
	checkFrame(t, a)
	if line := strings.Split(a.View(), "\n")[y]; !strings.Contains(line, string(a.t.cursor)) {
		t.Errorf("the stretch is not reversed: %q", line)
	}
}

func TestSumSpan(t *testing.T) {
	h := newHistory()
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	end := func(id int, s, run float64, k worker.EventKind) {
		h.event(&worker.Event{At: at(s), Worker: id, Kind: k, Run: time.Duration(run * float64(time.Second))})
	}
	h.event(&worker.Event{At: at(0), Worker: 1, Kind: worker.TaskStarted})
	end(1, 2, 2, worker.TaskDone)
	end(2, 3, 3, worker.TaskDone)
	end(1, 4, 1, worker.TaskFailed)
	end(1, 6, 1, worker.TaskDone)
	for _, c := range []struct {
		from, to, running float64
		done, failed      int
		busy, seen        float64
	}{
		{0, 10, -1, 2, 1, 4, 10},
		{1, 2, -1, 0, 0, 1, 1}, // the end itself is the next stretch's
		{1, 2.5, -1, 1, 0, 1, 1.5},
		{3.5, 5.5, -1, 0, 1, 1, 2},
		{-5, 1, -1, 0, 0, 1, 1}, // nobody looked before 0
		{6, 20, 8, 1, 0, 2, 4},  // now is 10
	} {
		running := time.Time{}
		if c.running >= 0 {
			running = at(c.running)
		}
		sum := sumSpan(h, 1, at(c.from), at(c.to), at(10), running)
		if sum.ended[worker.TaskDone] != c.done || sum.ended[worker.TaskFailed] != c.failed || sum.busy.Seconds() != c.busy ||
			sum.seen.Seconds() != c.seen || !sum.whole {
			t.Errorf("%v to %v: %+v", c.from, c.to, sum)
		}
	}
	for i := range logSize {
		end(1, 20+float64(i)/100, 0, worker.TaskDone)
	}
	if sumSpan(h, 1, at(0), at(19), at(60), time.Time{}).whole {
		t.Error("what the log has forgotten is taken for nothing")
	}
}

// Wherever one clicks, drags and turns the wheel, every frame is whole.
func TestRandomMouse(t *testing.T) {
	t.Chdir(t.TempDir())
	rapid.Check(t, func(t *rapid.T) {
		p := busyPool(rapid.IntRange(0, 12).Draw(t, "workers"))
		a := newApp(testContext, Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: p, Journal: p}, testTheme)
		a.Update(tea.WindowSizeMsg{Width: rapid.IntRange(10, 180).Draw(t, "w"), Height: rapid.IntRange(3, 50).Draw(t, "h")})
		look(a, start)
		for i := range rapid.IntRange(1, 25).Draw(t, "steps") {
			pointer(a, rapid.SampledFrom([]tea.MouseAction{tea.MouseActionPress, tea.MouseActionMotion, tea.MouseActionRelease}).Draw(t, "action"),
				rapid.SampledFrom([]tea.MouseButton{tea.MouseButtonLeft, tea.MouseButtonWheelDown, tea.MouseButtonWheelUp, tea.MouseButtonRight, tea.MouseButtonNone}).Draw(t, "button"),
				rapid.IntRange(0, 180).Draw(t, "x"), rapid.IntRange(0, 50).Draw(t, "y"))
			if rapid.IntRange(0, 4).Draw(t, "look") == 0 {
				look(a, start.Add(time.Duration(i)*time.Second))
			}
			checkFrame(t, a)
		}
	})
}
