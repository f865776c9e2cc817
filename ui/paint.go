package ui

import (
	"fmt"

	"github.com/charmbracelet/lipgloss"
)

// paint is a colour of blocks in the lanes. Unlike an ink it can also be the ground of a cell, so that the border between two
// blocks may run anywhere through it.
type paint uint8

// The paints. Of each but the first two there are two tones, which take turns along a lane: where two tasks touch, they are
// still two.
const (
	paintLit  paint = iota // the selected task
	paintRuns              // running
	paintWarn
	paintAlarm = paintWarn + tones
	paintShade = paintAlarm + tones // the workers' own, by id
	paintCount = paintShade + tones*shadeCount
)

const (
	tones      = 2
	shadeCount = 8
)

// paints are the sequences of the paints; all empty where there is no colour.
type paints struct {
	fore, ground, inverse [paintCount]ink // inverse: the paint is the ground, and what is written has the ground's colour
	over                  [paintCount][paintCount]ink
}

func newPaints(r *lipgloss.Renderer, p palette) *paints {
	t := new(paints)
	set := func(at paint, colour string) {
		c := lipgloss.Color(colour)
		t.fore[at] = inkOf(r.NewStyle().Foreground(c))
		t.ground[at] = inkOf(r.NewStyle().Background(c))
		t.inverse[at] = inkOf(r.NewStyle().Foreground(c).Reverse(true))
	}
	both := func(at paint, colour string) {
		set(at, colour)
		set(at+1, p.second(colour))
	}
	set(paintLit, p.lit)
	set(paintRuns, p.accent)
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

// paintOf is the paint of a mark in the lane of a worker.
func paintOf(m mark, worker int, odd bool) paint {
	var p paint
	switch m {
	case markRunning:
		return paintRuns
	case markRetried:
		p = paintWarn
	case markFailed, markUnsettled:
		p = paintAlarm
	default:
		p = paintShade + paint(tones*(uint(worker)%shadeCount))
	}
	if odd {
		p++
	}
	return p
}

// second is the second tone of a colour: darker on a dark screen, paler on a light one.
func (p *palette) second(colour string) string {
	var c [3]int
	if _, err := fmt.Sscanf(colour, "#%02x%02x%02x", &c[0], &c[1], &c[2]); err != nil {
		return colour
	}
	for i := range c {
		c[i] += (p.towards - c[i]) * 3 / 10
	}
	return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2])
}
