package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carousel/worker"

	"github.com/muesli/termenv"
	"pgregory.net/rapid"
)

var colours = newTheme("dark", termenv.TrueColor)

// painted takes a coloured lane apart: for each eighth of a cell the colour that is seen there, "" for none.
func painted(t interface{ Fatalf(string, ...any) }, lane string) (all []string) {
	fore, ground, inverse := "", "", false
	for len(lane) > 0 {
		if rest, is := strings.CutPrefix(lane, "\x1b["); is {
			code, after, _ := strings.Cut(rest, "m")
			lane = after
			for fields := strings.Split(code, ";"); len(fields) > 0; {
				switch f := fields[0]; {
				case f == "0":
					fore, ground, inverse = "", "", false
				case f == "7":
					inverse = true
				case f == "38" && len(fields) >= 5:
					fore, fields = strings.Join(fields[2:5], ","), fields[4:]
				case f == "48" && len(fields) >= 5:
					ground, fields = strings.Join(fields[2:5], ","), fields[4:]
				default:
					t.Fatalf("sequence %q", code)
				}
				fields = fields[1:]
			}
			continue
		}
		r := []rune(lane)[0]
		lane = lane[len(string(r)):]
		n := strings.IndexRune(string(lefts[:]), r)
		if n < 0 {
			t.Fatalf("glyph %q", r)
		}
		n = len([]rune(string(lefts[:])[:n]))
		first, last := fore, ground
		if inverse {
			first, last = ground, fore
		}
		for i := range eighths {
			if i < n {
				all = append(all, first)
			} else {
				all = append(all, last)
			}
		}
	}
	return all
}

// runs are the lengths of stretches of one colour, those without left out.
func runs(eighths []string) (all []int) {
	before := ""
	for _, c := range eighths {
		switch {
		case c == "":
		case c == before:
			all[len(all)-1]++
		default:
			all = append(all, 1)
		}
		before = c
	}
	return all
}

// With colour, a block of at least a cell is drawn as long as it is, to an eighth of a cell, at every zoom; where it follows another
// one after less than a cell, each of the two may lose a quarter of a cell to the gap.
func TestBlocksAreAsLongAsTheirTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const cells = 60
		zoom := rapid.IntRange(0, len(zooms)-1).Draw(t, "zoom")
		length := zooms[zoom]
		origin := start.Truncate(zooms[len(zooms)-1])
		close := rapid.Bool().Draw(t, "close")
		l := newLane(origin.Add(-time.Hour))
		var took []time.Duration
		at := origin.Add(time.Duration(rapid.Int64Range(0, int64(3*length)).Draw(t, "first")))
		for {
			run := time.Duration(rapid.Int64Range(int64(length), int64(6*length)).Draw(t, "run"))
			if at.Add(run).Sub(origin) > cells*length {
				break
			}
			l.done(at, at.Add(run))
			took = append(took, run)
			at = at.Add(run)
			switch {
			case close:
				at = at.Add(time.Duration(rapid.Int64Range(0, int64(2*length)).Draw(t, "gap")))
			case rapid.Bool().Draw(t, "apart"):
				at = at.Add(length + time.Duration(rapid.Int64Range(0, int64(3*length)).Draw(t, "gap")))
			}
		}
		s := newScene(true, false)
		s.now = origin.Add(cells*length - 1)
		s.past.lanes[1] = l
		var p pen
		d := dispatchPane{drawing: drawing{scene: s, t: colours, p: &p}, config: &Config{}, zoom: zoom}
		p.begin(cells)
		d.lane(&worker.WorkerStatus{ID: 1}, cells)
		lane := p.end()
		got := runs(painted(t, lane))
		if len(got) != len(took) {
			t.Fatalf("%d blocks are drawn as %d: %q", len(took), len(got), lane)
		}
		most := 1.0
		if close {
			most = 5
		}
		for i, run := range took {
			if want := float64(run) / float64(length) * eighths; max(want-float64(got[i]), float64(got[i])-want) > most+1e-6 {
				t.Fatalf("block %d of %.2f eighths is drawn with %d: %q", i, want, got[i], lane)
			}
		}
	})
}

// Hand-computed: where the edges are in a coloured lane. A capital is the second tone.
func TestLanesInColour(t *testing.T) {
	one, two := string(colours.paints.fore[colours.paints.of(markDone, 1, false)]), string(colours.paints.fore[colours.paints.of(markDone, 1, true)])
	rgb := func(k string) string {
		return strings.ReplaceAll(strings.TrimSuffix(strings.SplitN(k, "2;", 2)[1], "m"), ";", ",")
	}
	for _, c := range []struct {
		name string
		fill func(l *lane)
		want string
	}{
		{"an end", func(l *lane) { l.done(at(0), at(1.625)) }, "aaaaaaaa aaaaa... ........"},
		{"a start", func(l *lane) { l.done(at(0.125), at(2)) }, ".aaaaaaa aaaaaaaa ........"},
		{"a border", func(l *lane) { l.done(at(0), at(1.375)); l.done(at(1.375), at(3)) }, "aaaaaaaa aaaAAAAA AAAAAAAA"},
		{"a border between cells", func(l *lane) { l.done(at(0), at(1)); l.done(at(1), at(2)) }, "aaaaaaaa AAAAAAAA ........"},
		{"a narrow gap closes", func(l *lane) { l.done(at(0), at(1.25)); l.done(at(1.5), at(3)) }, "aaaaaaaa aaAAAAAA AAAAAAAA"},
		{"a wide gap stays", func(l *lane) { l.done(at(0), at(1.25)); l.done(at(1.75), at(3)) }, "aaaaaaaa aa...... AAAAAAAA"},
		{"a wide gap stays, the other way", func(l *lane) { l.done(at(0), at(1.125)); l.done(at(1.625), at(3)) }, "aaaaaaaa .....AAA AAAAAAAA"},
		{"within a cell, at its nearer edge", func(l *lane) { l.done(at(1.5), at(1.875)) }, "........ .....aaa ........"},
	} {
		l := newLane(start.Add(-time.Hour))
		c.fill(l)
		got := ""
		for i, k := range painted(t, drawn(l, worker.WorkerStatus{ID: 1}, at(2.9), 3, colours, false)) {
			if i > 0 && i%eighths == 0 {
				got += " "
			}
			switch k {
			case "":
				got += "."
			case rgb(one):
				got += "a"
			case rgb(two):
				got += "A"
			default:
				got += fmt.Sprintf("(%s)", k)
			}
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// A terminal of sixteen colours has no second tones: what touches is kept apart by a gap.
func TestTouchingBlocksInFewColours(t *testing.T) {
	few := newTheme("dark", termenv.ANSI)
	l := newLane(start.Add(-time.Hour))
	l.done(at(0), at(1))
	l.done(at(1), at(2))
	if few.paints.differ(few.paints.of(markDone, 1, false), few.paints.of(markDone, 1, true)) {
		t.Skip("the tones differ")
	}
	if got := drawn(l, worker.WorkerStatus{ID: 1}, at(1.9), 2, few, false); !strings.Contains(got, "\x1b[7;") || !strings.Contains(got, "▏") {
		t.Errorf("got %q", got)
	}
}
