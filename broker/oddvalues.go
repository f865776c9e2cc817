package broker

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// The kinds below take what RabbitMQ may send in a place (a number, a number in quotes, "undefined", null, nothing) and keep
// whether it was there. Nothing makes the rest of the answer unreadable.

type num struct {
	value float64
	known bool
}

func (n *num) UnmarshalJSON(raw []byte) error {
	v, err := strconv.ParseFloat(string(bytes.Trim(raw, `"`)), 64)
	if err == nil && math.Abs(v) < 1<<62 { // what no count can be, NaN and the infinities that ParseFloat takes among it
		n.value, n.known = v, true
	}
	return nil
}

type text struct {
	value string // made plain
	raw   string
	known bool
}

func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil && s != "undefined" && string(raw) != "null" {
		t.value, t.raw, t.known = Plain(s), s, true
	}
	return nil
}

type flag struct{ value, known bool }

func (f *flag) UnmarshalJSON(raw []byte) error {
	if s := string(raw); s == "true" || s == "false" {
		f.value, f.known = s == "true", true
	}
	return nil
}
