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
	paintShade    = paintAlarm + tones // the workers' own, by id
	paintCount    = paintShade + tones*mostShades
)

const tones = 2

// paints are the sequences of the paints; all empty where there is no colour.
type paints struct {
	shades                uint            // that the workers have
	fore, ground, inverse [paintCount]ink // inverse: the paint is the ground, and what is written has the ground's colour
	over                  [paintCount][paintCount]ink
}

func newPaints(r *lipgloss.Renderer, p palette) *paints {
	t := &paints{shades: uint(len(p.shades))}
	set := func(at paint, colour string) {
		c := lipgloss.Color(colour)
		t.fore[at] = inkOf(r.NewStyle().Foreground(c))
		t.ground[at] = inkOf(r.NewStyle().Background(c))
		t.inverse[at] = inkOf(r.NewStyle().Foreground(c).Reverse(true))
	}
	both := func(at paint, colour string) {
		set(at, colour)
		set(at+1, p.pale(colour, 30))
	}
	set(paintLit, p.lit)
	set(paintLitEdges, p.pale(p.lit, 25))
	set(paintLitEdges+1, p.pale(p.lit, 50))
	set(paintRuns, p.accent)
	set(paintRunsEdge, p.pale(p.accent, 25))
	both(paintWarnEdge, p.pale(p.warn, 50))
	both(paintWarn, p.warn)
	both(paintAlarm, p.alarm)
	for i, colour := range p.shades {
		both(paintShade+paint(tones*i), colour)
	}
	for a := range t.over {
		for b := range t.over[a] {
			t.over[a][b] = t.fore[a] + t.ground[b]
		}
	}
	return t
}

// coloured reports whether there is any colour.
func (t *paints) coloured() bool { return t.fore[paintLit] != "" }

// differ reports whether two paints can be told apart: a terminal of few colours has no second tones.
func (t *paints) differ(a, b paint) bool { return t.fore[a] != t.fore[b] }

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
		p = paintShade + paint(tones*(uint(worker)%t.shades))
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

// pale moves a colour towards the ground of the screen, by so many percent.
func (p *palette) pale(colour string, percent int) string {
	var c [3]int
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &c[0], &c[1], &c[2]); err != nil {
		return colour
	}
	for i := range c {
		c[i] += (p.ground - c[i]) * percent / 100
	}
	return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2])
}
