package ui

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestFigures(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{count(0), "0"}, {count(999), "999"}, {count(1284), "1 284"}, {count(1000005), "1 000 005"}, {count(-1284), "-1 284"},
		{string(appendCountIn(nil, 1284000, 9)), "1 284 000"}, {string(appendCountIn(nil, 1284000, 6)), "1.3M"},
		{string(appendCountIn(nil, 999_999, 6)), "1.0M"}, {string(appendCountIn(nil, 250_000, 6)), "250k"},
		{string(appendBytes(nil, 12)), "12 B"}, {string(appendBytes(nil, 1_234_567)), "1.2 MB"},
		{rate(0), "0/s"}, {rate(0.02), "0.02/s"}, {rate(7.31), "7.3/s"}, {rate(85.4), "85/s"}, {rate(12345), "12 345/s"},
		{span(-1), "–"}, {span(0), "0 s"}, {span(300 * time.Microsecond), "0.3 ms"}, {span(23 * time.Millisecond), "23 ms"},
		{span(999600 * time.Microsecond), "1.0 s"}, {span(2100 * time.Millisecond), "2.1 s"}, {span(3 * time.Second), "3 s"},
		{span(15 * time.Second), "15 s"}, {span(130 * time.Second), "2 min"}, {span(125 * time.Minute), "2 h 5 min"},
		{span(99 * 24 * time.Hour), "99 days"},
		{string(appendAge(nil, 300*time.Millisecond)), "0 s"}, {string(appendAge(nil, 5*time.Minute)), "5 min"},
		{string(appendAge(nil, 3*time.Hour)), "3 h"}, {string(appendAge(nil, 2000*time.Hour)), "83 days"},
		{string(appendAge(nil, 999*24*time.Hour)), "999 d"},
		{string(appendShare(nil, 0.003)), "0.3 %"}, {string(appendShare(nil, 0.94)), "94 %"}, {string(appendShare(nil, 0)), "0 %"},
		{string(appendElapsed(nil, 120*time.Millisecond)), "0.1 s"}, {string(appendElapsed(nil, 3*time.Minute)), "3 min"},
		{plural(1, "worker"), "1 worker"}, {plural(2000, "worker"), "2 000 workers"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// A figure in a column must not push its neighbours, however large it grows.
func TestFiguresStayInTheirColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1<<60).Draw(t, "n")
		if b := appendCountIn(nil, n, 6); len(b) > 6 {
			t.Fatalf("%q has %d cells", b, len(b))
		}
		d := time.Duration(rapid.Int64Range(0, int64(300*24*time.Hour)).Draw(t, "d"))
		if b := appendSpan(nil, d); len(b) > 11 {
			t.Fatalf("%q has %d cells", b, len(b))
		}
		if b := appendAge(nil, d); len(b) > 7 {
			t.Fatalf("%q has %d cells", b, len(b))
		}
	})
}
