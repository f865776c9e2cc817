package ui

import "strconv"

const batchWidth = 72

func (b *batch) view(a *App, w, h int) []string {
	box := newBox(&a.pen, a.t, min(batchWidth, w), min(12, h), true)
	box.title("Enqueue")
	box.foreign(a.t.dim, clipTo(b.what, 24)+" ")
	box.topEnd("to " + a.scene.queue.Queue)
	box.say("", "")
	box.row()
	box.space(1)
	progressBar(box.pen, a.t, box.left-9, b.share())
	box.right("", 7, appendShare(box.tmp[:0], b.share()))
	box.rowEnd()
	box.say("", "")
	b.outcomes(box)
	box.say("", "")
	for _, line := range b.remarks(a, box.inner()-2) {
		box.say(line.k, " "+line.text)
	}
	for box.room() > 1 {
		box.say("", "")
	}
	box.say(a.t.dim, b.ways())
	return box.rest("")
}

func (b *batch) ways() string {
	switch {
	case b.ended:
		return " enter back to the form · B all batches · esc closes"
	case b.cancelled:
		return " cancelled; waiting for the last confirms … · esc closes"
	}
	return " c cancels the rest · B all batches · esc closes, it goes on"
}

// share is the part of the batch whose outcome is known.
func (b *batch) share() float64 {
	if b.total == 0 {
		return 1
	}
	return float64(b.tally.Settled()) / float64(b.total)
}

func (b *batch) outcomes(box *box) {
	t := &b.tally
	for _, row := range [][2]struct {
		word string
		n    uint64
		k    ink
	}{
		{{"confirmed", t.Confirmed, box.t.calm}, {"returned", t.Returned, box.t.alarm}},
		{{"rejected", t.Rejected, box.t.alarm}, {"unknown", t.Unknown, box.t.warn}},
		{{"sent", t.Sent, ""}, {"outstanding", t.Sent - min(t.Sent, t.Settled()), ""}},
	} {
		box.row()
		for _, o := range row {
			k := o.k
			if o.n == 0 {
				k = box.t.dim
			}
			box.put(box.t.dim, " "+o.word)
			box.space(13 - len(o.word))
			box.right(k, 11, appendCountIn(box.tmp[:0], int64(o.n), 11))
			box.space(7)
		}
		box.rowEnd()
	}
}

type remark struct {
	k    ink
	text string
}

// remarks say what the batch waits for and what went wrong, or how it ended.
func (b *batch) remarks(a *App, w int) (out []remark) {
	say := func(k ink, text string) {
		for _, line := range wrap(plain(text), w) {
			out = append(out, remark{k, line})
		}
	}
	switch {
	case b.ended:
		l, text := b.verdict()
		say(a.t.of(l), text+" It took "+span(b.took)+".")
	case b.tally.Waiting != "":
		say(a.t.warn, "Waiting: "+b.tally.Waiting)
	case b.tally.Trouble != "":
		say(a.t.alarm, b.tally.Trouble)
	case b.rate > 0:
		say(a.t.dim, "at "+strconv.FormatFloat(b.rate, 'g', -1, 64)+" a second, for "+a.scene.ago(b.started))
	}
	return out
}
