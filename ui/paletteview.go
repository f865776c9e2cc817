package ui

// Measures of the palette: its cells, the rows of entries at most, and the cells of the keys at the right.
const (
	paletteWidth = 92
	paletteRows  = 16
	keyColumn    = 6
)

func (p *finder) view(a *App, w, h int) []string {
	b := newBox(&a.pen, a.t, min(paletteWidth, w), min(paletteRows+frameRows+2, h), true)
	b.title("Commands")
	b.topEnd("enter acts · esc closes")
	b.row()
	b.put(a.t.accent, ":")
	p.field.draw(b.pen, a.t, 0, b.left, true)
	b.rowEnd()
	p.rows = max(1, b.room()-1)
	p.offset = follow(p.offset, min(p.rows, len(p.found)), len(p.found), p.at)
	for i := p.offset; i < min(p.offset+p.rows, len(p.found)); i++ {
		p.row(a, b, i)
	}
	if len(p.found) == 0 {
		b.say(a.t.dim, " nothing is called so")
	}
	for b.room() > 1 {
		b.say("", "")
	}
	if b.room() > 0 {
		k, text := p.remark(a)
		b.say(k, " "+text)
	}
	return b.rest("")
}

// row draws one entry: its label, why it cannot be done now, and its key.
func (p *finder) row(a *App, b *box, i int) {
	f := &p.found[i]
	if i == p.at {
		b.selectedRow()
	} else {
		b.row()
	}
	why := f.barred(a)
	text, key := ink(""), a.t.accent
	if why != "" {
		text, key = a.t.faint, a.t.faint
	}
	b.left -= keyColumn
	b.space(1)
	highlight(b.pen, a.t, text, f.label(), f.At)
	if why != "" {
		b.foreign(a.t.warn, "  not now: "+why)
	}
	b.space(b.left)
	b.left += keyColumn
	b.right(key, keyColumn, []byte(f.key))
	b.rowEnd()
}

// highlight writes plain text with the matched runes set off: by their ink, and where there is none by brackets.
func highlight(p *pen, t *theme, k ink, s string, at []int) {
	runes := []rune(s)
	for i := 0; i < len(runes); {
		hit := len(at) > 0 && at[0] == i
		n := i
		for n < len(runes) && hit == (len(at) > 0 && at[0] == n) {
			if hit {
				at = at[1:]
			}
			n++
		}
		switch part := string(runes[i:n]); {
		case !hit:
			p.foreign(k, part)
		case t.colourless():
			p.foreign(k, "["+part+"]")
		default:
			p.foreign(t.accent, part)
		}
		i = n
	}
}

// remark is the last line: what went wrong, or how much there is.
func (p *finder) remark(a *App) (ink, string) {
	switch q := &p.queues; {
	case p.trouble != "":
		return a.t.warn, p.trouble
	case q.err != nil:
		return a.t.warn, "The queues cannot be listed: " + q.err.Error()
	case q.asking:
		return a.t.dim, "asking for the queues …"
	case q.known && !q.whole:
		return a.t.dim, count(int64(len(q.names))) + " of " + count(int64(q.total)) + " queues; type more of the name"
	}
	return a.t.dim, count(int64(len(p.found))) + " of " + count(int64(len(p.entries)))
}
