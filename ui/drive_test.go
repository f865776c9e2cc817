package ui

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

// newTestApp is an App of a size with one sample taken in. It has no goroutines of its own.
func newTestApp(t testing.TB, w, h int, b *fakeBroker, p *fakePool) *App {
	t.Helper()
	o := Options{Config: DefaultConfig(), Broker: b, Version: "1.0", DrainTimeout: 30 * time.Second}
	if p != nil {
		o.Pool, o.Journal = p, p
	}
	a := newApp(t.Context(), o, newTheme("dark", termenv.Ascii))
	a.Update(tea.WindowSizeMsg{Width: w, Height: h})
	look(a, start)
	return a
}

// look gives the App a sample of the given moment, as its own order would.
func look(a *App, now time.Time) { a.Update(sampleMsg(a.sampler.look(now))) }

// press sends keys by name and runs what they order to the end, except the next look.
func press(a *App, keys ...string) {
	for _, k := range keys {
		_, cmd := a.Update(keyOf(k))
		settle(a, cmd)
	}
}

func typeText(a *App, text string) {
	for _, r := range text {
		_, cmd := a.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		settle(a, cmd)
	}
}

// settle runs Cmds and hands their messages back to the App until there are none. Those that are due together run in
// any order: bubbletea starts each in a goroutine of its own.
func settle(a *App, cmd tea.Cmd) {
	for due := []tea.Cmd{cmd}; len(due) > 0; {
		i := rand.IntN(len(due))
		cmd = due[i]
		due = slices.Delete(due, i, i+1)
		if cmd == nil {
			continue
		}
		switch msg := cmd().(type) {
		case nil, tea.QuitMsg:
		case tea.BatchMsg:
			due = append(due, msg...)
		default:
			_, next := a.Update(msg)
			due = append(due, next)
		}
	}
}

var keyTypes = map[string]tea.KeyType{
	"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "shift+tab": tea.KeyShiftTab, "up": tea.KeyUp,
	"down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "ctrl+c": tea.KeyCtrlC, "ctrl+s": tea.KeyCtrlS,
	"ctrl+p": tea.KeyCtrlP, "ctrl+n": tea.KeyCtrlN, "ctrl+t": tea.KeyCtrlT, "ctrl+x": tea.KeyCtrlX,
	"ctrl+z": tea.KeyCtrlZ, "backspace": tea.KeyBackspace, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp, "home": tea.KeyHome, "end": tea.KeyEnd,
	" ": tea.KeySpace, "ctrl+u": tea.KeyCtrlU, "shift+left": tea.KeyShiftLeft, "shift+right": tea.KeyShiftRight,
}

func keyOf(name string) tea.KeyMsg {
	if t, ok := keyTypes[name]; ok {
		k := tea.KeyMsg{Type: t}
		if t == tea.KeySpace {
			k.Runes = []rune{' '}
		}
		return k
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// checkFrame fails unless the frame is exactly h lines of exactly w cells.
func checkFrame(t interface {
	Helper()
	Fatalf(string, ...any)
}, a *App) {
	t.Helper()
	lines := strings.Split(a.View(), "\n")
	if len(lines) != a.h {
		t.Fatalf("%dx%d: the frame has %d lines", a.w, a.h, len(lines))
	}
	for i, line := range lines {
		if n := ansi.StringWidth(line); n != a.w {
			t.Fatalf("%dx%d: line %d has %d cells: %q", a.w, a.h, i, n, line)
		}
	}
}

// What properties need, whose own T has no context of the right kind.
var (
	testContext = context.Background()
	testTheme   = newTheme("dark", termenv.Ascii)
)

func settlePasted(a *App, text string) {
	_, cmd := a.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
	settle(a, cmd)
}
