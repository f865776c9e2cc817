package ui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

func TestTestTasksAreForTheSandbox(t *testing.T) {
	b, p := busyBroker(), busyPool(4)
	real := newTestApp(t, 120, 36, b, p)
	press(real, "t")
	if real.batch != nil || strings.Contains(real.View(), "test tasks") {
		t.Error("a real queue got test tasks by one key")
	}

	a := newApp(t.Context(), Options{Config: DefaultConfig(), Broker: b, Pool: p, Journal: p, Sandbox: true},
		newTheme("dark", termenv.Ascii))
	a.w, a.h = 120, 36
	look(a, start)
	if !strings.Contains(a.View(), "[sandbox]") || !strings.Contains(a.View(), "t test tasks") {
		t.Errorf("the screen does not say what it is:\n%s", a.View())
	}
	_, cmd := a.Update(keyOf("t"))
	if a.batch == nil || a.batch.total != sampleCount || a.batch.ended {
		t.Fatalf("batch %+v", a.batch)
	}
	if why := a.barSamples(); why == "" {
		t.Error("a second batch may begin while the first is on its way")
	}
	settle(a, cmd)
	if !a.batch.ended {
		t.Error("the batch did not end")
	}
}

// While test tasks are on their way their key is dim and stays where it is, and so do the others.
func TestTestTasksKeepTheirPlaceInTheKeyLine(t *testing.T) {
	for _, place := range []string{"1", "2", "3", "4", "5"} {
		a := newApp(t.Context(), Options{Config: DefaultConfig(), Broker: busyBroker(), Pool: busyPool(4), Journal: busyPool(4), Sandbox: true},
			newTheme("dark", termenv.ANSI256))
		a.w, a.h = 80, 24
		look(a, start)
		press(a, place)
		before := ansi.Strip(a.keyLine())
		a.Update(keyOf("t"))
		if after := ansi.Strip(a.keyLine()); after != before || !a.sampling() {
			t.Errorf("on screen %s the keys were\n%q, and are\n%q", place, before, after)
		}
	}
}
