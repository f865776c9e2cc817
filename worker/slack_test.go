package worker

import (
	"runtime"
	"testing"
)

// A pool's slack lets the collector run less often, for as long as there is the pool.
func TestSlackSparesCollections(t *testing.T) {
	var litter []byte
	collections := func() uint32 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for range 64 << 10 {
			litter = make([]byte, 1<<10)
		}
		runtime.ReadMemStats(&after)
		return after.NumGC - before.NumGC
	}
	without := collections()
	pool := New(Config{}, nil, nil, Options{Slack: UsualSlack})
	with := collections()
	runtime.KeepAlive(pool)
	pool = nil
	again := collections()
	runtime.KeepAlive(litter)
	if with > without/2 || again <= with {
		t.Errorf("collected %d times without, %d with, %d after a pool", without, with, again)
	}
}
