package ui

import (
	"testing"

	"pgregory.net/rapid"
)

// Every cell between header and verdict belongs to exactly one pane, whatever the size.
func TestArrangeTiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(-2, 300).Draw(t, "w"), rapid.IntRange(-2, 120).Draw(t, "h")
		focus := paneID(rapid.IntRange(0, int(paneCount)-1).Draw(t, "focus"))
		foot := rapid.IntRange(2, 3).Draw(t, "foot")
		l := arrange(w, h, foot, rapid.IntRange(0, 2000).Draw(t, "workers"), rapid.IntRange(0, 500).Draw(t, "lanes"), focus, rapid.Bool().Draw(t, "zoomed"))
		if l.screen != screenBoard {
			return
		}
		if l.panes[focus].Empty() {
			t.Fatalf("%dx%d: the focused pane %v is folded", w, h, focus)
		}
		covered := 0
		for id, r := range l.panes {
			if r.Empty() {
				continue
			}
			if r.Min.Y < headRows(h) || r.Max.Y > h-foot || r.Min.X < 0 || r.Max.X > w || r.Dx() < 30 || r.Dy() < 4 {
				t.Fatalf("%dx%d: %v is at %v", w, h, paneID(id), r)
			}
			for _, other := range l.panes[id+1:] {
				if r.Overlaps(other) {
					t.Fatalf("%dx%d: %v and %v overlap", w, h, r, other)
				}
			}
			covered += r.Dx() * r.Dy()
		}
		if want := w * (h - headRows(h) - foot); covered != want {
			t.Fatalf("%dx%d: the panes cover %d cells of %d: %v", w, h, covered, want, l.panes)
		}
	})
}

func TestArrangeFolds(t *testing.T) {
	for _, c := range []struct {
		name   string
		w, h   int
		focus  paneID
		screen screen
		folded []paneID
	}{
		{"whole", 160, 45, paneWorkers, screenBoard, nil},
		{"middle", 100, 30, paneWorkers, screenBoard, nil},
		{"small", 80, 24, paneWorkers, screenBoard, []paneID{paneTasks}},
		{"small, tasks focused", 80, 24, paneTasks, screenBoard, []paneID{paneWorkers}},
		{"lower", 80, 16, paneDispatch, screenBoard, []paneID{paneTasks, paneWorkers}},
		{"one line", 20, 5, paneWorkers, screenLine, []paneID{paneQueue, paneDispatch, paneWorkers, paneTasks}},
		{"too narrow", 19, 50, paneWorkers, screenTooSmall, []paneID{paneQueue, paneDispatch, paneWorkers, paneTasks}},
		{"too low", 200, 4, paneWorkers, screenTooSmall, []paneID{paneQueue, paneDispatch, paneWorkers, paneTasks}},
	} {
		l := arrange(c.w, c.h, 2, 8, 0, c.focus, false)
		folded := map[paneID]bool{}
		for _, id := range c.folded {
			folded[id] = true
		}
		for id := range paneCount {
			if !l.panes[id].Empty() == folded[id] {
				t.Errorf("%s: %v shown is %v", c.name, id, !l.panes[id].Empty())
			}
		}
		if l.screen != c.screen {
			t.Errorf("%s: screen %v", c.name, l.screen)
		}
	}
}
