package sandbox

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
)

const maxShortstr = 255

// longstr is an argument of a method that goes out with a long length.
type longstr string

var big = binary.BigEndian

// appendMethod appends a method's frame. Arguments are encoded by their Go type: string as a short string, longstr as a
// long one, sized integers as they are, table, and bools that stand together as the bits of one octet.
func appendMethod(buf []byte, channel uint16, m method, args ...any) []byte {
	buf, start := openFrame(buf, frameMethod, channel)
	buf = big.AppendUint32(buf, uint32(m))
	bit := 0 // of the octet that collects bools
	for _, arg := range args {
		set, isBool := arg.(bool)
		if !isBool {
			bit = 0
			buf = appendArgument(buf, arg)
			continue
		}
		if bit == 0 {
			buf = append(buf, 0)
		}
		if set {
			buf[len(buf)-1] |= 1 << bit
		}
		bit = (bit + 1) % 8
	}
	return closeFrame(buf, start)
}

func appendArgument(buf []byte, arg any) []byte {
	switch v := arg.(type) {
	case uint8:
		return append(buf, v)
	case uint16:
		return big.AppendUint16(buf, v)
	case uint32:
		return big.AppendUint32(buf, v)
	case uint64:
		return big.AppendUint64(buf, v)
	case string:
		return appendShortstr(buf, v)
	case longstr:
		return appendLongstr(buf, string(v))
	case table:
		return appendTable(buf, v)
	}
	panic(fmt.Sprintf("sandbox: a method has an argument of type %T", arg))
}

// appendShortstr cuts what is longer than a short string can be, as a dead-letter routing key may be.
func appendShortstr(buf []byte, s string) []byte {
	s = s[:min(len(s), maxShortstr)]
	return append(append(buf, uint8(len(s))), s...)
}

func appendLongstr(buf []byte, s string) []byte {
	return append(big.AppendUint32(buf, uint32(len(s))), s...)
}

// appendTable appends the entries by name, so that equal tables are equal octets.
func appendTable(buf []byte, t table) []byte {
	start := len(buf)
	buf = append(buf, 0, 0, 0, 0)
	for _, name := range slices.Sorted(maps.Keys(t)) {
		buf = appendValue(appendShortstr(buf, name), t[name])
	}
	big.PutUint32(buf[start:], uint32(len(buf)-start-4))
	return buf
}

func appendArray(buf []byte, a array) []byte {
	start := len(buf)
	buf = append(buf, 0, 0, 0, 0)
	for _, value := range a {
		buf = appendValue(buf, value)
	}
	big.PutUint32(buf[start:], uint32(len(buf)-start-4))
	return buf
}

func appendValue(buf []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(buf, 'V')
	case bool:
		if v {
			return append(buf, 't', 1)
		}
		return append(buf, 't', 0)
	case int8:
		return append(buf, 'b', uint8(v))
	case uint8:
		return append(buf, 'B', v)
	case int16:
		return big.AppendUint16(append(buf, 's'), uint16(v))
	case uint16:
		return big.AppendUint16(append(buf, 'u'), v)
	case int32:
		return big.AppendUint32(append(buf, 'I'), uint32(v))
	case uint32:
		return big.AppendUint32(append(buf, 'i'), v)
	case int64:
		return big.AppendUint64(append(buf, 'l'), uint64(v))
	case float32:
		return big.AppendUint32(append(buf, 'f'), math.Float32bits(v))
	case float64:
		return big.AppendUint64(append(buf, 'd'), math.Float64bits(v))
	case decimal:
		return big.AppendUint32(append(buf, 'D', v.scale), v.digits)
	case string:
		return appendLongstr(append(buf, 'S'), v)
	case []byte:
		return appendLongstr(append(buf, 'x'), string(v))
	case timestamp:
		return big.AppendUint64(append(buf, 'T'), uint64(v))
	case array:
		return appendArray(append(buf, 'A'), v)
	case table:
		return appendTable(append(buf, 'F'), v)
	}
	panic(fmt.Sprintf("sandbox: a table has a value of type %T", value))
}
