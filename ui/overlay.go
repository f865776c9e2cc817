package ui

import "github.com/charmbracelet/x/ansi"

// overlay puts a dialog in the middle of a screen, and takes the colours of the screen away, so that the eye goes to the
// dialog. It changes lines in place; every line stays w cells wide.
func overlay(lines, box []string, w int, under ink) []string {
	if len(box) == 0 {
		return lines
	}
	boxWidth := min(w, ansi.StringWidth(box[0]))
	x, y := (w-boxWidth)/2, max(0, (len(lines)-len(box))/2)
	var p pen
	for i := range lines {
		text := ansi.Strip(lines[i])
		if i < y || i >= y+len(box) {
			lines[i] = piece(&p, under, text, w)
			continue
		}
		lines[i] = piece(&p, under, ansi.Truncate(text, x, ""), x) + box[i-y] +
			piece(&p, under, rightEnd(text, x+boxWidth), w-x-boxWidth)
	}
	return lines
}

// rightEnd is what stands right of a text's first x cells; a wide character across that edge shows as a blank.
func rightEnd(text string, x int) string {
	rest := ansi.TruncateLeft(text, x, "")
	if ansi.StringWidth(rest) > ansi.StringWidth(text)-x {
		_, n := firstOf(rest)
		rest = " " + rest[n:]
	}
	return rest
}

// piece is plain text in exactly w cells.
func piece(p *pen, k ink, text string, w int) string {
	p.begin(w)
	p.foreign(k, text)
	return p.end()
}
