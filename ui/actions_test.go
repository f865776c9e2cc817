package ui

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Merged keys are one message, and what follows from it must not depend on the order in which Cmds run.
func TestOrdersKeepTheOrderOfTheKeys(t *testing.T) {
	for _, c := range []struct {
		keys string
		want []string
	}{
		{"+++", []string{"resize 9", "resize 10", "resize 11"}},
		{"+--", []string{"resize 9", "resize 8", "resize 7"}},
		{"  ", []string{"pause", "resume"}},
		{"ss", []string{"pause w1", "resume w1"}},
	} {
		for range 8 {
			p := busyPool(8)
			press(newTestApp(t, 40, 10, busyBroker(), p), c.keys)
			if !slices.Equal(p.asked, c.want) {
				t.Fatalf("%q: asked %q, want %q", c.keys, p.asked, c.want)
			}
		}
	}
}

func TestALookFromBeforeAnOrderDoesNotMisleadTheNext(t *testing.T) {
	p := busyPool(8)
	a := newTestApp(t, 120, 40, busyBroker(), p)
	for _, key := range []string{" ", "+", "s"} {
		before := a.sampler.look(start.Add(time.Second))
		press(a, key)
		a.Update(sampleMsg(before))
		press(a, key)
	}
	want := []string{"pause", "resume", "resize 9", "resize 10", "pause w1", "resume w1"}
	if !slices.Equal(p.asked, want) {
		t.Errorf("asked %q, want %q", p.asked, want)
	}
}

func TestPurgeByName(t *testing.T) {
	b := busyBroker()
	a := newTestApp(t, 120, 40, b, busyPool(2))
	press(a, "P")
	typeText(a, "task_quex")
	press(a, "enter")
	if slices.Contains(b.asked, "purge") || !strings.Contains(a.View(), "that is not the queue's name") {
		t.Fatalf("a wrong name was taken: %q", b.asked)
	}
	press(a, "backspace")
	typeText(a, "ue")
	if !strings.Contains(a.View(), "guest@localhost:5672") || !strings.Contains(a.View(), "1 284 ready tasks") {
		t.Error("host or count are not shown")
	}
	press(a, "enter")
	if !slices.Contains(b.asked, "purge") || a.toast.text != "1 284 tasks removed from task_queue" {
		t.Errorf("asked %q, toast %q", b.asked, a.toast.text)
	}
}

func TestPurgeNeverTakesWhatWasNotCounted(t *testing.T) {
	b := busyBroker()
	b.info.Ready = 0
	a := newTestApp(t, 120, 40, b, busyPool(2))
	press(a, "P")
	b.info.Ready = 5
	press(a, "enter")
	if slices.Contains(b.asked, "purge") || !strings.Contains(a.View(), "it has 5 ready tasks") ||
		strings.Contains(a.View(), "no ready task") {
		t.Fatalf("asked %q\n%s", b.asked, a.View())
	}
	typeText(a, "task_queue")
	press(a, "enter")
	if !slices.Contains(b.asked, "purge") || a.toast.text != "5 tasks removed from task_queue" {
		t.Errorf("asked %q, toast %q", b.asked, a.toast.text)
	}
}
