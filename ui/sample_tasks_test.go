package ui

import (
	"strings"
	"testing"

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
