package sandbox

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// values draws anything that a table can hold, tables in tables included.
func values(depth int) *rapid.Generator[any] {
	kinds := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int8().AsAny(), rapid.Uint8().AsAny(), rapid.Int16().AsAny(),
		rapid.Uint16().AsAny(), rapid.Int32().AsAny(), rapid.Uint32().AsAny(), rapid.Int64().AsAny(),
		rapid.Float32Range(-1e9, 1e9).AsAny(), rapid.Float64Range(-1e99, 1e99).AsAny(), rapid.String().AsAny(),
		rapid.SliceOf(rapid.Byte()).AsAny(),
		rapid.Custom(func(t *rapid.T) any { return timestamp(rapid.Uint64().Draw(t, "time")) }),
		rapid.Custom(func(t *rapid.T) any {
			return decimal{rapid.Uint8().Draw(t, "scale"), rapid.Uint32().Draw(t, "digits")}
		}),
	}
	if depth > 0 {
		kinds = append(kinds,
			rapid.Custom(func(t *rapid.T) any { return tables(depth-1).Draw(t, "table") }),
			rapid.Custom(func(t *rapid.T) any {
				return append(array{}, rapid.SliceOfN(values(depth-1), 0, 4).Draw(t, "array")...)
			}))
	}
	return rapid.OneOf(kinds...)
}

func tables(depth int) *rapid.Generator[table] {
	return rapid.Custom(func(t *rapid.T) table {
		names := rapid.StringN(0, 20, 100)
		return table(rapid.MapOfN(names, values(depth), 0, 6).Draw(t, "entries"))
	})
}

func TestTableRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := tables(3).Draw(t, "table")
		octets := appendTable(nil, want)
		r := reader{rest: octets}
		got := r.table()
		if r.err != nil || len(r.rest) > 0 || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %#v, %d left, %v", got, len(r.rest), r.err)
		}
		if cut := rapid.IntRange(0, len(octets)-1).Draw(t, "cut"); !fails(octets[:cut]) {
			t.Fatalf("a table cut to %d of %d octets was taken", cut, len(octets))
		}
	})
}

func fails(octets []byte) bool {
	r := reader{rest: octets}
	r.table()
	return r.err != nil
}

func TestPropertiesRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var want properties
		for field := range want {
			if !rapid.Bool().Draw(t, "set") {
				continue
			}
			switch field {
			case headers:
				want.setHeaders(tables(1).Draw(t, "headers"))
			case deliveryMode, priority:
				want[field] = []byte{rapid.Byte().Draw(t, "octet")}
			case timeStamp:
				want[field] = rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "time")
			default:
				want[field] = appendShortstr(nil, rapid.StringN(0, 10, 200).Draw(t, "text"))
			}
		}
		octets := want.append(nil)
		got, err := parseProperties(octets)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, %v; want %v", got, err, want)
		}
		if _, err := parseProperties(append(octets, 0)); err == nil {
			t.Fatal("an octet too many was taken")
		}
	})
}

func TestBitsShareAnOctet(t *testing.T) {
	got := appendMethod(nil, 1, basicNack, uint64(5), true, true)
	want := []byte{1, 0, 1, 0, 0, 0, 13, 0, 60, 0, 120, 0, 0, 0, 0, 0, 0, 0, 5, 3, frameEnd}
	if !bytes.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestShortStringIsCut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("k", maxShortstr+1)
	if got := appendShortstr(nil, long); len(got) != 1+maxShortstr || got[0] != maxShortstr {
		t.Errorf("%d octets, of which it says %d", len(got), got[0])
	}
	if p := policyOf(table{"x-dead-letter-routing-key": long}); len(p.deadKey) != maxShortstr {
		t.Errorf("letters have a key of %d octets", len(p.deadKey))
	}
}

func TestReplyFitsAShortString(t *testing.T) {
	f := refuse(notFound, "no %s", queueNamed(strings.Repeat("n", 255)))
	if got := f.reply(); len(got) != 255 || !strings.HasSuffix(got, "...") {
		t.Errorf("%d octets, %q", len(got), got)
	}
}

// FuzzReader reads anything as every method's arguments, as properties and as a table.
func FuzzReader(f *testing.F) {
	f.Add(appendTable(nil, table{"a": array{int32(1), table{"b": nil}}, "c": "text"}))
	f.Add(appendShortstr([]byte{0, 0}, "queue"))
	f.Fuzz(func(t *testing.T, octets []byte) {
		for _, decode := range decoders {
			decode(&reader{rest: octets})
		}
		if p, err := parseProperties(octets); err == nil && !bytes.Equal(p.append(nil), octets) {
			t.Error("properties changed on their way")
		}
		r := reader{rest: octets}
		if decoded := r.table(); r.err == nil {
			again := reader{rest: appendTable(nil, decoded)}
			if again.table(); again.err != nil {
				t.Errorf("%v after encoding %v", again.err, decoded)
			}
		}
	})
}

// FuzzFrames reads anything as frames: it ends with an error, and never takes more than a frame's room.
func FuzzFrames(f *testing.F) {
	f.Add(appendMethod(nil, 1, channelOpen, ""))
	f.Add(appendContent(nil, 3, []byte{0, 0}, []byte("a body in pieces"), 16))
	f.Fuzz(func(t *testing.T, octets []byte) {
		in := frames{in: bufio.NewReader(bytes.NewReader(octets)), max: frameMinSize}
		for {
			fr, err := in.next()
			var bad *badFrame
			switch {
			case errors.As(err, &bad):
				if len(bad.fault().reply()) > maxShortstr {
					t.Error("the reply is too long")
				}
				return
			case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
				return
			case err != nil:
				t.Fatal(err)
			}
			if len(fr.payload) > frameMinSize || len(in.buffer) > frameMinSize+1 {
				t.Fatalf("a payload of %d in a buffer of %d", len(fr.payload), len(in.buffer))
			}
		}
	})
}
