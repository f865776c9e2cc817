package ui

import (
	"testing"
	"time"
	"unsafe"

	"carousel/worker"

	"pgregory.net/rapid"
)

// Whatever is added in whichever order: the blocks stay sorted and apart, take turns in their tone, and are never more than there is
// room for, also when that shrinks.
func TestBlocksStaySorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s blocks
		for range rapid.IntRange(0, 120).Draw(t, "blocks") {
			from := rapid.Int64Range(0, 1000).Draw(t, "from")
			b := block{start: from, end: from + rapid.Int64Range(1, 100).Draw(t, "run")}
			room := rapid.IntRange(1, 20).Draw(t, "room")
			s.add(b, room)
			if s.n > room || s.n < 1 || len(s.ring) > max(20, room) {
				t.Fatalf("%d blocks in a ring of %d, with room for %d", s.n, len(s.ring), room)
			}
			if newest := s.at(s.n - 1); newest.start != b.start || newest.end != b.end {
				t.Fatalf("the newest block is %+v, not %+v", newest, b)
			}
			if s.forgot > s.at(0).start && s.at(0).start >= from && s.n > 1 {
				t.Fatalf("a block ended at %d, after the oldest that is kept began: %+v", s.forgot, s.at(0))
			}
		}
		for i := 1; i < s.n; i++ {
			before, b := s.at(i-1), s.at(i)
			if before.end > b.start || before.odd == b.odd {
				t.Fatalf("block %d is %+v, after %+v", i, b, before)
			}
			if got := s.from(b.start); got != i {
				t.Fatalf("the first block that ends after %d is %d, not %d", b.start, got, i)
			}
			if s.known(b.start) != b || s.known(b.start+1) == b {
				t.Fatalf("block %d is not known by its start", i)
			}
		}
	})
}

// A thousand workers stay within their memory, with as many tasks as may come.
func TestLanesAreBounded(t *testing.T) {
	const workers = 1000
	h := newHistory()
	ws := make([]worker.WorkerStatus, workers)
	for i := range ws {
		ws[i].ID = i + 1
	}
	h.keep(start, ws)
	for n := range 3 * blockCount {
		id, at := n%3+1, start.Add(time.Duration(n)*time.Second)
		h.event(&worker.Event{At: at, Kind: worker.TaskDone, Worker: id, Run: time.Millisecond})
	}
	if n := h.lanes[1].blocks.n; n != blockRoom(workers) || n < blockLeast {
		t.Errorf("a lane of %d keeps %d blocks", workers, n)
	}
	if n := blockRoom(8); n != blockCount {
		t.Errorf("a lane of 8 keeps %d blocks", n)
	}
	all := workers * (unsafe.Sizeof(lane{}) + uintptr(blockRoom(workers))*unsafe.Sizeof(block{}))
	if all > 30<<20 {
		t.Errorf("%d lanes may take %d MB", workers, all>>20)
	}
}

func TestClockSetBackBeginsAnew(t *testing.T) {
	h := newHistory()
	h.keep(start, []worker.WorkerStatus{{ID: 1}})
	h.apply(start.Add(time.Minute), nil, 0)
	back := start.Add(-time.Hour)
	h.apply(back, []worker.Event{{At: back.Add(time.Second), Kind: worker.TaskDone, Worker: 1, Run: time.Second}}, 0)
	if got := drawLane(h.lanes[1], worker.WorkerStatus{ID: 1}, back.Add(4*time.Second), 8); got != "╌╌╌█    " {
		t.Errorf("got %q", got)
	}
}
