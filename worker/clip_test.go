package worker

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is written, in whatever pieces: nothing is missing that fits, and what does not fit is counted.
func TestClipKeepsHeadAndTail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(0, 40).Draw(t, "limit")
		c := NewClip(limit)
		for range rapid.IntRange(1, 3).Draw(t, "takes") {
			var all []byte
			for _, piece := range rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 50), 0, 8).Draw(t, "pieces") {
				if n, err := c.Write(piece); n != len(piece) || err != nil {
					t.Fatalf("wrote %d of %d: %v", n, len(piece), err)
				}
				all = append(all, piece...)
			}
			o := c.Take()
			if kept := len(o.Head) + len(o.Tail); kept > limit || int64(kept)+o.Dropped != int64(len(all)) ||
				kept < min(limit, len(all)) {
				t.Fatalf("of %d bytes %d are kept and %d dropped, limit %d", len(all), kept, o.Dropped, limit)
			}
			if !bytes.HasPrefix(all, o.Head) || !bytes.HasSuffix(all, o.Tail) || o.Dropped == 0 && o.Tail != nil {
				t.Fatalf("%q was clipped to %q, %d, %q", all, o.Head, o.Dropped, o.Tail)
			}
			if o.Empty() != (len(all) == 0) {
				t.Fatalf("%+v is empty: %v", o, o.Empty())
			}
		}
	})
}

func TestClipDoesNotGrowWithWhatIsWritten(t *testing.T) {
	c, piece := NewClip(64<<10), make([]byte, 32<<10)
	if n := testing.AllocsPerRun(2000, func() { _, _ = c.Write(piece) }); n > 0 {
		t.Errorf("%v allocations a write", n)
	}
	if o := c.Take(); len(o.Head)+len(o.Tail) != 64<<10 {
		t.Errorf("%d and %d bytes kept", len(o.Head), len(o.Tail))
	}
}
