package ui

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// rove moves the mouse without a button.
func rove(a *App, x, y int) { pointer(a, tea.MouseActionMotion, tea.MouseButtonNone, x, y) }

// overLanes is a board with the first cell and row of its lanes.
func overLanes(t *testing.T) (a *App, x, y, cells int) {
	a = newTestApp(t, 160, 45, busyBroker(), busyPool(4))
	lanes, ok := a.lanes()
	if !ok {
		t.Fatal("there are no lanes")
	}
	return a, lanes.Min.X, lanes.Min.Y, lanes.Dx()
}

// The task under the mouse is lit and told in place of the ring; what is selected stays so.
func TestHoveredTaskIsTold(t *testing.T) {
	a, x, y, cells := overLanes(t)
	ring := strings.Split(a.View(), "\n")[a.layout.panes[paneDispatch].Max.Y-2]
	foot := func() string { return strings.Split(a.View(), "\n")[a.layout.panes[paneDispatch].Max.Y-2] }
	selected, focus, block := a.selected, a.focus, a.dispatch.block
	rove(a, x+cells-2, y+2)
	if id := shortID(a.scene.workers[2].Task.ID); !strings.Contains(foot(), "▸ "+id+" runs · ") || !strings.Contains(foot(), "try 1") {
		t.Errorf("the foot says %q and not what w03 runs, %s", foot(), id)
	}
	if lane := strings.Split(a.View(), "\n")[y+2]; !strings.Contains(lane, "1▓") {
		t.Errorf("the task is not lit: %q", lane)
	}
	if a.selected != selected || a.focus != focus || a.dispatch.block != block || a.zoomed {
		t.Error("the selection has changed")
	}
	checkFrame(t, a)
	rove(a, x+cells-17, y+1)
	if !strings.Contains(foot(), " done · ") && !strings.Contains(foot(), " failed") {
		t.Errorf("of an ended task the foot says %q", foot())
	}
	rove(a, x+cells/2, y-1)
	if foot() != ring {
		t.Errorf("beside the lanes the foot says %q", foot())
	}
}

// A terminal tells of every cell that the mouse crosses: only those that change the frame are drawn.
func TestMotionDrawsOnlyWhatChanges(t *testing.T) {
	a, x, y, cells := overLanes(t)
	const old = "the frame before"
	drawn := func(x, y int) bool {
		a.frame = old
		rove(a, x, y)
		return a.View() != old
	}
	for _, step := range []struct {
		x, y int
		want bool
		what string
	}{
		{1, 1, false, "a tab"}, {x + cells - 2, y + 3, true, "a running task"}, {x + cells - 3, y + 3, false, "the same task"},
		{x + cells - 2, y + 2, true, "another one"}, {5, 40, true, "no task"}, {6, 40, false, "no task again"},
	} {
		if got := drawn(step.x, step.y); got != step.want {
			t.Errorf("on %s: drawn %v", step.what, got)
		}
	}
}

// What flows on under a mouse that rests is what is told; a key has the ring back, and a dialog has no task told behind it.
func TestHoverFollowsTheLanes(t *testing.T) {
	a, x, y, cells := overLanes(t)
	rove(a, x+cells-17, y+1)
	first := a.dispatch.pointed
	look(a, start.Add(3*time.Second))
	if first == (blockKey{}) || a.dispatch.pointed == first {
		t.Errorf("the task told is %v, and after 3 s %v", first, a.dispatch.pointed)
	}
	press(a, "tab")
	if a.dispatch.pointed != (blockKey{}) {
		t.Error("a task is told after a key")
	}
	press(a, "?")
	rove(a, x+cells-17, y+1)
	if a.draw(); a.dispatch.pointed != (blockKey{}) {
		t.Error("a task is told behind a dialog")
	}
	press(a, "esc")
	rove(a, x+cells-17, y+1)
	press(a, "M", "M")
	if a.pointer != offScreen {
		t.Error("the mouse is still somewhere after it was switched off")
	}
}

// A button that was let go outside of the terminal is up, once the mouse is back without it.
func TestDragEndsWithoutItsRelease(t *testing.T) {
	a, x, y, cells := overLanes(t)
	pointer(a, tea.MouseActionPress, tea.MouseButtonLeft, x+cells-40, y)
	pointer(a, tea.MouseActionMotion, tea.MouseButtonLeft, x+cells-10, y)
	end := a.span.end
	rove(a, x+cells-60, y)
	if a.span == nil || a.span.held || !a.span.end.Equal(end) {
		t.Errorf("the drag goes on: %+v", a.span)
	}
}
