package sandbox

import (
	"encoding/binary"
	"errors"
	"math"
	"unicode/utf8"
)

// table is a field table. Its values are bool, the sized integers but uint64, float32, float64, decimal, string,
// []byte, timestamp, nil, array and table: a Go type for each type on the wire.
type table map[string]any

type array []any

// timestamp is in seconds since 1970.
type timestamp uint64

type decimal struct {
	scale  uint8
	digits uint32
}

// maxTableDepth bounds tables in tables: reading one is recursive.
const maxTableDepth = 64

var (
	errMalformed = errors.New("malformed")
	errNotUTF8   = errors.New("malformed UTF-8 in a short string")
)

// reader takes the fields of a payload in their order. From the first that does not fit on, err is set and every field
// is zero, so that it is enough to look once, after the last one.
type reader struct {
	rest  []byte
	err   error
	depth int
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.rest = nil
}

// take returns the next n octets, which stay the payload's.
func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.fail(errMalformed)
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) octet() uint8 {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) short() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) long() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) longlong() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// flags are up to eight bits that share an octet.
type flags uint8

func (f flags) bit(n int) bool { return f&(1<<n) != 0 }

func (r *reader) flags() flags { return flags(r.octet()) }

func (r *reader) shortstr() string {
	text := r.take(int(r.octet()))
	if !utf8.Valid(text) {
		r.fail(errNotUTF8)
		return ""
	}
	return string(text)
}

func (r *reader) longbytes() []byte {
	n := r.long()
	if uint64(n) > uint64(len(r.rest)) {
		r.fail(errMalformed)
		return nil
	}
	return r.take(int(n))
}

// reserved skips the ticket that most methods still begin with.
func (r *reader) reserved() *reader {
	r.short()
	return r
}

func (r *reader) table() table {
	inner := r.nested()
	t := table{}
	for len(inner.rest) > 0 {
		name := inner.take(int(inner.octet()))
		value := inner.value()
		if inner.err == nil {
			t[string(name)] = value
		}
	}
	r.leave(inner)
	return t
}

func (r *reader) array() array {
	inner := r.nested()
	a := array{}
	for len(inner.rest) > 0 {
		a = append(a, inner.value())
	}
	r.leave(inner)
	return a
}

// nested reads the length before a table or an array, and returns a reader of what it spans.
func (r *reader) nested() *reader {
	inner := &reader{rest: r.longbytes(), depth: r.depth + 1}
	if inner.depth > maxTableDepth {
		inner.fail(errMalformed)
	}
	return inner
}

func (r *reader) leave(inner *reader) {
	if inner.err != nil {
		r.fail(inner.err)
	}
}

func (r *reader) value() any {
	switch r.octet() {
	case 't':
		return r.octet() != 0
	case 'b':
		return int8(r.octet())
	case 'B':
		return r.octet()
	case 's':
		return int16(r.short())
	case 'u':
		return r.short()
	case 'I':
		return int32(r.long())
	case 'i':
		return r.long()
	case 'l', 'L':
		return int64(r.longlong())
	case 'f':
		return math.Float32frombits(r.long())
	case 'd':
		return math.Float64frombits(r.longlong())
	case 'D':
		return decimal{r.octet(), r.long()}
	case 'S':
		return string(r.longbytes())
	case 'x':
		return append([]byte{}, r.longbytes()...)
	case 'T':
		return timestamp(r.longlong())
	case 'A':
		return r.array()
	case 'F':
		return r.table()
	case 'V':
		return nil
	}
	r.fail(errMalformed)
	return nil
}
