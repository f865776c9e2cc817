package worker

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"
	"unsafe"
)

// busyPool returns a pool of n workers that have seen work, without its goroutines.
func busyPool(n int) *Pool {
	cfg := DefaultConfig()
	p := New(cfg, newQueue(), HandlerFunc(func(context.Context, Try) error { return nil }), Options{})
	for id := 1; id <= n; id++ {
		w := newWorker(p, id)
		at := time.Now().Add(-time.Minute)
		for i := range 500 {
			w.row.begin(TaskRef{ID: "0193", Queued: at.Add(-time.Duration(i*id) * time.Microsecond)}, at)
			w.row.end(TaskDone, false, at.Add(time.Duration(i*(id%50+1))*37*time.Microsecond))
		}
		p.workers = append(p.workers, w)
	}
	return p
}

// BenchmarkWorkersOf1000 is what most frames of a screen cost: quantiles are less than half a second old.
func BenchmarkWorkersOf1000(b *testing.B) {
	p := busyPool(1000)
	buf := p.Workers(nil)
	b.ReportAllocs()
	for b.Loop() {
		buf = p.Workers(buf)
	}
}

// BenchmarkQuantilesOf1000 is the costliest frame, twice a second: every row computes its quantiles anew.
func BenchmarkQuantilesOf1000(b *testing.B) {
	p := busyPool(1000)
	buf := p.Workers(nil)
	b.ReportAllocs()
	for b.Loop() {
		for _, w := range p.workers {
			w.row.run.changed, w.row.run.at = true, time.Time{}
			w.row.wait.changed, w.row.wait.at = true, time.Time{}
		}
		buf = p.Workers(buf)
	}
}

// BenchmarkRows reports the memory of a worker's figures.
func BenchmarkRows(b *testing.B) {
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		p := busyPool(1000)
		journal := uint64(len(p.journal.ring)) * uint64(unsafe.Sizeof(Event{}))
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc-journal)/1000, "bytes/worker")
		runtime.KeepAlive(p)
	}
}

// BenchmarkPool is the whole way of a task through the pool, with a queue in memory and a handler that does nothing.
func BenchmarkPool(b *testing.B) {
	for _, n := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("%d workers", n), func(b *testing.B) {
			cfg := DefaultConfig()
			cfg.Count = n
			q := newQueue(tasks(b.N)...)
			p := New(cfg, q, HandlerFunc(func(context.Context, Try) error { return nil }), Options{})
			b.ReportAllocs()
			b.ResetTimer()
			p.Start(b.Context())
			for p.Totals().Done < uint64(b.N) {
				time.Sleep(100 * time.Microsecond)
			}
			b.StopTimer()
			if err := p.Drain(b.Context()); err != nil {
				b.Fatal(err)
			}
		})
	}
}
