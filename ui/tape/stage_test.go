package tape

import (
	"testing"
	"time"
)

// Where the console was is written as it changes, and holds until it does again; a frame that does not say is where the one before was.
func TestStages(t *testing.T) {
	prod := Stage{Context: "prod", Colour: "warn", Protected: true, HasPool: true}
	test := Stage{Context: "test", ReadOnly: true}
	var frames []Frame
	for i, s := range []*Stage{nil, &prod, &prod, nil, &test} {
		f := at(1000 * i)
		f.Stage = s
		frames = append(frames, f)
	}
	_, played := play(t, record(t, frames...))
	for i, want := range []Stage{{HasPool: true}, prod, prod, prod, test} {
		if got := *played[i].Stage; got != want {
			t.Errorf("frame %d: %+v, want %+v", i, got, want)
		}
	}
	if got := made.Add(4 * time.Second); !played[4].At.Equal(got) {
		t.Errorf("the last frame is at %v", played[4].At)
	}
}
