package broker

import (
	"slices"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

func TestReplicasAreTold(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	for kind, want := range map[string]int{"quorum": 1, "classic": 0} {
		c := connect(t, node, node.VHost(t).URL(), func(cfg *Config) { cfg.Queue.Type = kind })
		_, err := c.EnsureQueue(within(t, 20*time.Second))
		must(t, err)
		var s Snapshot
		eventually(t, "the type, and who has it", func() bool { // a node that has just started tells a queue's type first
			s = c.Snapshot()
			return s.Type.Value == kind && s.Replicas.Known() == (want > 0)
		})
		got := s.Replicas
		if leader := s.Leader; leader.Known() != (want > 0) || want > 0 && !slices.Contains(got.Value.Members, leader.Value) {
			t.Errorf("%s: the leader is %+v", kind, leader)
		}
		if got.Known() != (want > 0) || len(got.Value.Members) != want || !slices.Equal(got.Value.Members, got.Value.Online) {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

func TestMajority(t *testing.T) {
	nodes := []string{"a", "b", "c", "d", "e"}
	for _, c := range []struct{ members, online, lacking int }{
		{0, 0, 0}, {1, 1, 0}, {1, 0, 1}, {2, 2, 0}, {2, 1, 1}, {3, 2, 0}, {3, 1, 1}, {3, 0, 2}, {5, 3, 0}, {5, 2, 1}, {5, 0, 3},
	} {
		r := Replicas{Members: nodes[:c.members], Online: nodes[:c.online]}
		if got := r.Lacking(); got != c.lacking || len(r.Away()) != c.members-c.online {
			t.Errorf("%d of %d online: %d lacking, away %q", c.online, c.members, got, r.Away())
		}
	}
	if r := (Replicas{Members: nodes}); r.Lacking() != 0 || r.Away() != nil {
		t.Errorf("who is online is not told, and yet %d are lacking, %q away", r.Lacking(), r.Away())
	}
}
