package ui

const replayWidth = 84

func (f *replayForm) view(a *App, w, h int) []string {
	w = min(replayWidth, w)
	tail := f.outlook(w - frameCells - 2)
	b := newBox(&a.pen, a.t, w, min(len(tail)+frameRows+6, h), true)
	b.title("Replay")
	b.topEnd("from " + f.queue)
	f.scopeRow(b)
	f.fieldRow(b, f.to, f.at == replayTo)
	f.fieldRow(b, f.rate, f.at == replayRate)
	if b.room() > len(tail)+1 {
		b.say("", "")
	}
	for _, r := range tail {
		if b.room() > 1 {
			b.say(r.k, " "+r.text)
		}
	}
	for b.room() > 1 {
		b.say("", "")
	}
	b.row()
	k, mark := a.t.dim, " "
	if f.at == replayButton {
		k, mark = a.t.accent, "▎"
	}
	b.put(k, mark+"[ replay ]")
	if f.busy != "" {
		b.foreign(a.t.dim, "  "+f.busy)
	} else {
		b.put(a.t.dim, "  ^S replays · tab next · esc cancels")
	}
	b.rowEnd()
	return b.rest("")
}

func (f *replayForm) label(b *box, text string, focused bool) {
	k, mark := b.t.dim, " "
	if focused {
		k, mark = b.t.accent, "▎"
	}
	b.put(k, mark+text)
	b.space(labelCells - 1 - width(text))
}

// scopeRow shows the letters that can be chosen from, each with its number.
func (f *replayForm) scopeRow(b *box) {
	b.row()
	f.label(b, "letters", f.at == replayScope)
	for i := range f.scopes {
		text := f.scopes[i].word + " " + count(int64(len(f.scopes[i].letters)))
		if i == f.scope {
			b.put(b.t.strong, "▸"+text+" ")
		} else {
			b.put(b.t.dim, " "+text+" ")
		}
		b.space(1)
	}
	if len(f.scopes) > 1 {
		b.put(b.t.dim, "arrows: others")
	}
	if f.edited != nil {
		b.put(b.t.warn, "with the edited body, "+string(appendBytes(nil, int64(len(f.edited)))))
	}
	b.rowEnd()
}

func (f *replayForm) fieldRow(b *box, in *field, focused bool) {
	b.row()
	f.label(b, in.label, focused)
	in.draw(b.pen, b.t, 0, inputCells, focused)
	b.space(2)
	if in.wrong != "" {
		b.put(b.t.alarm, "× ")
		b.foreign(b.t.alarm, in.wrong)
	} else {
		b.foreign(b.t.dim, in.hint)
	}
	b.rowEnd()
}

// mostRoutes is how many queues the form names; the others are summed up.
const mostRoutes = 6

// outlook says how many letters will go where, and what that means.
func (f *replayForm) outlook(w int) (out []remark) {
	t := f.s.t
	say := func(k ink, text string) {
		for _, line := range wrap(plain(text), w) {
			out = append(out, remark{k, line})
		}
	}
	routes, stay := deadRoutes(f.scopes[f.scope].letters, f.to.value())
	rest := 0
	for i, r := range routes {
		if i < mostRoutes {
			say(t.strong, plural(r.n, "letter")+" → "+r.to)
		} else {
			rest += r.n
		}
	}
	if rest > 0 {
		say(t.strong, plural(rest, "letter")+" → "+plural(len(routes)-mostRoutes, "other queue"))
	}
	if stay > 0 {
		say(t.warn, plural(stay, "letter")+" without an origin would stay here; name a queue to send all there")
	}
	say("", "")
	if f.s.costErr == nil && f.busy == "" {
		age := f.s.ago(f.s.found.At)
		say("", "Just now the queue has "+plural(f.s.cost.Depth, "letter")+"; what you see is a copy, "+age+" old.")
	}
	if cut := f.s.found.Cut; cut != "" {
		say(t.warn, "Only letters that you have looked at are sent. "+cut)
	}
	say(t.dim, "Each copy is confirmed before its letter is removed: nothing is lost, whatever ends in between; a letter may be there twice.")
	return out
}
