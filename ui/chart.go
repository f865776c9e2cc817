package ui

const brailleBlank = '⠀'

// The dots of a braille cell, bottom up, in its left and in its right column.
var (
	leftDots  = [4]rune{0x40, 0x04, 0x02, 0x01}
	rightDots = [4]rune{0x80, 0x20, 0x10, 0x08}
)

// areaRow returns row y (0 is the top one) of h of an area chart over columns, two of them a cell, scaled to top. A gap
// (-1) stays empty; a sample of 0 still shows its lowest dot, so that "empty" and "not known" look different.
func areaRow(row []rune, columns []int64, top int64, y, h int) []rune {
	row = row[:0]
	for i := 0; i+1 < len(columns); i += 2 {
		cell := rune(brailleBlank)
		for d := range 4 {
			level := (h-1-y)*4 + d
			if level < dots(columns[i], top, h) {
				cell |= leftDots[d]
			}
			if level < dots(columns[i+1], top, h) {
				cell |= rightDots[d]
			}
		}
		row = append(row, cell)
	}
	return row
}

// dots is the height of a column, in dots.
func dots(v, top int64, h int) int {
	if v < 0 {
		return 0
	}
	all := int64(h * 4)
	return int(max(1, min(all, (v*all+top/2)/max(1, top))))
}

// progressBar draws in w cells how much of a whole is done, from 0 to 1, in half cells.
func progressBar(p *pen, t *theme, w int, share float64) {
	halves := int(share * float64(2*w))
	for i := range w {
		switch {
		case halves >= 2*i+2:
			p.cell(t.accent, '━')
		case halves == 2*i+1:
			p.cell(t.accent, '╸')
		default:
			p.cell(t.faint, '─')
		}
	}
}
