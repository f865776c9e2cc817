package ui

import (
	"slices"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

func TestSelectionStaysOnItsWorker(t *testing.T) {
	p := busyPool(8)
	a := newTestApp(t, 120, 40, busyBroker(), p)
	press(a, "j", "j", "j")
	p.workers = p.workers[2:]
	look(a, start.Add(time.Second))
	press(a, "s")
	if !slices.Equal(p.asked, []string{"pause w4"}) {
		t.Errorf("asked %q", p.asked)
	}
	p.workers = p.workers[3:]
	look(a, start.Add(2*time.Second))
	if a.selected != 6 {
		t.Errorf("with its worker gone the selection is on %d", a.selected)
	}
}

func TestTaskSelectionStaysWhileNewOnesCome(t *testing.T) {
	p := busyPool(3)
	a := newTestApp(t, 120, 40, busyBroker(), p)
	press(a, "tab", "j", "j")
	selected := a.tasks.current().Seq
	p.history(3)
	look(a, start.Add(time.Second))
	if got := a.tasks.current().Seq; got != selected {
		t.Errorf("the selection went from %d to %d", selected, got)
	}
	press(a, "esc")
	if a.tasks.current() != a.scene.past.logEntry(0) {
		t.Error("esc does not follow the newest again")
	}
}

func TestMouse(t *testing.T) {
	a := newTestApp(t, 160, 45, busyBroker(), busyPool(8))
	r := a.layout.panes[paneWorkers]
	a.Update(tea.MouseMsg{X: r.Min.X + 5, Y: r.Min.Y + 2 + 4, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	if a.selected != 5 {
		t.Errorf("a click on the fifth worker selects %d", a.selected)
	}
	r = a.layout.panes[paneTasks]
	a.Update(tea.MouseMsg{X: r.Min.X + 5, Y: r.Min.Y + 1, Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress})
	if a.focus != paneTasks || a.tasks.index() != wheelStep {
		t.Errorf("the wheel focuses %v and selects %d", a.focus, a.tasks.index())
	}
}
