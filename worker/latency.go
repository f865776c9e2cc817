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
	hist     *hdrhistogram.PackedHistogram // of microseconds; nil before the first one
	changed  bool                          // since the quantiles were computed
	at       time.Time                     // when they were
	p50, p99 time.Duration
}

// record adds one time. Buckets are allocated as they are first hit: a dense histogram takes 27 kB whatever it holds,
// which two for each of a thousand workers would not be worth.
func (l *latency) record(d time.Duration) {
	if l.hist == nil {
		l.hist = hdrhistogram.NewPacked(1, latencyCeiling.Microseconds(), latencyDigits)
	}
	_ = l.hist.RecordValue(min(max(d, 0), latencyCeiling).Microseconds()) // clamped to what it takes
	l.changed = true
}

// quantiles returns the median and the 99th percentile, -1 each before any time was recorded. They may be half a second
// old, unless final asks for the last word.
func (l *latency) quantiles(now time.Time, final bool) (p50, p99 time.Duration) {
	if l.hist == nil {
		return -1, -1
	}
	if l.changed && (final || now.Sub(l.at) >= latencyRefresh) {
		l.p50 = time.Duration(l.hist.ValueAtPercentile(50)) * time.Microsecond
		l.p99 = time.Duration(l.hist.ValueAtPercentile(99)) * time.Microsecond
		l.at, l.changed = now, false
	}
	return l.p50, l.p99
}
