package ui

import (
	"carousel/broker"
	"carousel/worker"
)

// Bounds of the batches.
const (
	mostRunning = 8   // at a time: each has a share of the window of outstanding confirms
	mostKept    = 100 // in the list; the oldest that have ended go first
)

// keepBatch puts a batch that starts into the list.
func (a *App) keepBatch(b *batch) {
	a.batchesMade++
	b.id = a.batchesMade
	a.batch = b
	a.batches = append(a.batches, b)
	for i := 0; i < len(a.batches) && len(a.batches) > mostKept; {
		if !a.batches[i].ended {
			i++
			continue
		}
		a.batches = append(a.batches[:i:i], a.batches[i+1:]...)
	}
}

// running are the batches that have not ended, oldest first.
func (a *App) running() (running []*batch) {
	for _, b := range a.batches {
		if !b.ended {
			running = append(running, b)
		}
	}
	return running
}

// barBatch says why no batch can start; "" when one can.
func (a *App) barBatch() string {
	if len(a.running()) < mostRunning {
		return ""
	}
	return count(mostRunning) + " batches are on their way, which is the most at a time; wait for one, or cancel one (B)"
}

// readTallies brings the running batches up to date.
func (a *App) readTallies() {
	for _, b := range a.batches {
		if !b.ended {
			b.tally = b.read() // not in the look, which may have been ordered before this batch
		}
	}
}

// publishing reports whether outcomes are waited for.
func (a *App) publishing() bool {
	for _, b := range a.batches {
		if b.busy() {
			return true
		}
	}
	return false
}

// sumOf adds batches up to one.
func sumOf(batches []*batch) batch {
	var sum batch
	for _, b := range batches {
		t := &sum.tally
		sum.total += b.total
		t.Sent += b.tally.Sent
		t.Confirmed += b.tally.Confirmed
		t.Returned += b.tally.Returned
		t.Rejected += b.tally.Rejected
		t.Unknown += b.tally.Unknown
	}
	return sum
}

// segment draws at the end of the verdict's line how far the running batches are, where that line has so much room, and
// reports whether it did.
func (a *App) segment(p *pen, room int) bool {
	const bar = 12
	running := a.running()
	if len(running) == 0 {
		return false
	}
	sum := sumOf(running)
	label := "publishing " + sum.outstanding() + " "
	if n := len(running); n > 1 {
		label = count(int64(n)) + " batches, " + sum.outstanding() + " "
	}
	if room < width(label)+bar {
		return false
	}
	p.space(p.left - width(label) - bar - 1)
	p.put(a.t.dim, label)
	progressBar(p, a.t, bar, sum.share())
	return true
}

// whatOf names a load in a list.
func whatOf(l *worker.Load) string {
	const most = 200
	what := l.Type
	if len(l.Bodies) > 0 {
		body := l.Bodies[0]
		if len(body) > 0 && what != "" {
			what += " "
		}
		what += string(body[:min(len(body), most)])
	}
	if what == "" {
		return "an empty body"
	}
	return what
}

// givenUp says what became of the batches that leaving cut short; "" when there was none. All have ended.
func (a *App) givenUp() string {
	var cut []*batch
	for _, b := range a.batches {
		if !b.cutShort {
			continue
		}
		if b.tally = b.read(); b.tally.Confirmed < uint64(b.total) {
			cut = append(cut, b)
		}
	}
	if len(cut) == 0 {
		return ""
	}
	sum := sumOf(cut)
	text := sum.confirmed()
	if unsent := uint64(sum.total) - min(uint64(sum.total), sum.tally.Sent); unsent > 0 {
		text += ", " + count(int64(unsent)) + " never sent"
	}
	if len(cut) == 1 {
		return "the batch was given up: " + text
	}
	return count(int64(len(cut))) + " batches were given up: " + text
}

// stateOf is a batch's state in a word, and how it is drawn.
func (b *batch) stateOf(t *theme) (k ink, mark rune, word string) {
	switch l, _ := b.verdict(); {
	case !b.ended && b.cancelled:
		return t.warn, '▓', "cancelling"
	case !b.ended && b.tally.Waiting != "":
		return t.warn, '·', "waiting"
	case !b.ended:
		return t.accent, '▓', "running"
	case l == levelCalm:
		return t.calm, '✓', "confirmed"
	case b.cancelled:
		return t.dim, '╌', "cancelled"
	case b.tally.Confirmed == 0:
		return t.alarm, '×', "failed"
	}
	return t.alarm, '×', "in part"
}

// unwanted is how many tasks were neither confirmed nor are under way.
func unwanted(t *broker.Tally) uint64 { return t.Returned + t.Rejected + t.Unknown }
