package ui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// A dialog's edges may fall on the middle of wide characters: the frame behind it keeps its right border.
func TestOverlayOnWideText(t *testing.T) {
	for shift := range 3 {
		for boxWidth := 1; boxWidth < 12; boxWidth++ {
			line := "│" + strings.Repeat("x", shift) + strings.Repeat("漢", 10)
			w := ansi.StringWidth(line) + 1
			got := ansi.Strip(overlay([]string{line + "│"}, []string{strings.Repeat("#", boxWidth)}, w, "")[0])
			if n := ansi.StringWidth(got); n != w || !strings.HasSuffix(got, "漢│") || strings.Contains(got, "…") {
				t.Errorf("a box of %d over %q: %q of %d cells, want %d", boxWidth, line, got, n, w)
			}
		}
	}
}
