package ui

import (
	"math"
	"slices"
	"testing"
	"time"

	"carousel/worker"

	"pgregory.net/rapid"
)

func TestDepthKeepsGaps(t *testing.T) {
	var d depth
	at := time.Unix(1_700_000_000-1_700_000_000%100, 0)
	d.record(at.Add(-9*time.Minute), 1)
	d.record(at.Add(-95*time.Second), 7)
	d.record(at.Add(-5*time.Second), 3)
	d.record(at.Add(-4*time.Second), 9)
	d.record(at.Add(-11*time.Minute), 1000) // older than the window
	columns := make([]int64, 60)
	d.columns(at.Add(-time.Second), columns)
	if columns[59] != 9 || columns[50] != 7 || columns[58] != -1 || slices.Max(columns) != 9 {
		t.Errorf("columns %v", columns)
	}
}

func TestDepthWindowGrows(t *testing.T) {
	var d depth
	d.record(start, 1)
	for after, want := range map[time.Duration]time.Duration{
		0: time.Minute, 59 * time.Second: time.Minute, time.Minute: 2 * time.Minute, 3 * time.Minute: 5 * time.Minute,
		5 * time.Minute: depthWindow, time.Hour: depthWindow,
	} {
		if got := d.window(start.Add(after)); got != want {
			t.Errorf("after %v: %v, want %v", after, got, want)
		}
	}
}

// The trend of a straight line is its slope, whatever samples are missing.
func TestTrendFindsTheSlope(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slope, base := rapid.Int64Range(-50, 50).Draw(t, "slope"), int64(5000)
		var d depth
		seen := 0
		for s := range int64(31) {
			if s == 0 || s == 30 || rapid.Bool().Draw(t, "seen") {
				d.record(start.Add(time.Duration(s-30)*time.Second), base+slope*s)
				seen++
			}
		}
		got, known := d.trend(start, time.Time{})
		if known != (seen >= 5) {
			t.Fatalf("known is %v with %d samples", known, seen)
		}
		if known && math.Abs(got-float64(slope)) > 1e-6 {
			t.Fatalf("trend %v, want %d", got, slope)
		}
	})
}

// A batch that came a while ago is no reason to call a queue that drains a growing one.
func TestTrendTurnsWithTheQueue(t *testing.T) {
	var d depth
	for s := range int64(31) {
		depth := 60 * s
		if s > 20 {
			depth = 60*20 - 10*(s-20)
		}
		d.record(start.Add(time.Duration(s-30)*time.Second), depth)
	}
	if got, known := d.trend(start, time.Time{}); !known || math.Abs(got+10) > 1e-6 {
		t.Errorf("trend %v, want -10", got)
	}
}

func TestDrainTime(t *testing.T) {
	if got := drainTime(1200, -10); got != 2*time.Minute {
		t.Errorf("got %v", got)
	}
	if got := drainTime(math.MaxInt64, -1e-9); got <= 0 {
		t.Errorf("a drain of ages overflows: %v", got)
	}
}

func TestAreaRows(t *testing.T) {
	columns := []int64{-1, 0, 1, 4, 8, 8}
	var rows []string
	for y := range 2 {
		rows = append(rows, string(areaRow(nil, columns, 8, y, 2)))
	}
	if want := []string{"⠀⠀⣿", "⢀⣸⣿"}; !slices.Equal(rows, want) {
		t.Errorf("got %q, want %q", rows, want)
	}
}

func TestPace(t *testing.T) {
	var p pace
	if p.rates().known {
		t.Error("a rate is known before anything was seen")
	}
	for s := range 30 {
		p.record(start.Add(time.Duration(s)*time.Second), []worker.WorkerStatus{
			{Done: uint64(10 * s), BusyTime: time.Duration(s) * 500 * time.Millisecond, UpTime: time.Duration(s) * time.Second},
			{Failed: uint64(2 * s), BusyTime: time.Duration(s) * time.Second, UpTime: time.Duration(s) * time.Second},
		})
	}
	r := p.rates()
	if !r.known || math.Abs(r.finish-12) > 1e-9 || math.Abs(r.busy-0.75) > 1e-9 || math.Abs(r.each-6) > 1e-9 || !r.settled {
		t.Errorf("%+v", r)
	}
	if n := len(p.totals); n > 22 {
		t.Errorf("%d totals are kept", n)
	}
}
