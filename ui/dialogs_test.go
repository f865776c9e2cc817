package ui

import (
	"fmt"
	"io/fs"
	"testing"

	"carousel/worker"
)

// Every dialog that asks or says something, in the sizes that people have.
func TestQuestionsGolden(t *testing.T) {
	for name, ask := range map[string]func(*App, *fakePool){
		"save": func(a *App, _ *fakePool) { press(a, "S") },
		"overwrite": func(a *App, _ *fakePool) {
			a.Update(savedMsg{path: "/home/ada/carousel.svg", err: fs.ErrExist})
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
