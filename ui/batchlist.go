package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// batchList shows the batches, the newest first, with how far each is and how it ended.
type batchList struct {
	a        *App
	table    table[int, *batch]
	selected int
}

func newBatchList(a *App) *batchList {
	l := &batchList{a: a}
	l.table = table[int, *batch]{
		key: func(b **batch) int { return (*b).id }, selected: &l.selected,
		columns: []column[*batch]{
			{head: "state", w: 13, left: true, draw: l.state},
			{head: "tasks", w: 22, left: true, grows: true, rank: 1, draw: l.what},
			{head: "settled", w: 26, draw: l.progress},
			{head: "", w: 15, rank: 3, draw: l.bar},
			{head: "not taken", w: 11, rank: 4, draw: l.unwanted},
			{head: "rate", w: 9, rank: 5, draw: l.rate},
			{head: "for", w: 9, rank: 2, draw: l.took},
		},
	}
	return l
}

func (a *App) openBatches(string) tea.Cmd {
	if a.batch != nil {
		a.batchList.selected = a.batch.id
	}
	a.dialog = a.batchList
	return nil
}

func (l *batchList) typing() bool { return false }

func (l *batchList) key(a *App, k tea.KeyMsg) tea.Cmd {
	l.fill()
	switch name := k.String(); name {
	case "esc", "q", "B":
		a.dialog = nil
	case "enter":
		if b := l.table.current(); b != nil {
			(*b).back = l
			a.dialog = *b
		}
	case "c":
		if b := l.table.current(); b != nil {
			(*b).stop()
		}
	case "e":
		a.dialog = nil
		if why := a.barPublish(); why != "" {
			a.say(levelWarn, "e cannot act now: "+why)
			return nil
		}
		return a.openForm("")
	default:
		l.table.move(moved(name, l.table.shown))
	}
	return nil
}

// fill puts the batches into the table, the newest first.
func (l *batchList) fill() {
	rows := make([]*batch, 0, len(l.a.batches))
	for i := range l.a.batches {
		rows = append(rows, l.a.batches[len(l.a.batches)-1-i])
	}
	l.table.take(rows)
}

const (
	batchesWidth = 116
	remarkRows   = 3 // of the selected batch
)

func (l *batchList) view(a *App, w, h int) []string {
	l.fill()
	w = min(batchesWidth, w)
	b := newBox(&a.pen, a.t, w, min(max(len(l.table.rows), 1)+1+remarkRows+frameRows+1, h), true)
	b.title("Batches")
	if n := len(a.running()); n > 0 {
		b.put(a.t.dim, count(int64(n))+" of "+count(mostRunning)+" running ")
	}
	b.topEnd("to " + a.scene.queue.Queue)
	if len(l.table.rows) == 0 {
		b.say(a.t.dim, "nothing has been published yet; e makes tasks")
		return b.rest("e enqueue · esc closes")
	}
	rows := max(1, min(len(l.table.rows), b.rows()-1-remarkRows-1))
	hidden := l.rows(b, rows)
	if hidden > 0 {
		b.say(a.t.faint, count(int64(hidden))+" more")
	} else {
		b.say("", "")
	}
	if at := l.table.current(); at != nil {
		for _, line := range (*at).remarks(a, b.inner()-2) {
			if b.room() > 0 {
				b.say(line.k, " "+line.text)
			}
		}
	}
	return b.rest("c cancels · enter shows · e enqueue · esc closes")
}

// rows draws the table in so many rows of the box, and returns how many batches had none.
func (l *batchList) rows(b *box, rows int) (hidden int) {
	whole := b.h
	b.h = min(whole, len(b.lines)+1+rows+1) // the table takes the box for full there
	hidden = l.table.view(b, true)
	b.h = whole
	return hidden
}

func (l *batchList) state(b **batch, w int) {
	p := &l.a.pen
	k, mark, word := (*b).stateOf(l.a.t)
	p.cell(k, mark)
	p.space(1)
	p.foreignIn(k, w-2, word)
}

func (l *batchList) what(b **batch, w int) {
	l.a.pen.foreignIn("", w-1, (*b).what)
	l.a.pen.space(1)
}

func (l *batchList) progress(b **batch, w int) {
	p := &l.a.pen
	text := append(appendCount(p.tmp[:0], int64((*b).tally.Settled())), " of "...)
	p.right("", w, appendCount(text, int64((*b).total)))
}

func (l *batchList) bar(b **batch, w int) {
	l.a.pen.space(2)
	progressBar(&l.a.pen, l.a.t, w-2, (*b).share())
}

func (l *batchList) unwanted(b **batch, w int) {
	p, n := &l.a.pen, unwanted(&(*b).tally)
	k := l.a.t.dim
	if n > 0 {
		k = l.a.t.alarm
	}
	p.right(k, w, appendCountIn(p.tmp[:0], int64(n), w-1))
}

// rate is how many tasks a second were settled, over the whole time of the batch.
func (l *batchList) rate(b **batch, w int) {
	p, took := &l.a.pen, (*b).age(l.a)
	if took < time.Second/10 {
		p.right(l.a.t.dim, w, append(p.tmp[:0], unknown...))
		return
	}
	p.right("", w, appendRate(p.tmp[:0], float64((*b).tally.Settled())/took.Seconds()))
}

func (l *batchList) took(b **batch, w int) {
	p := &l.a.pen
	p.right("", w, appendElapsed(p.tmp[:0], (*b).age(l.a)))
}

// age is how long a batch has been under way, or was.
func (b *batch) age(a *App) time.Duration {
	if b.ended {
		return b.took
	}
	return max(0, a.scene.now.Sub(b.started))
}
