package ui

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// A long text is cut between two characters, and says that it is.
func TestShortened(t *testing.T) {
	t.Parallel()
	for _, c := range []string{"e", "é", "世", "😀"} {
		for pad := range 4 {
			text := strings.Repeat("x", pad) + strings.Repeat(c, 3000)
			short, after, cut := strings.Cut(shortened(text), "… (")
			if !cut || !utf8.ValidString(short) || !strings.HasPrefix(text, short) || len(short) > longestShown || len(short) <= longestShown-utf8.UTFMax ||
				!strings.HasSuffix(after, " in all)") {
				t.Errorf("%d %s: %d bytes, %q", pad, c, len(short), after)
			}
		}
	}
	if whole := strings.Repeat("x", longestShown); shortened(whole) != whole {
		t.Error("what fits is cut")
	}
	if lines := headerLines(map[string]any{"trace": strings.Repeat("é", 5000), "b": 1}); len(lines) != 2 || !strings.HasSuffix(lines[1], "… (10.0 kB in all)") {
		t.Errorf("%q", lines)
	}
	junk := strings.Repeat("\x80", 3000) // no character begins anywhere
	if short := shortened(junk); !strings.HasPrefix(short, junk[:longestShown-utf8.UTFMax]) {
		t.Errorf("%q", short)
	}
}
