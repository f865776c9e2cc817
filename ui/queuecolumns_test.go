package ui

import (
	"strings"
	"testing"

	"carousel/broker"
)

// A name of any length keeps a gap to the column behind it, and the type of a queue is told from 100 columns on.
func TestLongQueueNamesEndBeforeTheNextColumn(t *testing.T) {
	long := strings.Repeat("orders.fulfilment.", 10)
	for _, w := range []int{80, 100, 120, 160, 200} {
		f := busyVHost()
		f.queues = []broker.QueueRow{
			{Name: long, Type: "classic", State: "running", Ready: known(int64(12_840), start)},
			{Name: long + "2", Type: "quorum", State: "down", Ready: known(int64(1), start)},
		}
		a := newAdminApp(t, w, 30, f)
		press(a, "4")
		if a.draw(); w >= 100 && (!strings.Contains(a.View(), "… classic ") || !strings.Contains(a.View(), " quorum ")) {
			t.Errorf("%d columns: no type with a gap before it:\n%s", w, a.View())
		}
		if !strings.Contains(a.View(), " down ") {
			t.Errorf("%d columns: that a queue is down is not told:\n%s", w, a.View())
		}
		for line := range strings.SplitSeq(a.View(), "\n") {
			if _, after, cut := strings.Cut(line, "fulfil"); cut && !strings.Contains(after, "… ") {
				t.Errorf("%d columns: no gap behind the name in %q", w, line)
			}
		}
	}
}
