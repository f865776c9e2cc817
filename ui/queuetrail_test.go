package ui

import (
	"fmt"
	"math"
	"testing"
	"time"

	"carousel/broker"

	"pgregory.net/rapid"
)

func TestTrail(t *testing.T) {
	var tr trail
	for i, ready := range []int64{0, 1, 50, 100} {
		tr.record(start.Add(time.Duration(i-5)*trailSlot), ready)
	}
	tr.record(start, 200)
	tr.record(start.Add(time.Second), 100) // the same slot: the newer one counts
	tr.record(start.Add(-time.Hour), 9999) // too old
	if got := tr.blocks(start); string(got[:]) != "      ▁▂▄▇ ▇" {
		t.Errorf("%q", string(got[:]))
	}
	if got := tr.blocks(start.Add(time.Minute)); string(got[:]) != "            " {
		t.Errorf("a minute later: %q", string(got[:]))
	}
	var none *trail
	if got := none.blocks(start); got[0] != ' ' {
		t.Errorf("of a queue never seen: %q", string(got[:]))
	}
}

func TestTrailOfAnyDepth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var tr trail
		for range rapid.IntRange(0, 20).Draw(t, "samples") {
			at := start.Add(time.Duration(rapid.IntRange(-100, 100).Draw(t, "at")) * time.Second)
			tr.record(at, rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, math.MaxInt64, math.MinInt64})).Draw(t, "ready"))
		}
		for _, r := range tr.blocks(start) {
			if r != ' ' && (r < '▁' || r > '▇') {
				t.Fatalf("block %q", r)
			}
		}
	})
}

// However many queues there are, a bounded number is remembered, those seen last among them.
func TestTrailsAreBounded(t *testing.T) {
	m := trails{}
	for i := range 3 * trailsMost {
		at := start.Add(time.Duration(i) * 10 * time.Millisecond)
		m.record([]broker.QueueRow{{Name: fmt.Sprint("q", i), Ready: known(int64(1), at)}, {Name: "here", Ready: known(int64(2), at)}})
		if len(m) > trailsMost {
			t.Fatalf("%d queues are remembered", len(m))
		}
	}
	if m["here"] == nil || m[fmt.Sprint("q", 3*trailsMost-1)] == nil {
		t.Error("those seen last are forgotten")
	}
	m.record([]broker.QueueRow{{Name: "unknown"}})
	if m["unknown"] != nil {
		t.Error("a depth that is not known is remembered")
	}
}
