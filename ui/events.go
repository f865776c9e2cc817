package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// happening is something that carousel did or saw.
type happening struct {
	at, last time.Time
	level    level
	topic    string // what is told again under the same one is counted, not listed
	text     string // one sentence; may hold text from outside, made plain when it is drawn
	times    int
}

// chronicle is what happened since the start, oldest first. Its memory is bounded; what is forgotten is counted.
type chronicle struct {
	list      []happening
	forgotten int
}

// mostHappenings bounds a chronicle.
const mostHappenings = 1000

// note adds a happening. One of the newest one's topic is counted with it, and its text takes the place of the older.
func (c *chronicle) note(at time.Time, l level, topic, text string) {
	if n := len(c.list); n > 0 && c.list[n-1].topic == topic {
		h := &c.list[n-1]
		h.last, h.level, h.text = at, l, text
		h.times++
		return
	}
	if len(c.list) >= mostHappenings {
		half := mostHappenings / 2 // seldom, and then many: moving all for each would be slow
		c.list = append(c.list[:0], c.list[half:]...)
		c.forgotten += half
	}
	c.list = append(c.list, happening{at, at, l, topic, text, 1})
}

// say tells what came of an action, and notes it among the events.
func (a *App) say(l level, text string) {
	a.hint(l, text)
	a.events.note(a.scene.now, l, text, text)
}

// hint tells something for the moment only.
func (a *App) hint(l level, text string) {
	a.toast = toast{text, l, a.clock.Add(toastFor)}
}

// report notes what happened by itself. Where the board does not show it, because one is on another screen or in a dialog, a
// toast tells, unless a graver one stands there.
func (a *App) report(l level, topic, text string) {
	a.events.note(a.scene.now, l, topic, text)
	hidden := a.place != placeBoard || a.dialog != nil
	if hidden && (a.toast.text == "" || a.toast.level <= l) {
		a.hint(l, text)
	}
}

// eventsLog shows the chronicle, the newest first.
type eventsLog struct{ scroll }

func (a *App) openEvents(string) tea.Cmd {
	a.dialog = new(eventsLog)
	return nil
}

func (e *eventsLog) typing() bool { return false }

func (e *eventsLog) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch name := k.String(); name {
	case "esc", "q", "!", "enter":
		a.dialog = nil
	default:
		e.move(name)
	}
	return nil
}

// Measures of the log.
const (
	eventsWidth = 110
	eventsHead  = 12 // cells of time and mark before the text
)

// signs mark how grave a happening is.
var signs = [...]rune{levelCalm: '✓', levelNote: '·', levelWarn: '▲', levelAlarm: '×'}

func (e *eventsLog) view(a *App, w, h int) []string {
	w = min(eventsWidth, w)
	lines := e.lines(a, w-frameCells)
	b := newBox(&a.pen, a.t, w, min(max(1, len(lines))+frameRows, h), true)
	b.title("Events")
	remark := "esc closes"
	if n := a.events.forgotten; n > 0 {
		remark = count(int64(n)) + " older ones forgotten · esc closes"
	}
	b.topEnd(remark)
	e.fit(b.room(), len(lines))
	for _, line := range lines[e.offset:e.end()] {
		b.row()
		line(b)
		b.rowEnd()
	}
	if e.all == 0 {
		b.say(a.t.dim, "nothing has happened yet; what carousel does and sees is kept here")
	}
	caption := ""
	if e.more() {
		caption = "j k older below"
	}
	return b.rest(caption)
}

// lines are the rows of the log, w cells wide.
func (e *eventsLog) lines(a *App, w int) (lines []func(*box)) {
	for i := len(a.events.list) - 1; i >= 0; i-- {
		h := a.events.list[i]
		text := sentence(plain(h.text))
		if h.times > 1 {
			text += " (" + count(int64(h.times)) + " times, first at " + h.at.Format("15:04:05") + ")"
		}
		for n, part := range wrap(text, max(1, w-eventsHead)) {
			lines = append(lines, func(b *box) {
				if n > 0 {
					b.space(eventsHead)
				} else {
					b.right(a.t.dim, 0, h.last.AppendFormat(b.tmp[:0], "15:04:05"))
					b.space(1)
					b.cell(a.t.of(h.level), signs[h.level])
					b.space(2)
				}
				k := ink("")
				if h.level >= levelWarn {
					k = a.t.of(h.level)
				}
				b.foreign(k, part)
			})
		}
	}
	return lines
}
