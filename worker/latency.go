package worker

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	latencyCeiling = time.Hour              // longer ones are counted as this long
	latencyDigits  = 2                      // significant digits of a quantile
	latencyRefresh = 500 * time.Millisecond // a screen reads no faster
)

// latency is a distribution of measured times with its quantiles. It is guarded by its row.
type latency struct {
	// The newest times, in microseconds, which are not in hist yet. With a thousand workers each one's histogram is out of the
	// processor's caches by its next task, and to fetch it for a single time would be the dearest part of the bookkeeping.
	fresh    [14]uint32
	pending  uint8
	hist     *hdrhistogram.PackedHistogram // of microseconds; nil before the first ones
	changed  bool                          // since the quantiles were computed
	at       time.Time                     // when they were
	p50, p99 time.Duration
}

// record adds one time.
func (l *latency) record(d time.Duration) {
	l.fresh[l.pending] = uint32(min(max(d, 0), latencyCeiling).Microseconds())
	if l.pending++; int(l.pending) == len(l.fresh) {
		l.file()
	}
	l.changed = true
}

// file puts the newest times into the histogram. Buckets are allocated as they are first hit: a dense histogram takes 27 kB
// whatever it holds, which two for each of a thousand workers would not be worth.
func (l *latency) file() {
	if l.hist == nil {
		l.hist = hdrhistogram.NewPacked(1, latencyCeiling.Microseconds(), latencyDigits)
	}
	for _, us := range l.fresh[:l.pending] {
		_ = l.hist.RecordValue(int64(us)) // clamped to what it takes
	}
	l.pending = 0
}

// quantiles returns the median and the 99th percentile, -1 each before any time was recorded. They may be half a second
// old, unless final asks for the last word.
func (l *latency) quantiles(now time.Time, final bool) (p50, p99 time.Duration) {
	if l.hist == nil && l.pending == 0 {
		return -1, -1
	}
	if l.changed && (final || now.Sub(l.at) >= latencyRefresh) {
		l.file()
		l.p50 = time.Duration(l.hist.ValueAtPercentile(50)) * time.Microsecond
		l.p99 = time.Duration(l.hist.ValueAtPercentile(99)) * time.Microsecond
		l.at, l.changed = now, false
	}
	return l.p50, l.p99
}
