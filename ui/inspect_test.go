package ui

import (
	"strings"
	"testing"
	"time"

	"carousel/worker"
)

// Enter on an event opens a sheet that is named for what the event is of.
func TestInspectedEventsAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		event worker.Event
		want  []string
	}{
		"task":     {worker.Event{Kind: worker.TaskDone, Worker: 1, Task: task(5), Run: time.Second}, []string{"▸ Task ", "✓ w01 ran it for 1 s"}},
		"returned": {worker.Event{Kind: worker.TaskReturned, Worker: 1, Task: task(5)}, []string{"▸ Task ", "· w01 did not run it", "handed back"}},
		"worker":   {worker.Event{Kind: worker.WorkerLost, Worker: 1, Err: "channel closed"}, []string{"▸ Worker ", "w01 ", "╌ lost its channel: channel closed"}},
		"pool":     {worker.Event{Kind: worker.PoolChanged, Err: "paused: no more tasks are taken"}, []string{"▸ Pool ", "pool ", "· paused: no more"}},
	} {
		p := busyPool(2)
		c.event.At = start.Add(-2 * time.Second)
		c.event.Seq = uint64(len(p.events)) + 1
		p.events = append(p.events, c.event)
		a := newTestApp(t, 100, 30, busyBroker(), p)
		press(a, "tab", "enter")
		for _, want := range c.want {
			if !strings.Contains(a.View(), want) {
				t.Errorf("%s: no %q:\n%s", name, want, a.View())
			}
		}
	}
}
