package worker

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestLatencyQuantiles(t *testing.T) {
	var l latency
	at := time.Now()
	if p50, p99 := l.quantiles(at, false); p50 != -1 || p99 != -1 {
		t.Errorf("before any: %v, %v", p50, p99)
	}
	for i := 1; i <= 1000; i++ {
		l.record(time.Duration(i) * time.Millisecond)
	}
	p50, p99 := l.quantiles(at, false)
	if p50 < 495*time.Millisecond || p50 > 505*time.Millisecond || p99 < 980*time.Millisecond || p99 > time.Second {
		t.Errorf("of 1 to 1000 ms: %v, %v", p50, p99)
	}
	for range 100_000 {
		l.record(5 * time.Second)
	}
	if got, _ := l.quantiles(at.Add(latencyRefresh-1), false); got != p50 {
		t.Errorf("computed anew too soon: %v", got)
	}
	if got, _ := l.quantiles(at.Add(latencyRefresh), false); got < 4900*time.Millisecond {
		t.Errorf("not computed anew: %v", got)
	}
}

func TestLatencyTakesAnyTime(t *testing.T) {
	for _, d := range []time.Duration{-time.Hour, 0, 1, time.Hour, 1 << 62} {
		var l latency
		l.record(d)
		if p50, _ := l.quantiles(time.Now(), true); p50 < 0 || p50 > latencyCeiling+time.Minute {
			t.Errorf("%v gave %v", d, p50)
		}
	}
}

func TestRowOfATaskFromTheFuture(t *testing.T) {
	at := time.Now()
	r := newRow(1, "w01", at)
	if wait := r.begin(TaskRef{Queued: at.Add(time.Hour)}, at); wait != 0 {
		t.Errorf("waited %v", wait)
	}
	if wait := r.begin(TaskRef{}, at); wait != -1 {
		t.Errorf("waited %v, though its start is not known", wait)
	}
}

func TestPreviewKeepsLittle(t *testing.T) {
	for _, body := range []string{
		"", "short", strings.Repeat("x", 500), strings.Repeat("xñ", 200), strings.Repeat("€", 200),
	} {
		got := preview([]byte(body))
		tooShort := len(got) < min(len(body), previewSize-utf8.UTFMax+1)
		if !strings.HasPrefix(body, got) || len(got) > previewSize || tooShort || !utf8.ValidString(got) {
			t.Errorf("%q gave %q", body, got)
		}
	}
	if got := preview([]byte(strings.Repeat("\x80", 500))); len(got) < previewSize-utf8.UTFMax {
		t.Errorf("octets gave %d bytes", len(got))
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine(nil); got != "" {
		t.Errorf("nil gave %q", got)
	}
	if got := oneLine(errors.New("a\r\nb\nc\rd")); got != "a b c d" {
		t.Errorf("got %q", got)
	}
	if got := oneLine(errors.New(strings.Repeat("x", 9000))); len(got) > reasonSize+len("…") {
		t.Errorf("%d bytes", len(got))
	}
}

func TestStatesHaveWords(t *testing.T) {
	for s, want := PoolStopped, "stopped running paused held draining"; s <= PoolDraining; s++ {
		if !strings.Contains(want, s.String()) || s.String() == "" {
			t.Errorf("pool state %d is %q", s, s)
		}
	}
	for s, want := StateConnecting, "connecting idle running paused stopping held gone"; s <= StateGone; s++ {
		if !strings.Contains(want, s.String()) || s.String() == "" {
			t.Errorf("state %d is %q", s, s)
		}
	}
}
