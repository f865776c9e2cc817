package picture

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// drawRow draws a row of cells: its backgrounds, then its shapes, then its words.
func drawRow(b *strings.Builder, cells []cell, y int, g ground) {
	x := 0
	for i := 0; i < len(cells); {
		n, w := i, 0
		for n < len(cells) && cells[n].back == cells[i].back {
			w += cells[n].w
			n++
		}
		if back := cells[i].back; back != "" && back != g.back {
			fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", x, y, w*cellWidth, cellHeight, back)
		}
		x += w * cellWidth
		i = n
	}
	drawShapes(b, cells, y)
	drawWords(b, cells, y)
}

// drawShapes draws what is no letter, all cells of one look in one path.
func drawShapes(b *strings.Builder, cells []cell, y int) {
	paths := map[look]*strings.Builder{}
	var order []look
	x := 0
	for i := range cells {
		r, n := utf8.DecodeRuneInString(cells[i].text)
		if s, ok := shapeOf(r); ok && n == len(cells[i].text) {
			k := look{s.kind, cells[i].fore}
			if paths[k] == nil {
				paths[k] = new(strings.Builder)
				order = append(order, k)
			}
			s.path(paths[k], x, y)
		}
		x += cells[i].w * cellWidth
	}
	for _, k := range order {
		fmt.Fprintf(b, `<path d="%s" `+attributes[k.kind]+"/>\n", paths[k].String(), k.colour)
	}
}

type look struct {
	kind   kind
	colour string
}

// drawWords draws letters, a run of one style at a time. A run ends at two blanks, and at anything whose place a font could
// get wrong; the length of each is stated, so that a column of figures stays one.
func drawWords(b *strings.Builder, cells []cell, y int) {
	x := 0
	for i := 0; i < len(cells); {
		c := &cells[i]
		if !isWord(c) {
			x += c.w * cellWidth
			i++
			continue
		}
		n := i + 1
		for simple(c.text) && n < len(cells) && simple(cells[n].text) && cells[n].style == c.style &&
			(isWord(&cells[n]) || n+1 < len(cells) && simple(cells[n+1].text) && isWord(&cells[n+1]) && cells[n+1].style == c.style) {
			n++
		}
		var text strings.Builder
		for j := i; j < n; j++ {
			text.WriteString(cells[j].text)
		}
		w := columns(cells[i:n]) * cellWidth
		weight := ""
		if c.bold {
			weight = ` font-weight="bold"`
		}
		fmt.Fprintf(b, `<text x="%d" y="%d" textLength="%d" lengthAdjust="spacingAndGlyphs" fill="%s"%s>%s</text>`+"\n",
			x, y+baseline, w, c.fore, weight, escape(text.String()))
		x += w
		i = n
	}
}

// isWord reports whether a cell is drawn as a letter.
func isWord(c *cell) bool {
	r, n := utf8.DecodeRuneInString(c.text)
	if strings.TrimSpace(c.text) == "" {
		return false
	}
	_, shape := shapeOf(r)
	return !shape || n != len(c.text)
}

// simple reports whether every monospace font has the character, and in one cell.
func simple(text string) bool { return len(text) == 1 && text[0] >= ' ' && text[0] <= '~' }
