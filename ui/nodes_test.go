package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

// inCluster has the broker be a cluster of three nodes, of which the last may be away.
func inCluster(b *fakeBroker, online int) *fakeBroker {
	nodes := []string{"rabbit@n1", "rabbit@n2", "rabbit@n3"}
	b.queue.Type, b.queue.Nodes = known("quorum", start), known(nodes[:online], start)
	b.queue.Replicas = known(broker.Replicas{Members: nodes, Online: nodes[:online]}, start)
	b.queue.Leader = known(nodes[0], start)
	for i := range b.links {
		b.links[i].Node = known(nodes[i%online], start)
	}
	return b
}

// The Queue pane tells of a cluster where it has room: as rows below the figures, or in its lower border.
func TestNodesGolden(t *testing.T) {
	var text strings.Builder
	for _, size := range [][2]int{{160, 45}, {100, 30}, {80, 24}} {
		for _, online := range []int{3, 2} {
			for _, zoomed := range []bool{false, true} {
				a := newTestApp(t, size[0], size[1], inCluster(busyBroker(), online), busyPool(4))
				if a.focus = paneQueue; zoomed {
					press(a, "z")
				}
				a.draw()
				checkFrame(t, a)
				r := a.layout.panes[paneQueue]
				text.WriteString(heading("%dx%d, %d online", size[0], size[1], online))
				for _, line := range strings.Split(a.View(), "\n")[r.Min.Y:min(r.Max.Y, r.Min.Y+12)] {
					text.WriteString(string([]rune(line)[:r.Dx()]) + "\n")
				}
			}
		}
	}
	golden(t, "nodes", text.String())
}

func TestNodeRows(t *testing.T) {
	three := []string{"rabbit@n1", "rabbit@n2", "rabbit@n3"}
	for name, c := range map[string]struct {
		set  func(*fakeBroker)
		want string
	}{
		"one node":      {func(b *fakeBroker) { b.queue.Nodes = known(three[:1], start) }, ""},
		"not told":      {func(*fakeBroker) {}, ""},
		"one member":    {func(b *fakeBroker) { b.queue.Replicas = known(broker.Replicas{Members: three[:1]}, start) }, ""},
		"all is well":   {func(b *fakeBroker) { inCluster(b, 3) }, "members 3 of 3 online · leader n1 | links publish n1 · work n2 · watch n3"},
		"one is away":   {func(b *fakeBroker) { inCluster(b, 2) }, "members 2 of 3 online · leader n1 | links publish n1 · work n2 · watch n1"},
		"on one node":   {func(b *fakeBroker) { inCluster(b, 1) }, "members 1 of 3 online · leader n1 | links all on n1"},
		"no leader":     {func(b *fakeBroker) { inCluster(b, 1).queue.Leader.Value = "" }, "members 1 of 3 online · no leader | links all on n1"},
		"leader untold": {func(b *fakeBroker) { inCluster(b, 1).queue.Leader = broker.Figure[string]{} }, "members 1 of 3 online | links all on n1"},
		"online untold": {func(b *fakeBroker) { inCluster(b, 3).queue.Replicas.Value.Online = nil },
			"members 3 nodes · leader n1 | links publish n1 · work n2 · watch n3"},
		"stale": {func(b *fakeBroker) { inCluster(b, 1).queue.Replicas.At = start.Add(-time.Minute) },
			"members 1 of 3 online · leader n1 (60 s ago) | links all on n1"},
		"a link is down": {func(b *fakeBroker) { inCluster(b, 3).links[1].Node = broker.Figure[string]{} },
			"members 3 of 3 online · leader n1 | links publish n1 · work – · watch n3"},
		"many workers": {func(b *fakeBroker) {
			inCluster(b, 3).links = slices.Insert(b.links, 2, broker.LinkState{Role: broker.RoleWork, Index: 1, Node: known("rabbit@n1", start)})
		}, "members 3 of 3 online · leader n1 | links publish n1 · work n2 n1 · watch n3"},
		"no links": {func(b *fakeBroker) { inCluster(b, 3).links = nil }, "members 3 of 3 online · leader n1 | links "},
		"a classic queue": {func(b *fakeBroker) {
			inCluster(b, 3).queue.Replicas = broker.Figure[broker.Replicas]{}
			b.queue.Node = known("rabbit@n2", start)
		}, "node n2 | links publish n1 · work n2 · watch n3"},
		"a classic queue nowhere": {func(b *fakeBroker) { inCluster(b, 3).queue.Replicas = broker.Figure[broker.Replicas]{} },
			"node – | links publish n1 · work n2 · watch n3"},
	} {
		b := busyBroker()
		c.set(b)
		a := newTestApp(t, 160, 45, b, busyPool(2))
		var got []string
		for _, row := range (&queuePane{drawing: drawing{scene: a.scene, t: a.t, p: &a.pen}}).nodeRows() {
			got = append(got, row.label+" "+row.text)
		}
		if text := strings.Join(got, " | "); text != c.want {
			t.Errorf("%s: %q, want %q", name, text, c.want)
		}
	}
}

func TestShortNodes(t *testing.T) {
	for _, c := range [][2][]string{
		{{"rabbit@a", "rabbit@b"}, {"a", "b"}},
		{{"one@host", "two@host"}, {"one", "two"}},
		{{"one@a", "two@b"}, {"one@a", "two@b"}},
		{{"rabbit@a"}, {"rabbit@a"}},
		{{"rabbit@mq-0.mq.local", "rabbit@mq-1.mq.local"}, {"mq-0", "mq-1"}},
		{{"rabbit@mq.eu", "rabbit@mq.us"}, {"mq.eu", "mq.us"}},
		{{"rabbit@10.0.0.1", "rabbit@192.0.0.1"}, {"10.0.0.1", "192.0.0.1"}},
		{{"nodes", "rabbit@b", ""}, {"nodes", "rabbit@b", ""}},
		{{"rabbit@a", "rabbit@a", "rabbit@b"}, {"a", "a", "b"}},
	} {
		short := shortNodes(c[0])
		var got []string
		for _, node := range c[0] {
			got = append(got, short(node))
		}
		if fmt.Sprint(got) != fmt.Sprint(c[1]) {
			t.Errorf("%q are %q, want %q", c[0], got, c[1])
		}
	}
}
