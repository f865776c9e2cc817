package ui

import (
	"fmt"
	"testing"
	"time"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
	"pgregory.net/rapid"
)

// Any events in any order, any keys, at any size, with colours or without: every frame has its size, and nothing breaks.
func TestDispatchKeepsItsShape(t *testing.T) {
	t.Parallel()
	keys := []string{
		"h", "l", "left", "right", "j", "k", "g", "G", " ", "{", "}", "shift+left", "[", "]", "m", "enter", "esc", "z", "pgdown", "tab", "click",
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, 3, 8, 40, 300}).Draw(t, "workers")
		p := busyPool(min(n, 8))
		for id := len(p.workers) + 1; id <= n; id++ {
			p.workers = append(p.workers, worker.WorkerStatus{ID: id, Name: fmt.Sprintf("w%d", id), State: worker.StateIdle, Since: start})
		}
		config := DefaultConfig()
		config.ASCII = rapid.Bool().Draw(t, "ascii")
		a := newApp(testContext, Options{Config: config, Broker: busyBroker(), Pool: p, Journal: p},
			newTheme("dark", rapid.SampledFrom([]termenv.Profile{termenv.Ascii, termenv.ANSI, termenv.TrueColor}).Draw(t, "colours")))
		a.focus = paneDispatch
		now := start
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "resize") {
				a.Update(tea.WindowSizeMsg{Width: rapid.IntRange(1, 200).Draw(t, "w"), Height: rapid.IntRange(1, 60).Draw(t, "h")})
			}
			for range rapid.IntRange(0, 30).Draw(t, "events") {
				p.add(worker.Event{
					At:   start.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(time.Hour)).Draw(t, "at"))),
					Kind: worker.EventKind(rapid.IntRange(1, int(worker.PoolChanged)).Draw(t, "kind")), Worker: rapid.IntRange(0, 5).Draw(t, "worker"),
					Run: time.Duration(rapid.Int64Range(-1, int64(time.Minute)).Draw(t, "run")), Wait: time.Duration(rapid.Int64Range(-1, int64(time.Hour)).Draw(t, "wait")),
					Task: worker.TaskRef{ID: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "id"), Attempt: rapid.IntRange(-1, 300).Draw(t, "try"), Redelivered: rapid.Bool().Draw(t, "again")},
				})
			}
			for i := range p.workers {
				p.workers[i].HasTask = rapid.Bool().Draw(t, "in hand")
				if i > 3 {
					break
				}
			}
			now = now.Add(time.Duration(rapid.Int64Range(-int64(time.Minute), int64(10*time.Minute)).Draw(t, "later")))
			n := a.sampler.look(now)
			n.missed = rapid.SampledFrom([]uint64{0, 0, 5}).Draw(t, "missed")
			a.Update(sampleMsg(n))
			for _, k := range rapid.SliceOfN(rapid.SampledFrom(keys), 0, 8).Draw(t, "keys") {
				if k == "click" {
					at := tea.MouseMsg{X: rapid.IntRange(0, 200).Draw(t, "x"), Y: rapid.IntRange(0, 60).Draw(t, "y"), Action: tea.MouseActionPress}
					at.Button = rapid.SampledFrom([]tea.MouseButton{tea.MouseButtonLeft, tea.MouseButtonWheelUp, tea.MouseButtonWheelLeft}).Draw(t, "button")
					a.Update(at)
				} else {
					press(a, k)
				}
				if a.crash != nil {
					t.Fatalf("%s\n%s", a.crash.What, a.crash.Stack)
				}
				if a.w > 0 {
					checkFrame(t, a)
				}
			}
		}
	})
}
