package ui

import (
	"fmt"

	"github.com/charmbracelet/lipgloss"
)

// paint is a colour of blocks in the lanes. Unlike an ink it can also be the ground of a cell, so that the border between two
// blocks may run anywhere through it.
type paint uint8

// The paints. Of what ends there are two tones, which take turns along a lane: where two tasks touch, they are
// still two.
const (
	paintLit      paint = iota // the selected task
	paintRuns                  // running
	paintLitEdges              // of what is drawn with ▓ and ▒, as pale as these glyphs look
	paintRunsEdge = paintLitEdges + 2
	paintWarnEdge = paintRunsEdge + 1
	paintWarn     = paintWarnEdge + tones
	paintAlarm    = paintWarn + tones
	paintShade    = paintAlarm + tones // the workers' own, by turns
)

const tones = 2

// paints are the sequences of the paints; all empty where there is no colour.
type paints struct {
	fore, ground, inverse []ink // inverse: the paint is the ground, and what is written has the ground's colour
	both                  map[[2]paint]ink
}

// newPaints takes the sequences for a palette, on a light screen or a dark one.
func newPaints(r *lipgloss.Renderer, p palette, light bool) *paints {
	n := int(paintShade) + tones*len(p.shades)
	t := &paints{make([]ink, n), make([]ink, n), make([]ink, n), map[[2]paint]ink{}}
	white, screen := "#f3f5f9", 18
	if light {
		white, screen = "#12161d", 255
	}
	set := func(at paint, colour string) {
		c := lipgloss.Color(colour)
		t.fore[at] = inkOf(r.NewStyle().Foreground(c))
		t.ground[at] = inkOf(r.NewStyle().Background(c))
		t.inverse[at] = inkOf(r.NewStyle().Foreground(c).Reverse(true))
	}
	both := func(at paint, colour string) {
		set(at, colour)
		set(at+1, pale(colour, screen, 30))
	}
	set(paintLit, white)
	set(paintLitEdges, pale(white, screen, 25))
	set(paintLitEdges+1, pale(white, screen, 50))
	set(paintRuns, p.accent)
	set(paintRunsEdge, pale(p.accent, screen, 25))
	both(paintWarnEdge, pale(p.warn, screen, 50))
	both(paintWarn, p.warn)
	both(paintAlarm, p.alarm)
	for i, colour := range p.shades {
		both(paintShade+paint(tones*i), colour)
	}
	return t
}

// coloured reports whether there is any colour.
func (t *paints) coloured() bool { return t.fore[paintLit] != "" }

// differ reports whether two paints can be told apart: a terminal of few colours has no second tones.
func (t *paints) differ(a, b paint) bool { return t.fore[a] != t.fore[b] }

// over writes with one paint on the other.
func (t *paints) over(a, b paint) ink {
	k, found := t.both[[2]paint{a, b}]
	if !found {
		k = t.fore[a] + t.ground[b]
		t.both[[2]paint{a, b}] = k
	}
	return k
}

// of is the paint of a mark in the lane of a worker.
func (t *paints) of(m mark, worker int, odd bool) paint {
	var p paint
	switch m {
	case markRunning:
		return paintRuns
	case markRetried:
		p = paintWarn
	case markFailed, markUnsettled:
		p = paintAlarm
	default:
		p = paintShade + paint(tones*(uint(worker)%uint((len(t.fore)-int(paintShade))/tones)))
	}
	if odd {
		p++
	}
	return p
}

// edgeOf is the paint of the edges of a block: its own, or a paler one.
func edgeOf(k paint, fill rune) paint {
	switch {
	case k == paintLit && fill == '▓':
		return paintLitEdges
	case k == paintLit && fill == '▒':
		return paintLitEdges + 1
	case fill == '▓':
		return paintRunsEdge
	case fill == '▒':
		return paintWarnEdge + k - paintWarn
	}
	return k
}

// pale moves a colour towards a grey that is like the screen, by so many percent. A colour that is only a number stays.
func pale(colour string, screen, percent int) string {
	var c [3]int
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &c[0], &c[1], &c[2]); err != nil {
		return colour
	}
	for i := range c {
		c[i] += (screen - c[i]) * percent / 100
	}
	return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2])
}
