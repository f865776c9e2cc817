package ui

const replayWidth = 84

func (f *replayForm) view(a *App, w, h int) []string {
	w = min(replayWidth, w)
	tail := f.outlook(w - frameCells - 2)
	b := newBox(&a.pen, a.t, w, min(len(tail)+frameRows+6, h), true)
	b.title("Replay")
	if f.edited != nil {
		b.put(a.t.warn, "with the edited body, "+string(appendBytes(nil, int64(len(f.edited))))+" ")
	}
	b.topEnd("from " + f.queue)
	f.draw(b)
	if b.room() > len(tail)+1 {
		b.say("", "")
	}
	for _, r := range tail {
		if b.room() > 1 {
			b.say(r.k, " "+r.text)
		}
	}
	hint := f.busy
	if hint == "" {
		hint = "^S replays · tab next · esc cancels"
	}
	f.button(b, "[ replay ]", hint)
	return b.rest("")
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
	routes, stay := deadRoutes(f.scope().letters, f.to.value())
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
