package ui

import (
	"context"
	"errors"
	"strconv"
	"time"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// batch is a load that is being published, or was. As a dialog it shows how far it is; closed, it goes on, and the board
// shows a segment of it.
type batch struct {
	total     int
	rate      float64
	started   time.Time
	read      func() broker.Tally // returns at once
	tally     broker.Tally
	cancel    context.CancelFunc
	cancelled bool
	cutShort  bool // leaving the console ended it
	ended     bool
	took      time.Duration
	err       error
}

// batchMsg tells that a batch has ended: every outcome is known.
type batchMsg struct {
	batch *batch
	err   error
}

// publish starts the batch that the form has described, once its body is read.
func (a *App) publish(msg bodyMsg) tea.Cmd {
	msg.form.reading = false
	if msg.err != nil {
		msg.form.body.wrong = msg.err.Error()
		msg.form.moveTo(0)
		return nil
	}
	if msg.form.misplaced(msg.load.Validate()) || a.leaving != nil || a.switching != nil || a.batch != nil && !a.batch.ended {
		return nil
	}
	cmd := a.start(msg.load)
	if a.dialog == dialog(msg.form) {
		a.dialog = a.batch
	}
	return cmd
}

// start publishes a load that has passed Validate, as the batch of the moment.
func (a *App) start(load worker.Load) tea.Cmd {
	ctx, cancel := context.WithCancel(a.crew.ctx)
	progress := new(broker.Progress)
	b := &batch{total: load.Count, rate: load.Rate, started: a.scene.now, read: progress.Read, cancel: cancel}
	a.batch = b
	client := a.o.Broker
	return a.crew.send(func(context.Context) tea.Msg {
		defer cancel()
		return batchMsg{b, client.Enqueue(ctx, load.Batch(), progress)}
	})
}

// published takes the end of a batch in. When nobody looks at it, a toast tells.
func (a *App) published(msg batchMsg) {
	b := msg.batch
	b.ended, b.err, b.took = true, msg.err, a.scene.now.Sub(b.started)
	b.tally = b.read()
	if a.dialog == dialog(b) {
		return
	}
	l, text := b.verdict()
	a.say(l, text)
}

// verdict sums an ended batch up in a sentence.
func (b *batch) verdict() (level, string) {
	switch t := &b.tally; {
	case t.Confirmed == uint64(b.total):
		return levelCalm, "All " + plural(b.total, "task") + " confirmed."
	case b.cancelled:
		return levelNote, "Cancelled: " + b.confirmed() + "."
	case b.err != nil && !errors.Is(b.err, context.Canceled):
		return levelAlarm, sentence("The batch broke off" + b.doubts() + ": " + b.err.Error())
	}
	if b.tally.Trouble == "" { // the console is being left
		return levelNote, "Given up: " + b.confirmed() + "."
	}
	return levelAlarm, sentence(b.confirmed() + ": " + b.tally.Trouble)
}

func (b *batch) confirmed() string {
	return count(int64(b.tally.Confirmed)) + " of " + plural(b.total, "task") + " confirmed" + b.doubts()
}

func (b *batch) doubts() (s string) {
	t := &b.tally
	for _, o := range []struct {
		n    uint64
		word string
	}{{t.Returned, "returned"}, {t.Rejected, "rejected"}, {t.Unknown, "unknown"}} {
		if o.n > 0 {
			s += ", " + count(int64(o.n)) + " " + o.word
		}
	}
	return s
}

// outstanding says how far the batch is.
func (b *batch) outstanding() string {
	return count(int64(b.tally.Settled())) + " of " + count(int64(b.total))
}

// busy reports whether outcomes are waited for; it may be called of no batch.
func (b *batch) busy() bool { return b != nil && !b.ended && b.tally.Sent > b.tally.Settled() }

func (b *batch) typing() bool { return false }

func (b *batch) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "esc", "q":
		a.dialog = nil
	case "enter", "e":
		a.dialog = nil
		if b.ended {
			a.dialog = a.draft
		}
	case "c":
		if !b.ended {
			b.cancelled = true
			b.cancel()
		}
	}
	return nil
}

const batchWidth = 72

func (b *batch) view(a *App, w, h int) []string {
	box := newBox(&a.pen, a.t, min(batchWidth, w), min(12, h), true)
	box.title("Enqueue")
	box.topEnd("to " + a.scene.queue.Queue)
	box.say("", "")
	box.row()
	box.space(1)
	b.bar(box.pen, a.t, box.left-9)
	box.right("", 7, appendShare(box.tmp[:0], b.done()))
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
		return " enter back to the form · esc closes"
	case b.cancelled:
		return " cancelled; waiting for the last confirms … · esc closes"
	}
	return " c cancels the rest · esc closes, publishing goes on"
}

// done is the share of the batch whose outcome is known.
func (b *batch) done() float64 {
	if b.total == 0 {
		return 1
	}
	return float64(b.tally.Settled()) / float64(b.total)
}

// bar draws how much is known, in half cells.
func (b *batch) bar(p *pen, t *theme, w int) {
	halves := int(b.done() * float64(2*w))
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
		say(a.t.dim, "at "+strconv.FormatFloat(b.rate, 'g', -1, 64)+" a second, for "+
			span(max(0, a.scene.now.Sub(b.started)).Truncate(time.Second)))
	}
	return out
}
