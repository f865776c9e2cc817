package ui

import "strconv"

// eighths is how finely a cell is cut: there are glyphs for that.
const eighths = 8

// body is a block as it is painted.
type body struct {
	paint, edge paint
	fill        rune
}

// portion is the part of a body in one cell: from and to are eighths.
type portion struct {
	from, to int
	body     int // index
}

func (p *portion) cells() int { return p.to - p.from }

// cell is what of a lane falls into one cell.
type cell struct {
	n           int // portions
	first, last portion
	sign        rune // stands in the cell in place of its portions; 0: none
	short       bool // a block begins here that is too short for an eighth
}

// crowded reports portions that no glyph can show: only one border runs through a cell.
func (c *cell) crowded() bool {
	return c.n > 2 || c.n == 2 && (c.first.from > 0 || c.last.to < eighths)
}

// mosaic is a stretch of one lane, cut into cells.
type mosaic struct {
	cells  []cell
	bodies []body
}

func (p *mosaic) reset(n int) {
	if cap(p.cells) < n {
		p.cells = make([]cell, n)
	}
	p.cells = p.cells[:n]
	clear(p.cells)
	p.bodies = p.bodies[:0]
}

// emphasis is how much a block is set apart from the others.
type emphasis uint8

const (
	usual  emphasis = iota
	lit             // another try of the selected task
	chosen          // the selected block
)

// add puts a block in, from and to counted in eighths from the left edge; it may reach beyond both. Blocks come in the order of
// time and do not overlap.
func (p *mosaic) add(b *block, from, to int64, k paint, e emphasis) {
	n := int64(len(p.cells))
	if to <= max(from, 0) || from >= n*eighths {
		if from >= 0 && from == to && from < n*eighths {
			c := &p.cells[from/eighths]
			c.short = true
			if e == chosen {
				c.sign = '▸'
			}
		}
		return
	}
	m := b.mark()
	p.bodies = append(p.bodies, body{k, edgeOf(k, fills[m]), fills[m]})
	left, right := max(from, 0)/eighths, (min(to, n*eighths)-1)/eighths
	for i := left; i <= right; i++ {
		c, at := &p.cells[i], i*eighths
		c.last = portion{int(max(from-at, 0)), int(min(to-at, eighths)), len(p.bodies) - 1}
		if c.n == 0 {
			c.first = c.last
		}
		c.n++
	}
	whole := (max(from, 0) + eighths - 1) / eighths // the first cell that it covers
	end := min(to, n*eighths)/eighths - 1           // and the last
	if whole > end {
		p.signShort(left, right, m, e)
		return
	}
	p.signStart(b, whole, end, from >= 0, e)
	switch c := &p.cells[end]; {
	case c.sign != 0 || to > n*eighths:
	case m == markFailed:
		c.sign = '×'
	case e != usual:
		c.sign = '◂'
	}
}

// fills are the glyphs of whole cells.
var fills = [...]rune{markDone: '█', markRunning: '▓', markRetried: '▒', markUnsettled: '?', markFailed: '█'}

// signStart signs the first whole cells of a block, and leaves one to the block itself where there is more than one sign.
func (p *mosaic) signStart(b *block, at, end int64, begins bool, e emphasis) {
	if e == chosen {
		p.cells[at].sign = '▸'
		at++
	}
	if !begins {
		return
	}
	if b.again && at < end {
		p.cells[at].sign = '↻'
		at++
	}
	if (b.try > 1 || e != usual) && at < end {
		p.cells[at].sign = '+'
		if b.try < 10 {
			p.cells[at].sign = '0' + rune(b.try)
		}
	}
}

// signShort signs a block that covers no whole cell, in the cell with the larger part of it.
func (p *mosaic) signShort(left, right int64, m mark, e emphasis) {
	c := &p.cells[right]
	if left < right && p.cells[left].last.cells() > c.first.cells() {
		c = &p.cells[left]
	}
	switch {
	case e == chosen:
		c.sign = '▸'
	case m == markFailed:
		c.sign = '×'
	case m == markUnsettled && c.sign == 0:
		c.sign = '?'
	case e == lit && c.sign == 0:
		c.sign = '◂'
	}
}

// brush turns the cells of one lane into glyphs and inks, from left to right.
type brush struct {
	paints *paints
	plain  bool // no ground can be painted: no colours
	ascii  bool // halves only
	before int  // the body that covers the right edge of the cell before; -1: none
	bodies []body
}

// lefts fill a cell from the left, by eighths.
var lefts = [eighths + 1]rune{' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'}

// draw is the glyph of a cell that has portions and is not crowded.
func (b *brush) draw(c *cell) (ink, rune) {
	p := c.last
	before := b.before
	b.before = -1
	if p.to == eighths {
		b.before = p.body
	}
	if c.sign != 0 {
		return b.sign(c)
	}
	if c.n == 2 {
		return b.border(&c.first, &p)
	}
	touches := p.from == 0 && before >= 0 && before != p.body && !b.differ(before, p.body)
	switch {
	case p.cells() == eighths && !touches:
		return b.fore(p.body), b.bodies[p.body].fill
	case p.cells() == eighths:
		return b.right(p.body, eighths-1, true)
	case p.from == 0 && !touches:
		return b.left(p.body, p.to)
	case p.to == eighths:
		return b.right(p.body, p.cells(), before >= 0)
	case touches || p.from > eighths-p.to:
		return b.right(p.body, p.cells(), before >= 0)
	}
	return b.left(p.body, p.cells()) // a block within the cell: as long as it is, at the nearer edge
}

// border is a cell in which one block ends and another begins. A gap of a quarter or less is given to the later one; a larger one
// is seen, and the smaller part of a block is not.
func (b *brush) border(first, last *portion) (ink, rune) {
	gap := last.from - first.to
	switch {
	case gap > 2 && first.cells() >= last.cells():
		b.before = -1
		return b.left(first.body, first.to)
	case gap > 2:
		return b.right(last.body, last.cells(), false)
	case !b.plain && b.differ(first.body, last.body):
		return b.paints.over[b.bodies[first.body].edge][b.bodies[last.body].edge], lefts[first.to]
	case first.cells() >= last.cells():
		b.before = -1
		return b.left(first.body, min(first.to, eighths-1))
	}
	return b.right(last.body, last.cells(), true)
}

// sign is a cell with a sign: cut out of the block where it is covered and there is colour.
func (b *brush) sign(c *cell) (ink, rune) {
	p := &c.first
	if c.last.cells() > p.cells() {
		p = &c.last
	}
	if b.plain || p.cells() < eighths {
		return b.fore(p.body), c.sign
	}
	return b.paints.inverse[b.bodies[p.body].paint], c.sign
}

func (b *brush) fore(body int) ink { return b.paints.fore[b.bodies[body].paint] }
func (b *brush) edge(body int) ink { return b.paints.fore[b.bodies[body].edge] }

// differ reports whether two bodies that touch are seen as two.
func (b *brush) differ(one, other int) bool {
	return !b.plain && b.paints.differ(b.bodies[one].paint, b.bodies[other].paint)
}

// left fills n eighths from the left.
func (b *brush) left(body, n int) (ink, rune) {
	if b.ascii {
		n = n / 4 * 4
	}
	return b.edge(body), lefts[n]
}

// right fills n eighths up to the right. Without colour there are glyphs for a half and an eighth only; apart asks for a gap,
// where a block comes right before.
func (b *brush) right(body, n int, apart bool) (ink, rune) {
	k := b.edge(body)
	switch {
	case !b.plain:
		return b.paints.inverse[b.bodies[body].edge], lefts[eighths-n]
	case n >= 7 && !apart:
		return k, '█'
	case n >= 3 && !b.ascii, n >= 4:
		return k, '▐'
	case b.ascii:
		return k, ' '
	}
	return k, '▕'
}

// heights are the levels of a cell in which more tasks than can be told apart took portion of the time.
var heights = [...]rune{'▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'}

// height is the glyph of a share, of 255.
func height(busy uint8) rune { return heights[int(busy)*(len(heights)-1)/255] }

// tryName is how a try is told: 2, and 255 for all beyond.
func tryName(n uint8) string {
	if n == 255 {
		return "255 or more"
	}
	return strconv.Itoa(int(n))
}
