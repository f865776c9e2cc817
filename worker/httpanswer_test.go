package worker

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func TestAskedWait(t *testing.T) {
	for _, c := range []struct {
		value, date string
		want        time.Duration
	}{
		{"", "", 0}, {"0", "", 0}, {"1", "", time.Second}, {" 120 ", "", 2 * time.Minute}, {"007", "", 7 * time.Second},
		{"86400", "", 24 * time.Hour}, {"86401", "", 24 * time.Hour}, {strings.Repeat("9", 400), "", 24 * time.Hour},
		{"-1", "", 0}, {"+1", "", 0}, {"1.5", "", 0}, {"1s", "", 0}, {"soon", "", 0}, {"١", "", 0}, {"1,2", "", 0},
		{"Thu, 26 Nov 2026 12:00:30 GMT", "", 30 * time.Second},
		{"Thursday, 26-Nov-26 12:00:30 GMT", "", 30 * time.Second},
		{"Thu Nov 26 12:00:30 2026", "", 30 * time.Second},
		{"Thu, 26 Nov 2026 11:59:00 GMT", "", 0},
		{"Thu, 26 Nov 2099 12:00:00 GMT", "", 24 * time.Hour},
		{"Thu, 26 Nov 2026 15:00:30 GMT", "Thu, 26 Nov 2026 15:00:00 GMT", 30 * time.Second}, // a clock three hours ahead
		{"Thu, 26 Nov 2026 12:00:30 GMT", "no date", 30 * time.Second},
	} {
		h := http.Header{"Retry-After": {c.value}, "Date": {c.date}}
		if got := askedWait(h, noon); got != c.want {
			t.Errorf("%q at %q: %v, want %v", c.value, c.date, got, c.want)
		}
	}
	if got := askedWait(http.Header{}, noon); got != 0 {
		t.Errorf("none: %v", got)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "120", "-1", "99999999999999999999", "Thu, 26 Nov 2026 12:00:30 GMT", "Thu, 31 Dec 9999 23:59:59 GMT", "1e9", "\x00"} {
		f.Add(s, "Thu, 01 Jan 1970 00:00:00 GMT")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		got := askedWait(http.Header{"Retry-After": {value}, "Date": {date}}, noon)
		if got < 0 || got > backoffCeil {
			t.Fatalf("%q: %v", value, got)
		}
	})
}

// Whatever a producer writes fits into a header, and tells itself apart from anything else.
func FuzzHeaderText(f *testing.F) {
	for _, s := range []string{"", "resize", "a b", "\r\nX-Evil: 1", "100%", "%41", "é\xff\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		encoded := headerText(s)
		for _, c := range []byte(encoded) {
			if c <= ' ' || c >= 0x7f {
				t.Fatalf("%q becomes %q", s, encoded)
			}
		}
		var decoded strings.Builder
		for i := 0; i < len(encoded); i++ {
			if encoded[i] != '%' {
				decoded.WriteByte(encoded[i])
				continue
			}
			hex := func(c byte) byte { return byte(strings.IndexByte("0123456789ABCDEF", c)) }
			decoded.WriteByte(hex(encoded[i+1])<<4 | hex(encoded[i+2]))
			i += 2
		}
		if decoded.String() != s {
			t.Fatalf("%q becomes %q, and that %q", s, encoded, decoded.String())
		}
	})
}

func TestBreaker(t *testing.T) {
	at := noon
	b := breaker{most: 30 * time.Second}
	step := func(means meaning, after, want time.Duration) {
		t.Helper()
		if got := b.ended(verdict{means: means, after: after}, at); got != want {
			t.Errorf("%v after %v: rest %v, want %v", means, at.Sub(noon), got, want)
		}
	}
	for range breakerRow - 1 {
		step(taskFailed, 0, 0)
	}
	step(taskRefused, 0, 0) // it answers
	for range breakerRow - 1 {
		step(taskFailed, 0, 0)
	}
	step(taskFailed, 0, time.Second)
	step(taskFailed, 0, time.Second) // others that were under way
	at = at.Add(400 * time.Millisecond)
	step(endpointOut, time.Hour, 600*time.Millisecond)
	for _, want := range []time.Duration{2, 4, 8, 16, 30, 30} {
		at = at.Add(time.Minute)
		step(endpointOff, 0, want*time.Second)
	}
	for _, want := range []time.Duration{1, 2, 4} { // it answers again, if badly
		at = at.Add(time.Minute)
		step(endpointOut, 0, want*time.Second)
	}
	at = at.Add(time.Minute)
	step(configWrong, 0, 0)
	step(taskDone, 0, 0)
	step(endpointOut, 7*time.Second, 7*time.Second)
	at = at.Add(time.Minute)
	step(endpointOut, time.Hour, 30*time.Second)
	b.most = 0
	at = at.Add(time.Minute)
	step(endpointOff, time.Second, 0)
}
