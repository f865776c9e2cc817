package ui

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However many deliveries there are, and however late they come, a lane counts each in its cell, at every zoom, and what is beyond
// its memory is not observed.
func TestTicksCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lane ticks
		var at []time.Time
		now := start
		for range rapid.IntRange(0, 300).Draw(t, "deliveries") {
			now = now.Add(time.Duration(rapid.Int64Range(-int64(time.Second), int64(20*time.Second)).Draw(t, "later")))
			lane.add(now, false)
			at = append(at, now)
		}
		zoom := rapid.IntRange(0, len(zooms)-1).Draw(t, "zoom")
		length := int64(zooms[zoom])
		newest := lane.strips[zoom].newest
		for back := range int64(slotCount + 5) {
			n, want := newest-back, 0
			for _, d := range at {
				if d.UnixNano()/length == n {
					want++
				}
			}
			if back >= slotCount {
				want = 0
			}
			if got := lane.read(zoom, n); int(got.n) != min(want, mostTicks) {
				t.Fatalf("%d cells back there are %d, want %d", back, got.n, want)
			}
		}
	})
}

func TestTickSigns(t *testing.T) {
	for sign, c := range map[rune]tick{'╌': {}, '│': {n: 1}, '2': {n: 2}, '9': {n: 9}, '+': {n: 10}, '↻': {n: 3, again: true}} {
		if got := c.sign(); got != sign {
			t.Errorf("%+v is drawn as %q, want %q", c, got, sign)
		}
		if inASCII(string(c.sign())) == "?" {
			t.Errorf("%q has no twin", c.sign())
		}
	}
}
