package ui

// box draws a pane's frame around its rows: a title in the upper border, a caption in the lower one, one cell of air at
// both sides. Every line it yields is exactly w cells, and there are exactly h of them.
type box struct {
	*pen
	t       *theme
	w, h    int
	edge    ink
	focused bool
	lines   []string
	beside  []string // the lines of the box at its right; nil: none
}

// Cells and rows that the frame itself takes.
const (
	frameCells = 4
	boxIndent  = 2 // of them at the left
	frameRows  = 2
)

func newBox(p *pen, t *theme, w, h int, focused bool) *box {
	b := &box{pen: p, t: t, w: w, h: h, edge: t.frame, focused: focused, lines: make([]string, 0, max(0, h))}
	if focused {
		b.edge = t.accent
	}
	return b
}

// inner is the width of a row.
func (b *box) inner() int { return max(0, b.w-frameCells) }

// rows is the number of rows between the borders, room the number that are still free.
func (b *box) rows() int { return max(0, b.h-frameRows) }
func (b *box) room() int { return max(0, b.h-1-len(b.lines)) }

// title begins the upper border; what is put until topEnd follows the title.
func (b *box) title(s string) {
	b.begin(b.w)
	if b.focused {
		b.put(b.edge, "╭▸ ") // focus must be seen without colour too
	} else {
		b.put(b.edge, "╭─ ")
	}
	b.clipped(b.t.strong, plain(s), b.left-2) // the corner keeps its place
	b.put("", " ")
}

// topEnd ends the upper border with a remark at its right end, when there is room for it. The remark may come from
// outside.
func (b *box) topEnd(remark string) {
	remark, n := clip(plain(remark), b.w/2)
	if n > 0 && b.left >= n+6 {
		b.rule(b.edge, b.left-n-4)
		b.put("", " ")
		b.foreign(b.t.dim, remark)
		b.put("", " ")
	}
	b.close("╮")
}

// close ends a border with its corner.
func (b *box) close(corner string) {
	b.rule(b.edge, b.left-1)
	b.put(b.edge, corner)
	b.add()
}

// row begins a row; the pen then writes into its inner width.
func (b *box) row() {
	b.begin(b.w)
	b.put(b.edge, "│ ")
	b.left = b.inner()
}

// selectedRow begins a row that is marked as the selected one, by a glyph as well as by colour.
func (b *box) selectedRow() {
	b.begin(b.w)
	b.put(b.edge, "│")
	b.put(b.t.accent, "▎")
	b.left = b.inner()
	b.under(b.t.picked)
}

// rowEnd ends a row.
func (b *box) rowEnd() {
	b.space(b.left)
	b.under("")
	b.left = min(2, b.w)
	b.use("")
	b.put("", " ")
	b.put(b.edge, "│")
	if b.room() > 0 { // a box that is too low for its rows loses the last ones
		b.add()
	}
}

// add adds the line that the pen has written.
func (b *box) add() {
	beside := ""
	if n := len(b.lines); n < len(b.beside) {
		beside = b.beside[n]
	}
	b.lines = append(b.lines, b.endWith(beside))
}

// say is a row of one text, which may come from outside.
func (b *box) say(k ink, s string) {
	b.row()
	b.foreign(k, s)
	b.rowEnd()
}

// paragraph is a text, which may come from outside, in as many rows as it takes; "" takes none.
func (b *box) paragraph(k ink, s string) {
	if s == "" {
		return
	}
	for _, line := range wrap(plain(s), b.inner()) {
		b.say(k, line)
	}
}

// rest fills the free rows and draws the lower border with a caption in it, which is plain.
func (b *box) rest(caption string) []string {
	for b.room() > 0 {
		b.row()
		b.rowEnd()
	}
	b.begin(b.w)
	b.put(b.edge, "╰─")
	if text, n := clip(caption, b.w-6); n > 0 {
		b.put("", " ")
		b.measured(b.t.dim, text, n)
		b.put("", " ")
	}
	b.close("╯")
	return b.lines
}
