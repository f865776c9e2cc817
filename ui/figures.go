package ui

import (
	"math"
	"strconv"
	"time"
)

// Figures are appended to a scratch buffer rather than made into strings: a frame has hundreds of them.

// unknown is drawn for a number that is not known; never 0.
const unknown = "–"

// appendCount groups thousands by a space: 1 284.
func appendCount(b []byte, n int64) []byte {
	if n < 0 {
		return appendCount(append(b, '-'), -max(n, -math.MaxInt64)) // the least number has no opposite
	}
	if n < 1000 {
		return strconv.AppendInt(b, n, 10)
	}
	b = appendCount(b, n/1000)
	n %= 1000
	return append(b, ' ', byte('0'+n/100), byte('0'+n/10%10), byte('0'+n%10))
}

// appendCountIn is appendCount where it fits in w cells, else in thousands, millions … with one decimal.
func appendCountIn(b []byte, n int64, w int) []byte {
	start := len(b)
	if b = appendCount(b, n); len(b)-start <= w {
		return b
	}
	return appendScaled(b[:start], float64(n), 1000, []string{"", "k", "M", "G", "T", "P"})
}

// appendBytes writes a size in decimal units: 1.2 MB.
func appendBytes(b []byte, n int64) []byte {
	return appendScaled(b, float64(n), 1000, []string{" B", " kB", " MB", " GB", " TB", " PB"})
}

func appendScaled(b []byte, x, step float64, units []string) []byte {
	unit := 0
	for math.Abs(x) >= step*0.9995 && unit < len(units)-1 {
		x /= step
		unit++
	}
	decimals := 0
	if unit > 0 && math.Abs(x) < 99.95 {
		decimals = 1
	}
	b = strconv.AppendFloat(b, x, 'f', decimals, 64)
	return append(b, units[unit]...)
}

// maxRate is more than any rate; a broker may say any number.
const maxRate = 1e15

// appendRate writes a number a second with two telling digits below ten: 85/s, 7.3/s, 0.02/s.
func appendRate(b []byte, x float64) []byte {
	switch {
	case math.Abs(x) < 0.005:
		b = append(b, '0')
	case math.Abs(x) < 0.1:
		b = strconv.AppendFloat(b, x, 'f', 2, 64)
	case math.Abs(x) < 9.95:
		b = strconv.AppendFloat(b, x, 'f', 1, 64)
	default:
		b = appendCount(b, int64(math.Round(max(-maxRate, min(x, maxRate)))))
	}
	return append(b, "/s"...)
}

// appendSpan writes a duration with its unit, short and steady in width: 23 ms, 0.8 s, 15 s, 3 min, 2 h 5 min. A
// negative one is not known.
func appendSpan(b []byte, d time.Duration) []byte {
	switch {
	case d < 0:
		return append(b, unknown...)
	case d == 0:
		return append(b, "0 s"...)
	case d%time.Second == 0 && d < 10*time.Second:
		return append(strconv.AppendInt(b, int64(d/time.Second), 10), " s"...)
	case d < 9950*time.Microsecond:
		return append(strconv.AppendFloat(b, d.Seconds()*1e3, 'f', 1, 64), " ms"...)
	case d < 999500*time.Microsecond:
		return append(strconv.AppendInt(b, d.Round(time.Millisecond).Milliseconds(), 10), " ms"...)
	case d < 9950*time.Millisecond:
		return append(strconv.AppendFloat(b, d.Seconds(), 'f', 1, 64), " s"...)
	case d < 99500*time.Millisecond:
		return append(strconv.AppendInt(b, int64(d.Round(time.Second).Seconds()), 10), " s"...)
	case d < 99*time.Minute+30*time.Second:
		return append(strconv.AppendInt(b, int64(d.Round(time.Minute).Minutes()), 10), " min"...)
	case d < 48*time.Hour:
		d = d.Round(time.Minute)
		b = append(strconv.AppendInt(b, int64(d.Hours()), 10), " h "...)
		return append(strconv.AppendInt(b, int64(d.Minutes())%60, 10), " min"...)
	}
	return append(appendCount(b, int64(d.Hours()/24)), " days"...)
}

// appendElapsed writes how long something has been going on, in tenths of a second at first: finer digits of what runs
// would only flicker.
func appendElapsed(b []byte, d time.Duration) []byte {
	if d < 9950*time.Millisecond {
		return append(strconv.AppendFloat(b, max(0, d).Seconds(), 'f', 1, 64), " s"...)
	}
	return appendSpan(b, d)
}

// appendAge writes how old something is, in whole units: 0 s, 12 s, 4 min, 2 h, 9 days. It takes at most seven cells, and so
// hundreds of days are 400 d.
func appendAge(b []byte, d time.Duration) []byte {
	switch {
	case d < 100*time.Second:
		return append(strconv.AppendInt(b, int64(d.Seconds()), 10), " s"...)
	case d < 100*time.Minute:
		return append(strconv.AppendInt(b, int64(d.Minutes()), 10), " min"...)
	case d < 100*time.Hour:
		return append(strconv.AppendInt(b, int64(d.Hours()), 10), " h"...)
	}
	unit := " days"
	if d >= 100*24*time.Hour {
		unit = " d"
	}
	return append(strconv.AppendInt(b, int64(d.Hours()/24), 10), unit...)
}

// appendShare writes a share of 1 as a percentage: 94 %, 0.3 %.
func appendShare(b []byte, x float64) []byte {
	decimals := 0
	if x > 0.0005 && x < 0.0995 {
		decimals = 1
	}
	return append(strconv.AppendFloat(b, 100*x, 'f', decimals, 64), " %"...)
}

// appendIndex writes a fairness index, which is between 0 and 1.
func appendIndex(b []byte, x float64) []byte { return strconv.AppendFloat(b, x, 'f', 3, 64) }

func count(n int64) string        { return string(appendCount(nil, n)) }
func rate(x float64) string       { return string(appendRate(nil, x)) }
func span(d time.Duration) string { return string(appendSpan(nil, d)) }

// age is how long before now something was, in whole seconds.
func age(now, t time.Time) string { return span(max(0, now.Sub(t)).Truncate(time.Second)) }

// plural is the count with its noun: 1 worker, 2 workers.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return count(int64(n)) + " " + noun + "s"
}
