package ui

import (
	"fmt"
	"slices"
	"time"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

func (f *whatIf) typing() bool { return false }

func (f *whatIf) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "esc", "q", "w":
		a.dialog = nil
		return nil
	case "enter":
		return f.apply(a)
	case "right", "l", "+", "=":
		f.chosen.workers = min(f.chosen.workers+1, worker.MaxWorkers)
	case "left", "h", "-":
		f.chosen.workers = max(f.chosen.workers-1, 1)
	case "up", "k":
		f.chosen.prefetch = nextPrefetch(f.chosen.prefetch, 1)
	case "down", "j":
		f.chosen.prefetch = nextPrefetch(f.chosen.prefetch, -1)
	case "0":
		f.chosen = f.present()
	default:
		return nil
	}
	return f.think(a)
}

// nextPrefetch is the next one up or down that is worth a try.
func nextPrefetch(now, by int) int {
	at, has := slices.BinarySearch(prefetches, now)
	if by > 0 && has {
		at++
	}
	if by < 0 {
		at--
	}
	return prefetches[max(0, min(at, len(prefetches)-1))]
}

// apply gives the pool the chosen crew.
func (f *whatIf) apply(a *App) tea.Cmd {
	if why := a.barPool(); why != "" {
		a.hint(levelWarn, "enter cannot act now: "+why)
		return nil
	}
	pool := a.o.Pool.Status()
	resize, change := pool.Target != f.chosen.workers, pool.Prefetch != f.chosen.prefetch
	if !resize && !change {
		a.say(levelNote, "that is what the pool has already")
		return nil
	}
	a.dialog = nil
	if change {
		if err := a.o.Pool.SetPrefetch(f.chosen.prefetch); err != nil {
			return a.steered("", err)
		}
	}
	if resize {
		text := ""
		if change {
			text = ", prefetch is " + count(int64(f.chosen.prefetch)) + " now"
		}
		return a.resizeTo(f.chosen.workers, text)
	}
	return a.steered("prefetch is "+count(int64(f.chosen.prefetch))+" now", nil)
}

const (
	whatIfWidth = 100
	// The columns of the table.
	crewCells  = 9
	busyCells  = 8
	drainCells = 13
	waitCells  = 11
)

func (f *whatIf) view(a *App, w, h int) []string {
	w = min(whatIfWidth, w)
	lines := f.lines(a, w-frameCells)
	b := newBox(&a.pen, a.t, w, min(len(lines)+frameRows, h), true)
	b.title("What if")
	b.topEnd("esc closes")
	lines = foldLines(lines, b.rows())
	for _, line := range lines[:min(len(lines), b.rows())] {
		if line.picked {
			b.selectedRow()
		} else {
			b.row()
		}
		line.draw(b)
		b.rowEnd()
	}
	return b.rest("")
}

// boxLine is a row of a box as what draws it.
type boxLine struct {
	draw   func(*box)
	picked bool
	spare  int // where there is no room, those with the greatest are left out first; those with 0 stay
}

// What the lines of a what-if are worth.
const (
	spareRow = iota + 1
	spareText
	spareBasis
	spareGap
)

// foldLines leaves lines out until so many are left, or none can be spared.
func foldLines(lines []boxLine, room int) []boxLine {
	for len(lines) > room {
		at := 0
		for i := range lines {
			if lines[i].spare >= lines[at].spare {
				at = i
			}
		}
		if lines[at].spare == 0 {
			break
		}
		lines = slices.Delete(lines, at, at+1)
	}
	return lines
}

// lines are the rows of the dialog for a width of w cells.
func (f *whatIf) lines(a *App, w int) (lines []boxLine) {
	say := func(k ink, spare int, text string) {
		for _, part := range wrap(plain(text), w) {
			lines = append(lines, boxLine{draw: func(b *box) { b.put(k, part) }, spare: spare})
		}
	}
	gap := func() { lines = append(lines, boxLine{draw: func(*box) {}, spare: spareGap}) }
	if f.silent != "" {
		say(a.t.dim, 0, f.silent)
		return lines
	}
	say("", spareBasis, f.basis())
	gap()
	lines = append(lines, boxLine{draw: f.heads})
	for _, r := range f.rows() {
		line := boxLine{draw: func(b *box) { f.row(b, r) }, spare: spareRow}
		if r.crewSize == f.chosen {
			line.picked, line.spare = true, 0
		}
		lines = append(lines, line)
	}
	gap()
	k, text := f.sentence()
	say(a.t.of(k), spareText, text)
	gap()
	say(a.t.dim, spareBasis, f.model())
	gap()
	return append(lines, boxLine{draw: func(b *box) { f.keys(a, b) }})
}

// basis tells what the outlooks rest upon.
func (f *whatIf) basis() string {
	runs := slices.Clone(f.seen.Runs)
	slices.Sort(runs)
	n := len(runs)
	tries := count(int64(n)) + " tries"
	if n == 1 {
		tries = "try"
	}
	text := fmt.Sprintf("%s ready, %d in hand, %s arrive. The %s that ended last took %s (p50) to %s (p99), %s by the mean.",
		count(int64(f.seen.Ready)), len(f.seen.InHand), rate(f.seen.Arrivals), tries, span(runs[n/2]), span(runs[n*99/100]), span(f.seen.Service()))
	if n < 100 {
		text += " So few tell little of p99."
	}
	return text
}

// model names what foretells.
func (f *whatIf) model() string {
	text := "By the lab's discrete-event model: tasks like these in random order, arrivals by chance (Poisson). Waits are those of tasks " +
		"that come after the backlog has gone."
	if f.seen.Trip > 0 {
		text += " With prefetch 1 a worker waits " + span(f.seen.Trip) + " for its next task, as measured here."
	} else {
		text += " The way to the broker and back is not known, and not in it."
	}
	if f.others {
		text += " Consumers elsewhere are taken to go on as they do."
	}
	return text
}

// sentence tells the chosen outlook in words.
func (f *whatIf) sentence() (level, string) {
	l, known := f.outlooks[f.chosen]
	crew := plural(f.chosen.workers, "worker")
	switch {
	case !known:
		return levelNote, "The model reckons …"
	case !l.Holds():
		more := f.seen.Arrivals * (1 - 1/l.Busy)
		return levelWarn, fmt.Sprintf("%s cannot hold %s: the queue grows by %s. %d hold it.", crew, rate(f.seen.Arrivals), rate(more), f.seen.Fewest(f.chosen.prefetch))
	case l.WaitP50 < 0:
		return levelCalm, fmt.Sprintf("With %s and prefetch %d nothing waits any more in %s. No task arrives.", crew, f.chosen.prefetch, span(l.Drain))
	}
	text := fmt.Sprintf("With %s and prefetch %d nothing waits any more in %s.", crew, f.chosen.prefetch, span(l.Drain))
	if l.Drain == 0 {
		text = fmt.Sprintf("With %s and prefetch %d nothing has to wait now.", crew, f.chosen.prefetch)
	}
	return levelCalm, text + fmt.Sprintf(" Later on, half of the tasks wait for more than %s, and 1 in 100 for more than %s.", span(l.WaitP50), span(l.WaitP99))
}

func (f *whatIf) heads(b *box) {
	b.put(b.t.dim, "  ")
	for _, c := range []struct {
		w    int
		text string
	}{{crewCells, "workers"}, {crewCells, "prefetch"}, {busyCells, "busy"}, {drainCells, "drained in"}, {waitCells, "wait p50"}, {waitCells, "wait p99"}} {
		b.right(b.t.dim, c.w, []byte(c.text))
	}
}

func (f *whatIf) row(b *box, r whatIfRow) {
	mark, k := "  ", ink("")
	if r.crewSize == f.chosen {
		mark, k = "▸ ", b.t.strong
	}
	b.put(b.t.accent, mark)
	b.right(k, crewCells, appendCount(b.tmp[:0], int64(r.workers)))
	b.right(k, crewCells, appendCount(b.tmp[:0], int64(r.prefetch)))
	if l, known := f.outlooks[r.crewSize]; known {
		l.put(b, k)
	} else {
		b.right(b.t.dim, busyCells+drainCells+2*waitCells, append(b.tmp[:0], "…"...))
	}
	b.put(b.t.dim, "  "+r.note)
}

func (l *foreseen) put(b *box, k ink) {
	if l.Holds() {
		b.right(k, busyCells, appendShare(b.tmp[:0], l.Busy))
		b.right(k, drainCells, appendSpan(b.tmp[:0], l.Drain))
	} else {
		b.right(b.t.warn, busyCells, appendShare(b.tmp[:0], 1))
		b.right(b.t.warn, drainCells, append(b.tmp[:0], "never"...))
	}
	for _, wait := range []time.Duration{l.WaitP50, l.WaitP99} {
		switch {
		case wait < 0:
			b.right(b.t.dim, waitCells, append(b.tmp[:0], unknown...))
		case l.Nearly():
			b.right(k, waitCells, appendSpan(append(b.tmp[:0], "> "...), wait))
		default:
			b.right(k, waitCells, appendSpan(b.tmp[:0], wait))
		}
	}
}

// keys draws the keys, those that cannot act with the reason.
func (f *whatIf) keys(a *App, b *box) {
	hint := func(key, word string) {
		b.put(a.t.accent, key)
		b.put(a.t.dim, " "+word+"   ")
	}
	hint("← →", "workers")
	hint("↑ ↓", "prefetch")
	hint("0", "as now")
	if why := a.barPool(); why != "" {
		b.foreign(a.t.faint, "(enter: "+why+")")
		return
	}
	hint("enter", "gives the pool this crew")
}
