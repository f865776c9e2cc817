package ui

import (
	"fmt"
	"strings"

	"carousel/broker"
)

// quorumRule stands before that of lost links, which follow from it: the broker answers nobody who asks to consume, and such a
// link is cut and made again.
var quorumRule = rule{
	name: "no majority", asks: "too few of the queue's nodes are online",
	ask: func(s *scene) (verdict, bool) {
		f := s.queue.Replicas
		if !f.Known() || stale(f, s.now) || f.Value.Lacking() == 0 {
			return verdict{}, false
		}
		away := f.Value.Away()
		are := "is"
		if len(away) > 1 {
			are = "are"
		}
		return verdict{levelAlarm, "no majority", fmt.Sprintf("No majority: %s %s not online, of the %s that hold the queue; %s.",
			strings.Join(away, ", "), are, plural(len(f.Value.Members), "node"), standstill(f.Value))}, true
	},
	why: func(s *scene) reading {
		f := s.queue.Replicas
		n := len(f.Value.Members)
		return reading{
			seen: fmt.Sprintf("The management API told %s ago that %d of the queue's %s are online.",
				s.ago(f.At), n-len(f.Value.Away()), plural(n, "node")),
			how: fmt.Sprintf("Each task is kept on most of the nodes before it counts as stored, and that takes %d of %d; "+
				"until then no publish is confirmed and no task handed out. What was confirmed is safe.", n/2+1, n),
			todo: "Start the nodes that are away; everything goes on by itself then.",
		}
	},
}

// standstill says what it means that a queue lacks its majority.
func standstill(r broker.Replicas) string {
	if n := r.Lacking(); n > 1 {
		return fmt.Sprintf("nothing goes in or out until %d of them are back", n)
	}
	return "nothing goes in or out until one of them is back"
}
