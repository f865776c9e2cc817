package ui

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"carousel/broker"
)

// clustered reports whether the broker is more than one node, as far as it tells.
func (s *scene) clustered() bool {
	return len(s.queue.Nodes.Value) > 1 || len(s.queue.Replicas.Value.Members) > 1
}

// nodeRow is a row of the Queue pane about the nodes of a cluster.
type nodeRow struct {
	label string
	k     ink
	text  string
}

// nodeRows are where the queue is, and where our connections are; none of a broker that is a single node.
func (q *queuePane) nodeRows() []nodeRow {
	if !q.clustered() {
		return nil
	}
	short := shortNodes(q.allNodes())
	return []nodeRow{q.whereQueue(short), {"links", "", q.whereLinks(short)}}
}

// whereQueue is the node of a classic queue; of a queue with members those that are online, and which of them leads.
func (q *queuePane) whereQueue(short func(string) string) nodeRow {
	r := q.queue.Replicas
	if !r.Known() {
		return nodeRow{"node", q.aged(q.queue.Node, ""), short(orUnknown(q.queue.Node.Value))}
	}
	row := nodeRow{"members", "", plural(len(r.Value.Members), "node")}
	away := r.Value.Away()
	if r.Value.Online != nil {
		row.text = fmt.Sprintf("%d of %d online", len(r.Value.Members)-len(away), len(r.Value.Members))
	}
	if len(away) > 0 {
		row.k = q.t.warn
	}
	switch leader := q.queue.Leader; {
	case !leader.Known():
	case leader.Value == "":
		row.k, row.text = q.t.alarm, row.text+" · no leader"
	default:
		row.text += " · leader " + short(leader.Value)
	}
	if stale(r, q.now) {
		row.k, row.text = q.t.dim, row.text+" ("+span(r.Age(q.now))+" ago)"
	}
	return row
}

// aged is the ink of a figure, dim once it is stale.
func (q *queuePane) aged(f broker.Figure[string], k ink) ink {
	if stale(f, q.now) {
		return q.t.dim
	}
	return k
}

// whereLinks names the node of each connection by its role: "publish n1 · work n1 n2 · watch –", or "all on n1".
func (q *queuePane) whereLinks(short func(string) string) string {
	if node, all := q.oneNode(); all {
		return "all on " + short(node)
	}
	var parts []string
	for from := 0; from < len(q.links); {
		to, role := from, q.links[from].Role // those of one role stand together
		var nodes []string
		for ; to < len(q.links) && q.links[to].Role == role; to++ {
			if node := short(orUnknown(q.links[to].Node.Value)); !slices.Contains(nodes, node) {
				nodes = append(nodes, node)
			}
		}
		parts = append(parts, string(role)+" "+strings.Join(nodes, " "))
		from = to
	}
	return strings.Join(parts, " · ")
}

// oneNode is the node that every connection is on, where that is one.
func (s *scene) oneNode() (node string, all bool) {
	if len(s.links) == 0 {
		return "", false
	}
	node = s.links[0].Node.Value
	return node, !slices.ContainsFunc(s.links, func(l broker.LinkState) bool { return !l.Node.Known() || l.Node.Value != node })
}

// allNodes are the names of all nodes that are known of.
func (s *scene) allNodes() []string {
	nodes := slices.Concat(s.queue.Nodes.Value, s.queue.Replicas.Value.Members)
	for i := range s.links {
		if f := s.links[i].Node; f.Known() {
			nodes = append(nodes, f.Value)
		}
	}
	return nodes
}

// shortNodes makes the names of nodes shorter by what all of them share: the part before the "@", the part from there on, or
// the domain of their hosts.
func shortNodes(all []string) func(string) string {
	names, hosts, labels := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, node := range all {
		name, host, _ := strings.Cut(node, "@")
		names[name], hosts[host], labels[firstLabel(host)] = true, true, true
	}
	return func(node string) string {
		name, host, found := strings.Cut(node, "@")
		switch {
		case !found:
		case len(names) == 1 && len(hosts) > 1 && len(labels) == len(hosts):
			return firstLabel(host)
		case len(names) == 1 && len(hosts) > 1:
			return host
		case len(hosts) == 1 && len(names) > 1:
			return name
		}
		return node
	}
}

// firstLabel is a host's name without its domain; an address, which has none, is left as it is.
func firstLabel(host string) string {
	if net.ParseIP(host) != nil {
		return host
	}
	label, _, _ := strings.Cut(host, ".")
	return label
}
