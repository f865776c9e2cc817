package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

func TestQueuesEmptyStates(t *testing.T) {
	fault := &broker.Fault{Kind: broker.Unreachable, What: "no answer from the management API", Why: "connection refused"}
	for _, c := range []struct {
		name string
		set  func(*App, *fakeAdmin)
		want []string
		not  string
	}{
		{"no data yet", func(a *App, _ *fakeAdmin) { queuesOf(a).flying = true }, []string{"Reading the queues …"}, "Idle"},
		{"nothing there", func(_ *App, f *fakeAdmin) { f.queues = nil }, []string{"This vhost has no queue; c creates one."}, "Idle"},
		{"idle", func(_ *App, f *fakeAdmin) { f.queues = f.queues[4:5] }, []string{"Idle: every queue is empty", "reports.nightly"}, "Stale"},
		{"nothing matches", func(a *App, _ *fakeAdmin) { queuesOf(a).query.Name = "zz" }, []string{"No queue has that in its name; esc shows all 8."}, "Idle"},
		{"no statistics", func(_ *App, f *fakeAdmin) {
			for i := range f.queues {
				q := &f.queues[i]
				q.In, q.Out = broker.Figure[float64]{}, broker.Figure[float64]{}
				q.Consumers, q.MessageBytes = broker.Figure[int64]{}, broker.Figure[int64]{}
			}
		}, []string{"No rates, consumers and bytes: the broker has made none yet", "billing.invoices"}, "0/s"},
		{"never used", func(_ *App, f *fakeAdmin) {
			f.queues[0].In, f.queues[0].Out, f.queues = broker.Figure[float64]{}, broker.Figure[float64]{}, f.queues[:1]
		},
			[]string{"billing.invoices"}, "No rates"},
		{"no management API", func(_ *App, f *fakeAdmin) { f.err = fault }, []string{
			"No answer from the management API: connection refused. Only the watched queue is known.", "▸ task_queue watched", "1 284",
		}, "billing"},
		{"none given", func(a *App, _ *fakeAdmin) { a.o.Admin = nil }, []string{"no management API to ask", "▸ task_queue watched"}, "billing"},
	} {
		for _, size := range [][2]int{{160, 45}, {80, 24}} {
			f := busyVHost()
			a := newAdminApp(t, size[0], size[1], f)
			c.set(a, f)
			press(a, "4")
			lookOn(a, start)
			checkFrame(t, a)
			text := strings.Join(strings.Fields(strings.ReplaceAll(a.View(), "│", "")), " ")
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s, %v: no %q on\n%s", c.name, size, want, a.View())
				}
			}
			if strings.Contains(text, c.not) {
				t.Errorf("%s, %v: %q on\n%s", c.name, size, c.not, a.View())
			}
		}
	}
}

// When the broker stops to answer, the old rows stay, with how old they are and why.
func TestQueuesGoStale(t *testing.T) {
	f := busyVHost()
	a := newAdminApp(t, 100, 30, f)
	press(a, "4")
	f.err = errors.New("no answer from the management API")
	lookOn(a, start.Add(40*time.Second))
	if !strings.Contains(a.View(), "Stale: the list last read 40 s ago: no answer from the management API.") || !strings.Contains(a.View(), "billing.invoices") {
		t.Error(a.View())
	}
}
