package metrics

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// page is a document in Prometheus' text format, version 0.0.4: it appends to one buffer and allocates nothing else.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
//
// It is written by hand because all that is shown exists already: a client library would keep it a second time, with a lock and
// an object a series, for a format of two lines. A test has Prometheus' own parser and linter read it.
type page struct {
	text []byte
	name string // of the family that is being written
}

// contentType is that of the format.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// The kinds of family.
const (
	counter       = "counter"
	gauge         = "gauge"
	histogramKind = "histogram"
)

// family begins the next one. All of its samples follow at once.
func (p *page) family(name, kind, help string) {
	p.name = name
	p.text = append(p.text, "# HELP "...)
	p.text = append(p.text, name...)
	p.text = append(p.text, ' ')
	p.text = append(p.text, help...) // ours: it has neither a line break nor a backslash
	p.text = append(p.text, "\n# TYPE "...)
	p.text = append(p.text, name...)
	p.text = append(p.text, ' ')
	p.text = append(p.text, kind...)
	p.text = append(p.text, '\n')
}

// sample writes one of the family, with pairs of label and value.
func (p *page) sample(value float64, labels ...string) { p.suffixed("", value, labels...) }

// count is sample for a number of things.
func (p *page) count(value uint64, labels ...string) { p.suffixed("", float64(value), labels...) }

// flag is sample for what is so, 1, or not, 0.
func (p *page) flag(value bool, labels ...string) {
	if value {
		p.sample(1, labels...)
	} else {
		p.sample(0, labels...)
	}
}

// moment is sample for a point in time, in Unix seconds.
func (p *page) moment(t time.Time, labels ...string) {
	p.sample(float64(t.UnixMilli())/1000, labels...)
}

func (p *page) suffixed(suffix string, value float64, labels ...string) {
	p.text = append(p.text, p.name...)
	p.text = append(p.text, suffix...)
	for i := 0; i+1 < len(labels); i += 2 {
		p.text = append(p.text, "{,"[min(i, 1)])
		p.text = append(p.text, labels[i]...)
		p.text = append(p.text, '=', '"')
		p.text = appendEscaped(p.text, labels[i+1])
		p.text = append(p.text, '"')
	}
	if len(labels) > 0 {
		p.text = append(p.text, '}')
	}
	p.text = append(p.text, ' ')
	p.text = appendValue(p.text, value)
	p.text = append(p.text, '\n')
}

// observed writes a histogram with one label.
func (p *page) observed(h *histogram, label, value string) {
	var all uint64
	for i, n := range h.counts {
		all += n
		bound := "+Inf"
		if i < len(bounds) {
			bound = boundTexts[i]
		}
		p.suffixed("_bucket", float64(all), label, value, "le", bound)
	}
	p.suffixed("_sum", h.sum, label, value)
	p.suffixed("_count", float64(all), label, value)
}

// boundTexts are the bounds in seconds.
var boundTexts = func() (texts [len(bounds)]string) {
	for i, bound := range bounds {
		texts[i] = strconv.FormatFloat(bound.Seconds(), 'g', -1, 64)
	}
	return texts
}()

func appendValue(text []byte, value float64) []byte {
	switch {
	case math.IsInf(value, 1):
		return append(text, "+Inf"...)
	case value == math.Trunc(value) && math.Abs(value) < 1<<53:
		return strconv.AppendInt(text, int64(value), 10)
	}
	return strconv.AppendFloat(text, value, 'g', -1, 64)
}

func appendEscaped(text []byte, value string) []byte {
	if !strings.ContainsAny(value, "\\\"\n") {
		return append(text, value...)
	}
	for i := range len(value) {
		switch c := value[i]; c {
		case '\\', '"':
			text = append(text, '\\', c)
		case '\n':
			text = append(text, '\\', 'n')
		default:
			text = append(text, c)
		}
	}
	return text
}
