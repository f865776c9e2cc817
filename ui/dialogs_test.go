package ui

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"pgregory.net/rapid"
)

// Every dialog that asks or says something, in the sizes that people have.
func TestQuestionsGolden(t *testing.T) {
	for name, ask := range map[string]func(*App, *fakePool){
		"save": func(a *App, _ *fakePool) { press(a, "S") },
		"overwrite": func(a *App, _ *fakePool) {
			a.Update(writtenMsg{path: "/home/ada/carousel.svg", size: 31_000, err: fs.ErrExist})
		},
		"foreign": func(a *App, p *fakePool) {
			p.status.State, p.status.Foreign = worker.PoolHeld, true
			p.status.Held = "queue \"task_queue\" holds a task that carousel did not make: it has no x-carousel-id"
			look(a, start)
		},
		"quit": func(a *App, _ *fakePool) { press(a, "q") },
	} {
		for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				p := busyPool(4)
				a := newTestApp(t, size[0], size[1], busyBroker(), p)
				ask(a, p)
				checkFrame(t, a)
				golden(t, fmt.Sprintf("question-%s-%dx%d", name, size[0], size[1]), a.View())
			})
		}
	}
}

// Whatever queues are called and errors say, palette, events and help keep the frame, and no escape gets through.
func TestHostileTextInDialogs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, p := busyBroker(), busyPool(2)
		a := newApp(testContext, Options{Config: DefaultConfig(), Broker: b, Pool: p, Journal: p, Notices: []string{hostile.Draw(t, "notice")}},
			testTheme)
		withNames(a, hostile.Draw(t, "queue"), hostile.Draw(t, "queue"))
		a.Update(tea.WindowSizeMsg{Width: rapid.IntRange(20, 170).Draw(t, "w"), Height: rapid.IntRange(5, 50).Draw(t, "h")})
		b.links[0].Blocked, b.queue.Dead.Value = hostile.Draw(t, "blocked"), 9
		b.links[1].Status, b.links[1].Err = broker.LinkRefused, &broker.Fault{What: hostile.Draw(t, "what")}
		look(a, start)
		a.say(levelWarn, hostile.Draw(t, "said"))
		for _, keys := range [][]string{{":", "e"}, {"esc", "!", "j"}, {"esc", "?", "/", "a"}, {"esc", "esc", "S", "x"}} {
			press(a, keys...)
			checkFrame(t, a)
			if strings.ContainsAny(a.View(), "\x1b\r\t\a") {
				t.Fatalf("an escape or a control character got through: %q", a.View())
			}
		}
	})
}

// Whatever the console draws itself has a twin for screens of ASCII.
func TestEveryGlyphHasATwin(t *testing.T) {
	p := busyPool(8)
	a := newTestApp(t, 200, 60, busyBroker(), p)
	a.greeting = true
	for _, keys := range [][]string{{}, {"?"}, {"esc", ":"}, {"esc", "!"}, {"esc", "S"}, {"esc", "2"}, {"3"}, {"4"}, {"5"}} {
		press(a, keys...)
		for _, r := range a.View() {
			if r > '~' && twins[r] == 0 && (r < brailleBlank || r > brailleBlank+0xff) {
				t.Errorf("after %q: %c (%U) has none", keys, r, r)
			}
		}
	}
}
