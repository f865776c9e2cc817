package worker

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

func TestJain(t *testing.T) {
	for _, c := range []struct {
		xs, ts []float64
		want   float64
	}{
		{nil, nil, 1},
		{[]float64{0, 0}, []float64{1, 1}, 1},
		{[]float64{5}, []float64{3}, 1},
		{[]float64{3, 3, 3}, []float64{2, 2, 2}, 1},
		{[]float64{1, 0, 0, 0}, []float64{7, 7, 7, 7}, 0.25},
		{[]float64{1, 2, 3}, []float64{1, 1, 1}, 36.0 / 42},
		{[]float64{1e300, 1e300}, []float64{1, 1}, 1},
		{[]float64{1e-300, 0}, []float64{1, 1}, 0.5},
		{[]float64{4, 2}, []float64{2, 1}, 1},             // the same rate, for half the time
		{[]float64{4, 0}, []float64{3, 1}, 16.0 / 64 * 3}, // (4)²/(4 · 16/3)
		{[]float64{3, 3, 0}, []float64{1, 1, 0}, 1},       // without time
		{[]float64{1, 1}, []float64{0, 0}, 1},
	} {
		if got := jain(c.xs, c.ts); !near(got, c.want) {
			t.Errorf("jain(%v, %v) = %v, want %v", c.xs, c.ts, got, c.want)
		}
	}
}

func TestJainProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		xs := rapid.SliceOfN(rapid.Float64Range(0, 1e12), 1, 50).Draw(t, "xs")
		ts := rapid.SliceOfN(rapid.Float64Range(1e-3, 1e6), len(xs), len(xs)).Draw(t, "ts")
		equal, scaled, later := make([]float64, len(xs)), make([]float64, len(xs)), make([]float64, len(ts))
		for i := range xs {
			equal[i], scaled[i], later[i] = 5, xs[i]*1000, ts[i]*1000
		}
		j := jain(xs, ts)
		if !(j > 0 && j <= 1+1e-9) || !near(j, jain(scaled, later)) || !near(jain(ts, ts), 1) {
			t.Fatalf("jain(%v, %v) = %v; scaled %v; of equal rates %v", xs, ts, j, jain(scaled, later), jain(ts, ts))
		}
		if least := 1 / float64(len(xs)); jain(xs, equal) < least-1e-9 {
			t.Fatalf("jain(%v) over equal times = %v", xs, jain(xs, equal))
		}
	})
}

func TestNoiseFloor(t *testing.T) {
	for _, c := range []struct {
		tasks   uint64
		workers int
		want    float64
	}{{0, 8, 0}, {40, 0, 0}, {40, 8, 40.0 / 47}, {1, 1, 1}, {10000, 8, 10000.0 / 10007}} {
		if got := noiseFloor(c.tasks, c.workers); !near(got, c.want) {
			t.Errorf("noiseFloor(%d, %d) = %v, want %v", c.tasks, c.workers, got, c.want)
		}
	}
}

func TestMakespanBound(t *testing.T) {
	for _, c := range []struct {
		total, longest time.Duration
		m              int
		want           time.Duration
	}{
		{80 * time.Second, 3 * time.Second, 8, 10 * time.Second},
		{80 * time.Second, 30 * time.Second, 8, 30 * time.Second},
		{80 * time.Second, time.Second, 0, 0},
	} {
		if got := MakespanBound(c.total, c.longest, c.m); got != c.want {
			t.Errorf("MakespanBound(%v, %v, %d) = %v, want %v", c.total, c.longest, c.m, got, c.want)
		}
	}
}

func TestFairnessOf(t *testing.T) {
	if got := FairnessOf(nil); got != (Fairness{Busy: 1, Count: 1}) {
		t.Errorf("of nothing: %+v", got)
	}
	got := FairnessOf([]WorkerStatus{
		{Done: 1, BusyTime: 3 * time.Second, UpTime: 4 * time.Second},
		{Done: 1, Failed: 1, BusyTime: 3 * time.Second, UpTime: 4 * time.Second},
		{Done: 3, BusyTime: 3 * time.Second, UpTime: 4 * time.Second},
	})
	if got.Workers != 3 || got.Tasks != 6 || !near(got.Busy, 1) || !near(got.Count, 36.0/42) || !near(got.Noise, 0.75) {
		t.Errorf("%+v", got)
	}
}

func TestFairnessOfWorkersThatCameLater(t *testing.T) {
	rows := make([]WorkerStatus, 9)
	for i := range rows {
		rows[i] = WorkerStatus{Done: 3240, BusyTime: 54 * time.Minute, UpTime: time.Hour}
	}
	rows[8] = WorkerStatus{UpTime: time.Second} // and nothing to do yet
	if got := FairnessOf(rows); got.Busy < 0.9999 || got.Count < 0.9999 {
		t.Errorf("a second after it came: %+v", got)
	}
	rows[8] = WorkerStatus{Done: 540, BusyTime: 9 * time.Minute, UpTime: 10 * time.Minute}
	if got := FairnessOf(rows); !near(got.Busy, 1) || !near(got.Count, 1) {
		t.Errorf("ten minutes after it came: %+v", got)
	}
	rows[8] = WorkerStatus{UpTime: time.Hour}
	if got := FairnessOf(rows); !near(got.Busy, 8.0/9) {
		t.Errorf("of one that got nothing for an hour: %+v", got)
	}
}

func TestIdleBacklog(t *testing.T) {
	var b IdleBacklog
	if _, known := b.Share(); known {
		t.Error("known before anything was seen")
	}
	stretch := func(ready int64, d time.Duration, idle int) {
		b.Observe(d, idle, 4)
		b.Counted(ready)
	}
	stretch(10, time.Second, 4) // the first count: what was before it, nobody knows
	stretch(0, time.Second, 4)  // no backlog at the end: everybody may be idle
	stretch(1, time.Second, 4)  // nor at the beginning: the one came a moment ago
	stretch(0, time.Second, 4)
	stretch(10, time.Second, 4)
	stretch(10, time.Minute, 4) // too long to tell
	if _, known := b.Share(); known {
		t.Error("known without a backlog")
	}
	b.Observe(2*time.Second, 0, 4)
	stretch(10, time.Second, 0)
	b.Observe(-time.Second, 4, 4)
	stretch(10, time.Second, 2)
	if share, known := b.Share(); !known || !near(share, 2.0/16) {
		t.Errorf("share %v, %v", share, known)
	}
	stretch(1, 4*time.Second, 4) // one task keeps one worker idle, not four
	if share, _ := b.Share(); !near(share, 6.0/32) {
		t.Errorf("share %v", share)
	}
}
