package ui

import (
	"strings"
	"testing"
	"time"

	"carousel/worker"
)

// The board's sheet of a task shows the end of what was said at its tries, the newest try's first, and what is said while it is open.
func TestSheetShowsWhatWasSaid(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		a := tasksApp(t, size[0], size[1])
		press(a, "1")
		a.focus = paneTasks
		e := a.tasks.current()
		if e == nil || e.Task.ID == "" {
			t.Fatal("no task is selected")
		}
		said := map[string][]worker.Said{}
		a.o.Kept = saidKept{a.o.Kept.(fakeKept), said}
		press(a, "enter")
		if strings.Contains(a.View(), "output") {
			t.Errorf("nothing was said:\n%s", a.View())
		}
		said[e.Task.ID] = []worker.Said{
			{Worker: 1, Started: start.Add(-time.Minute), Output: worker.Output{Head: []byte("first try\n")}},
			{Worker: 2, Started: start, Output: worker.Output{Head: []byte(strings.Repeat("line\n", 30) + "\x1b[31mno space left")}},
		}
		look(a, start.Add(time.Second)) // without events
		if strings.Contains(a.View(), "output") {
			t.Error("it was looked up though nothing happened")
		}
		p := a.sampler.pool.(*fakePool)
		p.events = append(p.events, worker.Event{Seq: p.events[len(p.events)-1].Seq + 1, At: start, Kind: worker.TaskStarted, Worker: 1, Task: worker.TaskRef{ID: "another"}})
		look(a, start.Add(2*time.Second))
		press(a, "G")
		checkFrame(t, a)
		view := a.View()
		if size[1] > 24 {
			for _, want := range []string{"output", "of w02 from", "… 23 lines before", "␛[31mno space left", "of w01 from", "first try"} {
				if !strings.Contains(view, want) {
					t.Errorf("%v: %q is not shown:\n%s", size, want, view)
				}
			}
		}
		if at := strings.Index(view, "first try"); at < strings.Index(view, "no space left") {
			t.Errorf("%v: the newest try is not the first:\n%s", size, view)
		}
	}
}
