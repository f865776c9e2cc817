package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The help of every place has every key of it, its own and those that act everywhere, from the tables that handle them.
func TestHelpHasEveryKeyOfThePlace(t *testing.T) {
	for id := range placeCount {
		a := newTestApp(t, 200, 100, busyBroker(), busyPool(2))
		a.show(id)
		press(a, "?")
		view := a.View()
		if !strings.Contains(view, "Help · "+a.places[id].name()) {
			t.Errorf("the title does not name %s", a.places[id].name())
		}
		for _, b := range a.bindings() {
			if first, _, _ := strings.Cut(b.help, " "); !strings.Contains(view, b.show) || !strings.Contains(view, first) {
				t.Errorf("%s: %s %q is not in the help", a.places[id].name(), b.show, b.help)
			}
		}
		for _, want := range []string{"ctrl+c", "Everywhere", "Marks", "failed for good"} {
			if !strings.Contains(view, want) {
				t.Errorf("%s: no %q", a.places[id].name(), want)
			}
		}
	}
}

func TestHelpSearch(t *testing.T) {
	a := newTestApp(t, 100, 30, busyBroker(), busyPool(2))
	press(a, "?", "/")
	typeText(a, "PURGE")
	a.View()
	if view := a.View(); strings.Contains(view, "enqueue: ") || !strings.Contains(view, "remove every ready task") {
		t.Errorf("it does not find purge alone:\n%s", view)
	}
	if blocks := a.dialog.(*help).blocks(a, 90); len(blocks) != 1 || len(blocks[0]) != 2 {
		t.Errorf("%d blocks", len(blocks))
	}
	press(a, "q", "q")
	if !strings.Contains(a.View(), "no key or mark is called so") {
		t.Error("nothing is found, and it does not say so")
	}
	press(a, "esc")
	if a.dialog == nil || a.dialog.(*help).search != nil {
		t.Error("esc does not end the search alone")
	}
	press(a, "/", "x", "enter", "esc", "esc")
	if a.dialog != nil {
		t.Error("esc does not close the help")
	}
}

func TestHelpGolden(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {80, 24}} {
		a := newTestApp(t, size[0], size[1], busyBroker(), busyPool(8))
		press(a, "?")
		golden(t, fmt.Sprintf("help-%dx%d", size[0], size[1]), a.View())
	}
	a := newTestApp(t, 160, 45, busyBroker(), busyPool(8))
	press(a, "?", "/")
	typeText(a, "task")
	golden(t, "help-search", a.View())
}

// Two columns hold all blocks in their order, and neither could be much shorter.
func TestBalanced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(1, 12), 1, 9).Draw(t, "sizes")
		blocks, all, longest := make([][]helpLine, len(sizes)), 0, slices.Max(sizes)
		for i, n := range sizes {
			blocks[i] = make([]helpLine, n)
			all += n + 1
		}
		left, right := balanced(blocks)
		if len(left)+len(right) != len(blocks) {
			t.Fatalf("%d and %d of %d blocks", len(left), len(right), len(blocks))
		}
		if n := max(len(stacked(left)), len(stacked(right))); n > all/2+longest {
			t.Fatalf("%v: the longer column has %d lines", sizes, n)
		}
	})
}
