package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// The figures of the Queue pane stay in their columns however old they get: the age of a stale one takes of the figure's cells.
func TestQueueFiguresStayInTheirColumns(t *testing.T) {
	for _, w := range []int{80, 100} {
		for _, age := range []time.Duration{0, 9 * time.Second, 99 * time.Second, 5 * time.Minute, 80 * time.Minute, 99 * time.Hour, 900 * 24 * time.Hour} {
			a := newTestApp(t, w, 30, busyBroker(), busyPool(4))
			a.scene.now = start.Add(age)
			a.draw()
			var at []int
			for line := range strings.SplitSeq(ansi.Strip(a.View()), "\n") {
				for _, label := range []string{"unacked", "out", "bytes", "redeliv."} {
					if before, _, found := strings.Cut(line, "  "+label); found && strings.HasPrefix(line, "│ ") {
						at = append(at, width(before))
					}
				}
			}
			if len(at) < 4 || at[0] != at[1] || at[0] != at[2] || at[0] != at[3] {
				t.Errorf("%d columns, %s old: the second column begins at %v:\n%s", w, span(age), at, a.View())
			}
		}
	}
}
