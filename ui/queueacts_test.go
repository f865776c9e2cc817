package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestQueuesActions(t *testing.T) {
	watched := []string{"j", "j", "j", "j", "j"} // to task_queue
	typed := func(keys []string, text string) []string {
		for _, r := range text {
			keys = append(keys, string(r))
		}
		return append(keys, "enter")
	}
	for _, c := range []struct {
		name  string
		keys  []string
		asked []string // lists apart
		toast string
	}{
		{"purge counts", []string{"P"}, []string{"inspect billing.invoices"}, ""},
		{"enter alone does not purge", []string{"P", "enter"}, []string{"inspect billing.invoices"}, ""},
		{"the watched queue's name is another's", typed([]string{"P"}, "task_queue"), []string{"inspect billing.invoices"}, ""},
		{"purge", typed([]string{"P"}, "billing.invoices"), []string{"inspect billing.invoices", "purge billing.invoices"}, "12 tasks removed from billing.invoices"},
		{"purge of an empty queue counts again", []string{"j", "j", "j", "j", "P", "enter"}, []string{"inspect reports.nightly", "inspect reports.nightly"}, ""},
		{"delete", typed([]string{"D"}, "billing.invoices"), []string{"inspect billing.invoices", "delete billing.invoices"}, "queue billing.invoices is deleted, with 12 tasks"},
		{"delete of one with consumers needs the name", []string{"j", "j", "j", "j", "D", "enter"}, []string{"inspect reports.nightly"}, ""},
		{"delete of one with nothing", []string{"G", "D", "enter"}, []string{"inspect unknown.newcomer", "inspect unknown.newcomer", "delete unknown.newcomer"}, "queue unknown.newcomer is deleted, with 0 tasks"},
		{"delete from the details", append(append(slices.Clone(watched), "enter"), typed([]string{"D"}, "task_queue")...), []string{"inspect task_queue", "delete task_queue"}, "queue task_queue is deleted, with 1 284 tasks"},
		{"watch asks where workers end by it", []string{"w"}, nil, ""},
		{"watch", []string{"w", "enter"}, []string{"switch billing.invoices false"}, "no way to billing.invoices"},
		{"watch the watched, which ends its workers", append(slices.Clone(watched), "w", "enter"), []string{"switch task_queue false"}, "no way to task_queue"},
		{"work asks", []string{"W"}, nil, ""},
		{"work", []string{"W", "enter"}, []string{"switch billing.invoices true"}, "no way to billing.invoices"},
		{"work the worked", append(slices.Clone(watched), "W"), nil, "W cannot act now: the workers are on that queue"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := busyVHost()
			a := newAdminApp(t, 100, 30, f)
			a.o.Switch = otherQueue(f)
			press(a, "4")
			press(a, c.keys...)
			asked := slices.DeleteFunc(f.asked, func(s string) bool { return strings.HasPrefix(s, "queues") })
			if !slices.Equal(asked, c.asked) && len(asked)+len(c.asked) > 0 {
				t.Errorf("asked %q, want %q", asked, c.asked)
			}
			if a.toast.text != c.toast {
				t.Errorf("toast %q, want %q", a.toast.text, c.toast)
			}
			checkFrame(t, a)
		})
	}
}

// otherQueue is the way to another queue, which is noted and leads nowhere.
func otherQueue(f *fakeAdmin) func(context.Context, string, bool) (Session, error) {
	return func(_ context.Context, queue string, work bool) (Session, error) {
		f.note("switch %s %v", queue, work)
		return Session{}, errors.New("no way to " + queue)
	}
}

// A console that only watches goes elsewhere without a question, and may begin to work on what it watches.
func TestWatchersSwitchAtOnce(t *testing.T) {
	f := busyVHost()
	a := newTestApp(t, 100, 30, busyBroker(), nil)
	a.o.Admin, a.o.Switch = f, otherQueue(f)
	press(a, "4", "w")
	if !slices.Contains(f.asked, "switch billing.invoices false") {
		t.Errorf("asked %q", f.asked)
	}
	press(a, "j", "j", "j", "j", "j")
	if press(a, "w"); a.toast.text != "w cannot act now: that is the watched queue" {
		t.Errorf("toast %q", a.toast.text)
	}
	if press(a, "W", "enter"); !slices.Contains(f.asked, "switch task_queue true") {
		t.Errorf("asked %q", f.asked)
	}
}

// What came after a queue was seen empty is not deleted with it.
func TestDeleteOfAQueueThatFillsMeanwhile(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	press(a, "4", "G", "D")
	f.queues[7].Ready = known(int64(3), start)
	press(a, "enter")
	if len(f.queues) != 8 || !strings.Contains(a.toast.text, "3 tasks and 0 consumers came meanwhile") {
		t.Errorf("asked %q, toast %q", f.asked, a.toast.text)
	}
}

// An open question counts anew, and asks for the name as soon as there is something to lose.
func TestQuestionCountsAnew(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	press(a, "4", "G", "D")
	if !strings.Contains(a.View(), "no task and no consumer") {
		t.Fatal(a.View())
	}
	f.queues[7].Ready = known(int64(3), start)
	lookOn(a, start.Add(recountPause))
	if !strings.Contains(a.View(), "3 ready tasks") || !strings.Contains(a.View(), "Type the queue's name") {
		t.Fatal(a.View())
	}
	f.err = errors.New("no answer in 5 s")
	lookOn(a, start.Add(2*recountPause))
	typeText(a, "unknown.newcomer")
	press(a, "enter")
	if slices.Contains(f.asked, "delete unknown.newcomer") || !strings.Contains(a.View(), "No answer in 5 s.") {
		t.Errorf("asked %q\n%s", f.asked, a.View())
	}
}

func TestQueuesAreReadOnly(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	a.o.ReadOnly = true
	a.o.Switch = otherQueue(f)
	press(a, "4")
	for _, k := range []string{"P", "D", "c", "W"} {
		a.toast = toast{}
		if press(a, k); a.dialog != nil || !strings.Contains(a.toast.text, "read-only") {
			t.Errorf("%s: dialog %v, toast %q", k, a.dialog, a.toast.text)
		}
	}
	for _, asked := range f.asked {
		if !strings.HasPrefix(asked, "queues") {
			t.Errorf("asked %q", asked)
		}
	}
}

// The keys of the details act on what they show, and on nothing that took its place in the list.
func TestDetailsOfAQueueThatGoes(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	press(a, "4", "enter")
	f.queues = f.queues[1:]
	lookOn(a, start.Add(rereadPause))
	if !strings.Contains(a.View(), "not in the list any more") {
		t.Fatal(a.View())
	}
	press(a, "D")
	if _, asks := a.dialog.(*queueEnd); asks || slices.ContainsFunc(f.asked, func(s string) bool { return strings.HasPrefix(s, "inspect") }) {
		t.Errorf("D acts on another queue: %q", f.asked)
	}
}
