package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

func TestHeatGolden(t *testing.T) {
	a := onLanes(t, 160, 45, busyPool(1000))
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		a.selected = 1
		a.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		press(a, "j")
		checkFrame(t, a)
		golden(t, fmt.Sprintf("dispatch-heat-%dx%d", size[0], size[1]), a.View())
	}
	a.o.Config.ASCII = true
	press(a, "k", "j")
	if !printableASCII(strings.ReplaceAll(a.View(), "\n", "")) {
		t.Error("something beyond ASCII is left")
	}
	golden(t, "dispatch-heat-ascii", a.View())
}

func TestHeatmapLeadsToLanes(t *testing.T) {
	a := onLanes(t, 100, 30, busyPool(200))
	if !a.dispatch.wasHeat {
		t.Fatal("200 workers are no heatmap")
	}
	n := a.dispatch.perRow
	if press(a, "j", "j"); a.selected != 2*n+1 {
		t.Errorf("two rows down is worker %d, with %d a row", a.selected, n)
	}
	if press(a, "h"); !strings.Contains(a.View(), "the rows are groups") {
		t.Errorf("h is not barred:\n%s", a.View())
	}
	press(a, "enter")
	if a.dispatch.wasHeat || a.dispatch.offset != 2*n {
		t.Errorf("enter leads to worker %d", a.dispatch.offset)
	}
	if press(a, "esc"); !a.dispatch.wasHeat {
		t.Error("esc does not lead back")
	}
	press(a, "G", "j")
	if at := a.selected - 1; at != 199/n*n {
		t.Errorf("the last row is worker %d", a.selected)
	}
	press(a, "m")
	if a.dispatch.wasHeat {
		t.Error("m does not lead to the lanes")
	}
	a = onLanes(t, 100, 30, busyPool(3))
	if press(a, "m"); !a.dispatch.wasHeat || a.dispatch.perRow != 1 {
		t.Error("m does not lead to the heatmap")
	}
}

func TestGroupSize(t *testing.T) {
	for _, c := range [][3]int{{1, 5, 1}, {0, 5, 1}, {6, 5, 2}, {60, 5, 12}, {200, 8, 25}, {1000, 14, 75}, {1000, 4, 250}, {10000, 10, 1000}, {7, 0, 7}} {
		got := groupSize(c[0], c[1])
		if got != c[2] || got*max(1, c[1]) < c[0] {
			t.Errorf("%d workers in %d rows: %d a row, want %d", c[0], c[1], got, c[2])
		}
	}
}

// Hand-computed: two workers, one of which has been busy half of the time.
func TestHeatOfAGroup(t *testing.T) {
	a := onLanes(t, 160, 45, busyPool(2))
	s := a.scene
	for i := range s.shown {
		s.shown[i].HasTask = false
		s.past.lanes[i+1] = newLane(start.Add(-time.Hour))
	}
	s.past.lanes[1].done(start.Add(-8*time.Second), start.Add(-4*time.Second))
	s.past.lanes[2].done(start.Add(-8*time.Second), start.Add(-6*time.Second))
	s.past.lanes[2].try(worker.TaskFailed, start.Add(-2*time.Second), start.Add(-time.Second), worker.TaskRef{})
	d := &a.dispatch
	d.zoom, d.cells = 3, 10
	share := d.gather(0, 2)
	got := ""
	for i := range d.heat {
		_, r := d.warmth(&d.heat[i])
		got += string(r)
	}
	if want := " ██▒▒  × "; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if share < 0.34 || share > 0.36 {
		t.Errorf("7 of 20 seconds are %v", share)
	}
}
