package ui

import (
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

// The sheet of the connections, in each way that these may stand.
func TestLinksGolden(t *testing.T) {
	failed := &broker.Fault{Kind: broker.Unreachable, What: "cannot reach n1:5672", Why: "connection refused"}
	var text strings.Builder
	for _, c := range []struct {
		name string
		set  func(*fakeBroker)
	}{
		{"a single node", func(b *fakeBroker) { b.queue.Node = known("rabbit@n1", start.Add(-3*time.Second)) }},
		{"a cluster", func(b *fakeBroker) { inCluster(b, 3) }},
		{"a cluster that was last read a while ago", func(b *fakeBroker) {
			inCluster(b, 2).queue.Replicas.At, b.queue.Leader.At = start.Add(-22*time.Second), start.Add(-22*time.Second)
		}},
		{"no majority, no leader", func(b *fakeBroker) { inCluster(b, 1).queue.Leader = known("", start) }},
		{"blocked, down, refused", func(b *fakeBroker) {
			inCluster(b, 3)
			b.links[0].Blocked, b.links[0].BlockedAt = "low on memory", start.Add(-12*time.Second)
			b.links[1].Status, b.links[1].Err, b.links[1].Tries, b.links[1].NextTry = broker.LinkConnecting, failed, 3, start.Add(2*time.Second)
			b.links[2].Status, b.links[2].Err = broker.LinkRefused, &broker.Fault{Kind: broker.Refused, What: "login refused"}
		}},
		{"nothing is known yet", func(b *fakeBroker) {
			b.queue = broker.Snapshot{Queue: "task_queue"}
			for i := range b.links {
				b.links[i] = broker.LinkState{Role: b.links[i].Role, Since: start}
			}
		}},
		{"two connections for workers, over TLS that nobody verifies, made anew", func(b *fakeBroker) {
			second := b.links[1]
			second.Index, second.TLS, second.Insecure, second.Generation = 1, true, true, 3
			b.links = append(b.links[:2:2], second, b.links[2])
		}},
	} {
		b := busyBroker()
		c.set(b)
		a := newTestApp(t, 100, 45, b, busyPool(2))
		press(a, "L")
		text.WriteString(heading("%s", c.name) + strings.Join(a.dialog.view(a, 100, 45), "\n") + "\n")
	}
	golden(t, "links", text.String())
}

// The sheet leads on: r tries the links again, which the sheet is about.
func TestLinksRetry(t *testing.T) {
	b := busyBroker()
	b.links[1].Status = broker.LinkRefused
	a := newTestApp(t, 100, 30, b, busyPool(2))
	press(a, "L", "r")
	if a.dialog != nil || len(b.asked) == 0 || b.asked[len(b.asked)-1] != "reconnect" {
		t.Errorf("asked %q, and %T is open", b.asked, a.dialog)
	}
}
