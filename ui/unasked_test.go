package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// On another machine's broker workers start on a queue only after its name was typed; where they were asked for, a yes will do.
func TestWorkElsewhereWantsTheName(t *testing.T) {
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		a := newTestApp(t, size[0], size[1], busyBroker(), nil)
		var gone []string
		a.o.Switch = func(_ context.Context, queue string, work bool) (Session, error) {
			gone = append(gone, queue)
			return Session{}, errors.New("no way there")
		}
		a.newPlaces()
		a.newKeymaps()
		const why = "db.example is not this machine, so no workers start on it unasked"
		a.o.Unasked = func(queue string) string {
			if queue != "task_queue" {
				t.Errorf("asked about %q", queue)
			}
			return why
		}
		press(a, "W")
		checkFrame(t, a)
		q := questionOf(a.dialog)
		if q == nil || q.title != "Work on this queue" || !strings.Contains(a.View(), "Mind: db.example") || !strings.Contains(a.View(), "task_queue, to go on") {
			t.Fatalf("%v: %T asks\n%s", size, a.dialog, a.View())
		}
		for _, wrong := range []string{"", "y", "other"} {
			if q.wrong(wrong) == "" {
				t.Errorf("%q will do", wrong)
			}
		}
		if press(a, "enter"); len(gone) > 0 {
			t.Fatalf("went to %q", gone)
		}
		typeText(a, "task_queue")
		if press(a, "enter"); len(gone) != 1 || gone[0] != "task_queue" {
			t.Errorf("went to %q", gone)
		}
		a.o.Unasked = func(string) string { return "" }
		press(a, "W")
		if q := questionOf(a.dialog); q == nil || q.field != nil {
			t.Errorf("allowed: %T", a.dialog)
		}
	}
}
