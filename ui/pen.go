package ui

import (
	"strings"
	"unicode/utf8"
)

const reset = "\x1b[0m"

// pen writes one screen line at a time, of exactly the width it was begun with: what does not fit is cut, what is
// missing is filled. A run of cells in one ink shares one escape sequence.
type pen struct {
	b    []byte
	left int // cells that are still free
	ink  ink
	base ink      // background under every ink of the line
	tmp  [48]byte // scratch for figures: p.right(k, 7, appendCount(p.tmp[:0], n))
}

func (p *pen) begin(w int) {
	p.b, p.left, p.ink, p.base = p.b[:0], max(0, w), "", ""
}

// end fills the line and returns it.
func (p *pen) end() string { return p.endWith("") }

// endWith fills the line and returns it with a finished one at its right.
func (p *pen) endWith(beside string) string {
	p.space(p.left)
	p.under("")
	p.use("")
	p.b = append(p.b, beside...)
	return string(p.b)
}

// under changes the background from here on.
func (p *pen) under(base ink) {
	if base == p.base {
		return
	}
	p.use("")
	if p.base != "" {
		p.b = append(p.b, reset...)
	}
	p.base = base
	p.b = append(p.b, base...)
}

func (p *pen) use(k ink) {
	if k == p.ink {
		return
	}
	if p.ink != "" {
		p.b = append(p.b, reset...)
		p.b = append(p.b, p.base...)
	}
	p.b = append(p.b, k...)
	p.ink = k
}

// put writes the console's own text, whose every rune is one cell wide.
func (p *pen) put(k ink, s string) {
	n := utf8.RuneCountInString(s)
	if n > p.left {
		p.foreign(k, s)
		return
	}
	if n == 0 {
		return
	}
	p.use(k)
	p.b = append(p.b, s...)
	p.left -= n
}

// foreign writes text from outside, made plain.
func (p *pen) foreign(k ink, s string) {
	p.clipped(k, plain(s), p.left)
}

// clipped writes plain text in at most w cells.
func (p *pen) clipped(k ink, s string, w int) {
	head, n, cut := clipAt(s, min(w, p.left))
	if cut {
		n--
	}
	p.measured(k, head, n)
	if cut {
		p.cell(k, '…')
	}
}

// measured writes plain text of n cells, for which there is room.
func (p *pen) measured(k ink, s string, n int) {
	if n == 0 {
		return
	}
	p.use(k)
	p.b = append(p.b, s...)
	p.left -= n
}

// foreignIn writes text from outside in exactly w cells.
func (p *pen) foreignIn(k ink, w int, s string) {
	end := p.left - min(w, p.left)
	p.clipped(k, plain(s), w)
	p.space(p.left - end)
}

// id writes a task's id in the cells of a short one; without building a string, where the id is plain.
func (p *pen) id(k ink, id string) {
	if len(id) <= idHead+1+idTail || !printableASCII(id) {
		p.foreignIn(k, idHead+1+idTail, shortID(id))
		return
	}
	p.put(k, id[:idHead])
	p.cell(k, '…')
	p.put(k, id[len(id)-idTail:])
}

// cell writes one rune of one cell.
func (p *pen) cell(k ink, r rune) {
	if p.left < 1 {
		return
	}
	p.use(k)
	p.b = utf8.AppendRune(p.b, r)
	p.left--
}

// space writes blanks. They keep the ink of the run before them, which saves a sequence.
func (p *pen) space(n int) {
	n = min(n, p.left)
	for range max(0, n) {
		p.b = append(p.b, ' ')
	}
	p.left -= max(0, n)
}

// right writes a figure at the right of w cells. A wider one takes what it needs; one that the line has no room for is
// left out, since half a figure is a wrong one.
func (p *pen) right(k ink, w int, s []byte) {
	n := utf8.RuneCount(s)
	p.space(w - n)
	if n <= p.left {
		p.use(k)
		p.b = append(p.b, s...)
		p.left -= n
	}
}

// rule writes n cells of a frame's line.
func (p *pen) rule(k ink, n int) {
	for range min(n, p.left) {
		p.cell(k, '─')
	}
}

// blank is a line of w empty cells.
func blank(w int) string { return strings.Repeat(" ", max(0, w)) }
