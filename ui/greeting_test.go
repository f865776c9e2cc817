package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"
)

func newcomer(t *testing.T, w, h int, o Options) (*App, *int) {
	t.Helper()
	p, calls := busyPool(4), new(int)
	p.events = nil
	o.Config, o.Broker, o.Greet, o.Greeted = DefaultConfig(), busyBroker(), true, func() { *calls++ }
	if !o.ReadOnly {
		o.Pool, o.Journal = p, p
	}
	a := newApp(t.Context(), o, newTheme("dark", termenv.Ascii))
	a.Update(tea.WindowSizeMsg{Width: w, Height: h})
	look(a, start)
	return a, calls
}

func TestGreeting(t *testing.T) {
	a, calls := newcomer(t, 160, 45, Options{Sandbox: true})
	checkFrame(t, a)
	golden(t, "greeting", a.View())
	press(a, "e")
	if a.dialog == nil || *calls != 1 {
		t.Errorf("the first key does not act, or is not told: %d", *calls)
	}
	press(a, "esc", "2", "1")
	if strings.Contains(a.View(), "New here?") || *calls != 1 {
		t.Errorf("it comes again; told %d times", *calls)
	}
}

func TestGreetingTellsOnlyWhatCanBeDone(t *testing.T) {
	a, _ := newcomer(t, 160, 45, Options{ReadOnly: true})
	for _, not := range []string{"test tasks", "of your own", "one more worker", "sandbox"} {
		if strings.Contains(a.View(), not) {
			t.Errorf("read-only, and it says %q", not)
		}
	}
	if !strings.Contains(a.View(), "find anything by a few letters") {
		t.Error("it does not say what can be done")
	}
}

func TestGreetingOnASmallScreen(t *testing.T) {
	a, _ := newcomer(t, 80, 24, Options{Sandbox: true, Notices: []string{"A sandbox."}})
	checkFrame(t, a)
	if want := "New here? t sends test tasks, e makes tasks, : finds anything, ? lists keys."; a.toast.text != want {
		t.Errorf("toast %q", a.toast.text)
	}
	if !strings.Contains(a.View(), a.toast.text) {
		t.Errorf("it is cut: %s", a.View())
	}
	press(a, "j")
	if a.toast.text != "" {
		t.Errorf("a key leaves %q", a.toast.text)
	}
	look(a, start.Add(3*toastFor))
	if a.toast.text != "A sandbox." {
		t.Errorf("the notices do not follow: %q", a.toast.text)
	}
}

// A piece over a line changes the cells under it, and no others.
func TestInset(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.IntRange(1, 60).Draw(t, "w")
		var p pen
		p.begin(w)
		for _, s := range rapid.SliceOf(rapid.SampledFrom([]string{"a", "日", "─", "é", " ", "日本"})).Draw(t, "line") {
			p.foreign(rapid.SampledFrom([]ink{"", "\x1b[31m", "\x1b[1;38;2;1;2;3m"}).Draw(t, "ink"), s)
		}
		line := p.end()
		n := rapid.IntRange(0, w).Draw(t, "n")
		x := rapid.IntRange(0, w-n).Draw(t, "x")
		got := inset(line, strings.Repeat("#", n), x, w)
		if ansi.StringWidth(got) != w {
			t.Fatalf("%d cells, want %d: %q over %q", ansi.StringWidth(got), w, got, line)
		}
		plainGot, plainLine := ansi.Strip(got), ansi.Strip(line)
		if left := strings.TrimRight(ansi.Truncate(plainGot, x, ""), " "); !strings.HasPrefix(plainLine, left) {
			t.Fatalf("the left of %q changed to %q", plainLine, left)
		}
		if right := strings.TrimLeft(ansi.TruncateLeft(plainGot, x+n, ""), " "); !strings.HasSuffix(plainLine, right) {
			t.Fatalf("the right of %q changed to %q", plainLine, right)
		}
	})
}
