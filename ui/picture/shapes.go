package picture

import (
	"fmt"
	"math/bits"
	"strings"
)

// kind is how a shape is painted.
type kind uint8

const (
	kindFill  kind = iota // a block
	kindDense             // ▓
	kindHalf              // ▒
	kindThin              // ░
	kindLine              // ─
	kindHeavy             // ━
	kindDots              // braille
	kindDash              // ╌
)

// attributes of a path of a kind; its colour goes where the %s stands. A shaded cell is a dashed line as wide as a row is
// high: that keeps the hue, which a paler one would not.
var attributes = [...]string{
	kindFill:  `fill="%s" shape-rendering="crispEdges"`,
	kindDense: `fill="none" stroke="%s" stroke-width="19" stroke-dasharray="2.2 .8"`,
	kindHalf:  `fill="none" stroke="%s" stroke-width="19" stroke-dasharray="1.5 1.5"`,
	kindThin:  `fill="none" stroke="%s" stroke-width="19" stroke-dasharray=".8 2.2"`,
	kindLine:  `fill="none" stroke="%s"`,
	kindHeavy: `fill="none" stroke="%s" stroke-width="3"`,
	kindDots:  `fill="none" stroke="%s" stroke-width="2.6" stroke-linecap="round"`,
	kindDash:  `fill="none" stroke="%s" stroke-width="1.4"`,
}

// shape is a character that is drawn rather than written. path appends it for a cell whose upper left corner is at x, y.
type shape struct {
	kind kind
	path func(b *strings.Builder, x, y int)
}

// arms are the directions in which a line leaves the middle of its cell.
type arms uint8

const (
	up arms = 1 << iota
	down
	left
	right
)

var lines = map[rune]arms{
	'─': left | right, '│': up | down, '┌': down | right, '┐': down | left, '└': up | right, '┘': up | left,
	'├': up | down | right, '┤': up | down | left, '┬': left | right | down, '┴': left | right | up, '┼': up | down | left | right,
}

var heavies = map[rune]arms{'━': left | right, '╸': left, '╺': right, '┃': up | down}

// corners are lines of two arms that meet in a bend.
var corners = map[rune]arms{'╭': down | right, '╮': down | left, '╰': up | right, '╯': up | left}

// quarters are the blocks made of the four quarters of a cell: upper left, upper right, lower left, lower right from the
// lowest bit on.
var quarters = map[rune]uint8{
	'▖': 4, '▗': 8, '▘': 1, '▙': 13, '▚': 9, '▛': 7, '▜': 11, '▝': 2, '▞': 6, '▟': 14,
}

func shapeOf(r rune) (shape, bool) {
	switch {
	case r >= 0x2800 && r <= 0x28ff:
		return shape{kindDots, func(b *strings.Builder, x, y int) { dots(b, uint8(r-0x2800), x, y) }}, true
	case r >= '▀' && r <= '▟':
		return block(r)
	case r == '╌':
		return shape{kindDash, func(b *strings.Builder, x, y int) {
			fmt.Fprintf(b, "M%d %gh3M%d %gh3", x+1, middle(y, cellHeight), x+5, middle(y, cellHeight))
		}}, true
	case corners[r] != 0:
		return shape{kindLine, func(b *strings.Builder, x, y int) { bend(b, corners[r], x, y) }}, true
	case lines[r] != 0:
		return shape{kindLine, func(b *strings.Builder, x, y int) { cross(b, lines[r], x, y) }}, true
	case heavies[r] != 0:
		return shape{kindHeavy, func(b *strings.Builder, x, y int) { cross(b, heavies[r], x, y) }}, true
	}
	return shape{}, false
}

// middle of a stretch. Cells have odd measures, so that a line through it fills one row or column of pixels.
func middle(from, length int) float64 { return float64(from) + float64(length)/2 }

// cross draws straight arms.
func cross(b *strings.Builder, a arms, x, y int) {
	mx, my := middle(x, cellWidth), middle(y, cellHeight)
	if a&(left|right) != 0 {
		from, to := mx, mx
		if a&left != 0 {
			from = float64(x)
		}
		if a&right != 0 {
			to = float64(x + cellWidth)
		}
		fmt.Fprintf(b, "M%g %gH%g", from, my, to)
	}
	if a&(up|down) != 0 {
		from, to := my, my
		if a&up != 0 {
			from = float64(y)
		}
		if a&down != 0 {
			to = float64(y + cellHeight)
		}
		fmt.Fprintf(b, "M%g %gV%g", mx, from, to)
	}
}

// bend draws a round corner.
func bend(b *strings.Builder, a arms, x, y int) {
	const radius = 4
	mx, my := middle(x, cellWidth), middle(y, cellHeight)
	end, turn := float64(y), my-radius
	if a&down != 0 {
		end, turn = float64(y+cellHeight), my+radius
	}
	side, out := float64(x), mx-radius
	if a&right != 0 {
		side, out = float64(x+cellWidth), mx+radius
	}
	fmt.Fprintf(b, "M%g %gV%gQ%g %g %g %gH%g", mx, end, turn, mx, my, out, my, side)
}

// block is one of the block elements, as what it covers of its cell.
func block(r rune) (shape, bool) {
	area := func(x0, y0, x1, y1 int) (shape, bool) { // in eighths
		return shape{kindFill, func(b *strings.Builder, x, y int) { rectangle(b, x, y, x0, y0, x1, y1) }}, true
	}
	switch {
	case r == '▀':
		return area(0, 0, 8, 4)
	case r >= '▁' && r <= '█': // from the lowest eighth up
		return area(0, 8-int(r-'▁'+1), 8, 8)
	case r >= '▉' && r <= '▏': // from seven eighths at the left down
		return area(0, 0, 7-int(r-'▉'), 8)
	case r == '▐':
		return area(4, 0, 8, 8)
	case r >= '░' && r <= '▓':
		k := [...]kind{kindThin, kindHalf, kindDense}[r-'░']
		return shape{k, func(b *strings.Builder, x, y int) { cross(b, left|right, x, y) }}, true
	case r == '▔':
		return area(0, 0, 8, 1)
	case r == '▕':
		return area(7, 0, 8, 8)
	}
	q := quarters[r]
	return shape{kindFill, func(b *strings.Builder, x, y int) {
		for i := range 4 {
			if q&(1<<i) != 0 {
				rectangle(b, x, y, i%2*4, i/2*4, i%2*4+4, i/2*4+4)
			}
		}
	}}, q != 0
}

// rectangle covers a part of a cell that is given in eighths of it.
func rectangle(b *strings.Builder, x, y, x0, y0, x1, y1 int) {
	at := func(eighths, length int) float64 { return float64(eighths*length) / 8 }
	fmt.Fprintf(b, "M%g %gH%gV%gH%gZ", float64(x)+at(x0, cellWidth), float64(y)+at(y0, cellHeight), float64(x)+at(x1, cellWidth),
		float64(y)+at(y1, cellHeight), float64(x)+at(x0, cellWidth))
}

// dots draws the dots of a braille cell, each as a line of no length with round ends.
func dots(b *strings.Builder, pattern uint8, x, y int) {
	places := [8][2]int{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}} // column and row of each bit
	for ; pattern != 0; pattern &= pattern - 1 {
		at := places[bits.TrailingZeros8(pattern)]
		fmt.Fprintf(b, "M%g %gh0", float64(x)+2.25+4.5*float64(at[0]), float64(y)+2.4+4.75*float64(at[1]))
	}
}
