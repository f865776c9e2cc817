package ui

import (
	"math"
	"strconv"
	"time"

	"carousel/broker"
)

// drawing is what every pane draws with and from.
type drawing struct {
	*scene
	t *theme
	p *pen
}

// queuePane shows the queue's figures with their ages, its depth over ten minutes, and where that leads.
type queuePane struct {
	drawing
	columns []int64
	runes   []rune
}

// From this width on a row has room for figures and chart side by side.
const stripWidth = 70

// Cells of a figure: with its age, and without.
const (
	agedCell  = 21
	plainCell = 15
	cellGap   = 2
)

func (q *queuePane) view(w, h int, focused bool) []string {
	b := newBox(q.p, q.t, w, h, focused)
	b.title("Queue")
	q.failures()
	state := q.queue.State.Value
	if q.queue.Missing { // a queue that is gone is not running, whatever was read last
		state = ""
	}
	b.topEnd(state)
	remark := ""
	switch {
	case b.inner() >= stripWidth:
		remark = q.strip(b)
	default:
		q.column(b)
	}
	return b.rest(q.caption() + remark)
}

// failures tells in the title of failed tasks: how many wait for their retry and when the next one is due, and how many are
// in the dead-letter queue. A queue without any has a calm title.
func (q *queuePane) failures() {
	p, s := q.p, &q.queue
	if n := s.Retrying.Value; n > 0 {
		p.put(q.t.warn, "▒ ")
		p.right(q.t.warn, 0, appendCount(p.tmp[:0], n))
		p.put(q.t.warn, " retry"+q.retryIn()+" ")
	}
	if n := s.Dead.Value; n > 0 {
		p.put(q.t.alarm, "× ")
		p.right(q.t.alarm, 0, appendCount(p.tmp[:0], n))
		p.put(q.t.alarm, " dead ")
	}
}

// retryIn says when the next retry is due: exactly for a task that this pool sent there, otherwise at the latest.
func (s *scene) retryIn() string {
	switch {
	case s.queue.RetryNext.After(s.now):
		return " in " + span(s.queue.RetryNext.Sub(s.now).Round(100*time.Millisecond))
	case s.queue.RetryBound > 0:
		return " within " + span(s.queue.RetryBound)
	}
	return ""
}

// strip puts the figures at the left and the chart at the right. What it has no row for is a remark for the lower border.
func (q *queuePane) strip(b *box) (remark string) {
	const left = 2*agedCell + cellGap
	rows := b.rows()
	nodes := q.nodeRows()
	if len(nodes) > 0 && figureRows+len(nodes) > rows {
		remark, nodes = " · "+nodes[0].text, nil
	}
	top := q.measure(b.inner() - left - cellGap)
	for y := range rows {
		b.row()
		switch n := y - figureRows; {
		case n < 0:
			q.figures(y, agedCell)
		case n < len(nodes):
			q.node(nodes[n], left)
			b.space(cellGap)
		default:
			b.space(left + cellGap)
		}
		if y < rows-1 {
			q.chart(top, y, rows-1)
		} else {
			q.leads()
		}
		b.rowEnd()
	}
	return remark
}

// column puts the figures above the chart.
func (q *queuePane) column(b *box) {
	cell := plainCell
	if b.inner() >= 2*agedCell+cellGap {
		cell = agedCell
	}
	for y := range min(figureRows, b.rows()-1) {
		b.row()
		q.figures(y, cell)
		b.rowEnd()
	}
	for _, n := range q.nodeRows() {
		if b.room()-1 > leastChart {
			b.row()
			q.node(n, b.inner())
			b.rowEnd()
		}
	}
	if h := b.room() - 1; h > 0 {
		top := q.measure(b.inner())
		for y := range h {
			b.row()
			q.chart(top, y, h)
			b.rowEnd()
		}
	}
	b.row()
	q.leads()
	b.rowEnd()
}

// figureRows is how many rows the figures take, two a row; leastChart is how many of the chart stay below the rows that may
// be left out.
const (
	figureRows = 4
	leastChart = 2
)

// node draws a row about the nodes in w cells.
func (q *queuePane) node(n nodeRow, w int) {
	q.p.put(q.t.dim, n.label)
	q.p.space(figureLabel - len(n.label))
	q.p.foreignIn(n.k, w-figureLabel, n.text)
}

// figureLabel is what a label takes at the left of a figure.
const figureLabel = 9

func (q *queuePane) figures(y, cell int) {
	s := &q.queue
	switch y {
	case 0:
		q.number(cell, "ready", s.Ready, q.t.strong)
		q.number(cell, "unacked", s.Unacked, q.t.strong)
	case 1:
		q.rate(cell, "in", s.In)
		q.rate(cell, "out", s.Out)
	case 2:
		q.oldest(cell)
		q.size(cell)
	case 3:
		q.number(cell, "consumers", s.Consumers, "")
		q.rate(cell, "redeliv.", s.Redelivered)
	}
}

func (q *queuePane) number(cell int, label string, f broker.Figure[int64], k ink) {
	q.figure(cell, label, f.At, k, func(b []byte, w int) []byte { return appendCountIn(b, f.Value, w) })
}

func (q *queuePane) rate(cell int, label string, f broker.Figure[float64]) {
	q.figure(cell, label, f.At, "", func(b []byte, _ int) []byte { return appendRate(b, f.Value) })
}

func (q *queuePane) oldest(cell int) {
	f := q.queue.Oldest
	q.figure(cell, "oldest", f.At, "", func(b []byte, _ int) []byte {
		return appendAge(b, max(0, q.now.Sub(f.Value)))
	})
}

func (q *queuePane) size(cell int) {
	f := q.queue.MessageBytes
	q.figure(cell, "bytes", f.At, "", func(b []byte, _ int) []byte { return appendBytes(b, f.Value) })
}

// figure draws a label, a value and its age in a cell, and the gap after it. An unknown value is a dash, never 0; a stale
// one is dim, with its age in the warning colour.
func (q *queuePane) figure(cell int, label string, at time.Time, k ink, value func([]byte, int) []byte) {
	p, age := q.p, max(0, q.now.Sub(at))
	w, ageCells := cell-figureLabel, 0
	if cell == agedCell {
		if ageCells = len(" 12 s"); !at.IsZero() {
			ageCells = max(ageCells, 1+len(appendAge(p.tmp[:0], age))) // that of a stale figure takes of the figure's own cells
		}
		w -= ageCells
	}
	p.put(q.t.dim, label)
	room := figureLabel - len(label) + w // a long figure stands where a short label leaves cells free
	switch {
	case at.IsZero():
		p.right(q.t.dim, room, append(p.tmp[:0], unknown...))
	case age > staleAfter:
		p.right(q.t.dim, room, value(p.tmp[:0], w-1))
	default:
		p.right(k, room, value(p.tmp[:0], w-1))
	}
	switch {
	case ageCells == 0:
	case at.IsZero():
		p.space(ageCells)
	case age > staleAfter:
		p.right(q.t.warn, ageCells, appendAge(p.tmp[:0], age))
	default:
		p.right(q.t.faint, ageCells, appendAge(p.tmp[:0], age))
	}
	p.space(cellGap)
}

// measure fills the chart's columns for w cells and returns the value at its top.
func (q *queuePane) measure(w int) int64 {
	if n := max(0, 2*w); cap(q.columns) < n {
		q.columns = make([]int64, n)
	} else {
		q.columns = q.columns[:n]
	}
	q.depth.columns(q.now, q.columns)
	var top int64 = 1
	for _, v := range q.columns {
		top = max(top, v)
	}
	return top
}

func (q *queuePane) chart(top int64, y, h int) {
	q.runes = areaRow(q.runes, q.columns, top, y, h)
	k := q.t.shades[0]
	for _, r := range q.runes {
		q.p.cell(k, r)
	}
}

func (q *queuePane) caption() string {
	var top int64 = -1
	for _, v := range q.columns {
		top = max(top, v)
	}
	over := "depth over " + strconv.Itoa(int(q.depth.window(q.now)/time.Minute)) + " min"
	if top < 0 {
		return over
	}
	return over + " · top " + count(top)
}

// leads says in one phrase where the depth is going. The four ways to have nothing to draw are four different phrases.
func (q *queuePane) leads() {
	k, s := q.t.dim, ""
	switch ready := q.queue.Ready; {
	case q.queue.Missing:
		k, s = q.t.alarm, "there is no such queue"
	case !ready.Known():
		s = "no data yet"
	case stale(ready, q.now):
		k, s = q.t.warn, "stale: last read "+span(ready.Age(q.now))+" ago"
	case ready.Value == 0:
		s = "the queue is empty"
	case q.course == courseUnknown:
		s = "watching where it goes …"
	case q.shrinks():
		s = "drains in " + span(drainTime(ready.Value, q.trend))
	case q.grows():
		k, s = q.t.warn, "▲ grows by "+rate(q.trend)+" · no drain"
	default:
		s = "holds at this depth"
	}
	q.p.put(k, s)
}

// flat is the slope, in tasks a second, below which a depth counts as steady: a hundredth of it a minute, and what
// prefetch makes it swing by.
func flat(ready int64) float64 { return math.Max(0.1, float64(ready)/6000) }

// drainTime is how long a falling depth takes to reach zero at its present slope.
func drainTime(ready int64, slope float64) time.Duration {
	return seconds(float64(ready) / -slope).Round(time.Second)
}
