package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

// seen lets the broker's own look at the queue show a depth, at a moment after every count.
func seen(a *App, b *fakeBroker, ready int64, after time.Duration) {
	at := time.Now().Add(time.Hour + after)
	b.queue.Ready, b.info.Ready = known(ready, at), int(ready)
	look(a, at)
}

// While the question is open others go on: it follows what they do, keeps what was typed, and never purges what came after
// the queue was seen empty.
func TestPurgeQuestionShowsFreshNumbers(t *testing.T) {
	b := busyBroker()
	a := newTestApp(t, 120, 40, b, busyPool(2))
	press(a, "P")
	if !strings.Contains(a.View(), "it has 1 284 ready tasks") {
		t.Fatal(a.View())
	}
	typeText(a, "task_")
	seen(a, b, 7, time.Second)
	if !strings.Contains(a.View(), "it has 7 ready tasks") || !strings.Contains(a.View(), "task_▎") {
		t.Fatalf("the number is old, or what was typed is gone:\n%s", a.View())
	}
	typeText(a, "queue")
	seen(a, b, 0, 2*time.Second) // the other console has purged
	if !strings.Contains(a.View(), "no ready task") {
		t.Fatal(a.View())
	}
	b.info.Ready = 3
	press(a, "enter") // counts again
	if slices.Contains(b.asked, "purge") || !strings.Contains(a.View(), "it has 3 ready tasks") {
		t.Fatalf("asked %q\n%s", b.asked, a.View())
	}
	press(a, "enter")
	if slices.Contains(b.asked, "purge") {
		t.Errorf("the name was typed for another count")
	}
	typeText(a, "task_queue")
	press(a, "enter")
	if !slices.Contains(b.asked, "purge") || a.toast.text != "3 tasks removed from task_queue" {
		t.Errorf("asked %q, toast %q", b.asked, a.toast.text)
	}
}

// A look that is older than the count says nothing.
func TestPurgeQuestionIgnoresOlderLooks(t *testing.T) {
	b := busyBroker()
	a := newTestApp(t, 120, 40, b, busyPool(2))
	press(a, "P")
	b.queue.Ready = known(int64(5), time.Now().Add(-time.Hour))
	look(a, start)
	if !strings.Contains(a.View(), "it has 1 284 ready tasks") {
		t.Error(a.View())
	}
}

// A queue whose name no keyboard has can be named as it is spelled out, and only so.
func TestNamesThatNobodyCanType(t *testing.T) {
	const name = "\x1b[2J\u202egnp"
	b := busyBroker()
	b.queue.Queue = name
	a := newTestApp(t, 120, 40, b, busyPool(2))
	press(a, "P")
	typeText(a, "gnp")
	press(a, "enter")
	if slices.Contains(b.asked, "purge") {
		t.Fatal("another name will do")
	}
	for range 3 {
		press(a, "backspace")
	}
	typeText(a, `^[[2J\u{202e}gnp`)
	press(a, "enter")
	if !slices.Contains(b.asked, "purge") {
		t.Errorf("asked %q\n%s", b.asked, a.View())
	}
}

// The badge stays at every size at which there is a screen, whatever becomes of the link.
func TestUnverifiedTLSStaysOnTheScreen(t *testing.T) {
	b := busyBroker()
	for i := range b.links {
		b.links[i].TLS, b.links[i].Insecure = true, true
	}
	for _, status := range []broker.LinkStatus{broker.LinkUp, broker.LinkConnecting, broker.LinkRefused} {
		for i := range b.links {
			b.links[i].Status = status
		}
		for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}, {60, 16}, {40, 10}, {20, 5}} {
			a := newTestApp(t, size[0], size[1], b, busyPool(2))
			if checkFrame(t, a); !strings.Contains(a.View(), notVerified) {
				t.Errorf("%v, %v:\n%s", status, size, a.View())
			}
		}
	}
	if a := newTestApp(t, 80, 24, busyBroker(), busyPool(2)); strings.Contains(a.View(), "not verified") {
		t.Error("a verified link has the badge")
	}
}

func TestWrongPrefetchIsRefused(t *testing.T) {
	for _, typed := range []string{"0", "65536", "-1", "1e3", "", "99999999999999999999"} {
		p := busyPool(2)
		a := newTestApp(t, 120, 40, busyBroker(), p)
		press(a, "p", "backspace")
		typeText(a, typed)
		press(a, "enter")
		if slices.ContainsFunc(p.asked, func(s string) bool { return strings.HasPrefix(s, "prefetch") }) || !strings.Contains(a.View(), "write a whole number from 1 to 65535") {
			t.Errorf("%q: asked %q\n%s", typed, p.asked, a.View())
		}
	}
}
