package ui

import (
	"context"
	"errors"
	"time"

	"carousel/broker"
	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// batch is a load that is being published, or was. As a dialog it shows how far it is; closed, it goes on, and the board
// shows a segment of it.
type batch struct {
	id        int    // from 1, in the order of their start
	what      string // its type and the first body's start, as typed
	samples   bool   // the sandbox's test tasks
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
	back      dialog // what it was opened from; nil: the board
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
	if msg.form.misplaced(msg.wrong) {
		return nil
	}
	if a.o.Context.Protected && a.dialog != dialog(msg.form) { // there is nobody to ask
		a.say(levelWarn, "Nothing was sent: the form was closed before the protected context was named.")
		return nil
	}
	what := plural(msg.load.Count, "task") + " would be sent."
	return a.approved("Enqueue", []string{what}, a.scene.queue.Queue, msg.form, func(a *App) tea.Cmd { return a.launch(msg) })
}

// launch starts the batch, if that can still be.
func (a *App) launch(msg bodyMsg) tea.Cmd {
	if a.leaving != nil || a.switching != nil {
		return nil
	}
	if why := a.barBatch(); why != "" {
		msg.form.trouble = sentence(why)
		return nil
	}
	msg.form.sent(msg.draft)
	cmd := tea.Batch(a.start(msg.load), a.keepSent(msg.draft))
	if a.dialog == dialog(msg.form) {
		a.dialog = a.batch
	}
	return cmd
}

// start publishes a load that has passed Validate, beside the batches that are under way.
func (a *App) start(load worker.Load) tea.Cmd {
	ctx, cancel := context.WithCancel(a.crew.ctx)
	progress := new(broker.Progress)
	b := &batch{what: whatOf(&load), total: load.Count, rate: load.Rate, started: a.scene.now, read: progress.Read, cancel: cancel}
	a.keepBatch(b)
	a.events.note(a.scene.now, levelNote, "batch", "publishing "+plural(load.Count, "task")+" to "+a.scene.queue.Queue)
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
	if a.dialog == dialog(b) || a.dialog == dialog(a.batchList) {
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

// busy reports whether outcomes are waited for.
func (b *batch) busy() bool { return !b.ended && b.tally.Sent > b.tally.Settled() }

func (b *batch) typing() bool { return false }

func (b *batch) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "esc", "q":
		a.dialog = b.back
	case "B":
		return a.openBatches("")
	case "enter", "e":
		a.dialog = b.back
		if b.ended || k.String() == "e" {
			a.dialog = a.draft
		}
	case "c":
		b.stop()
	}
	return nil
}

// stop ends a batch before its end; what was sent stays sent.
func (b *batch) stop() {
	if !b.ended {
		b.cancelled = true
		b.cancel()
	}
}
