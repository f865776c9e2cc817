package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// draw makes the frame: exactly h lines of exactly w cells.
func (a *App) draw() {
	if a.w <= 0 || a.h <= 0 {
		return // the size is not known yet
	}
	if a.late = a.display != nil && a.display.spool.Behind(); a.late {
		return // the terminal has not shown the last frame yet; the next look draws
	}
	a.hits = a.hits[:0]
	verdict := a.verdictLines()
	a.layout = arrange(a.w, a.h, len(verdict)+1, len(a.scene.shown), a.lens.rows(), a.focus, a.zoomed)
	var lines []string
	switch a.layout.screen {
	case screenTooSmall:
		lines = a.tooSmall()
	case screenLine:
		lines = a.honestLine()
	default:
		lines = append(make([]string, 0, a.h), a.head.view(a.w))
		if a.layout.top > 1 {
			lines = append(lines, a.tabsLine())
		}
		lines = append(lines, a.here().view(a, a.w, a.layout.bottom-a.layout.top)...)
		lines = append(append(lines, verdict...), a.keyLine())
	}
	a.showSpan(lines)
	if a.greets() {
		a.greet(lines)
	}
	if a.dialog != nil && a.layout.screen != screenTooSmall {
		room := a.h
		if a.layout.screen == screenBoard {
			room-- // a toast is told over a dialog as well
		}
		lines = overlay(lines, a.dialog.view(a, a.w, room), a.w, a.t.faint)
	}
	if a.layout.screen == screenBoard {
		a.tell(lines)
	}
	a.frame = strings.Join(lines, "\n")
	if a.o.Config.ASCII {
		a.frame = inASCII(a.frame)
	}
}

func (a *App) tooSmall() []string {
	lines := make([]string, a.h)
	for i := range lines {
		a.pen.begin(a.w)
		if i == a.h/2 {
			a.pen.put("", "too small")
		}
		lines[i] = a.pen.end()
	}
	return lines
}

// judged is the verdict of the moment.
func (a *App) judged() verdict {
	if a.leaving != nil {
		return a.farewell()
	}
	if a.suspended != nil {
		return a.intermission()
	}
	if a.switching != nil {
		return a.passage()
	}
	return a.scene.verdict
}

// honestLine is the board of a screen that is too small for one: the verdict in two words with ready and unacked, and
// below it the sentence as far as it goes.
func (a *App) honestLine() []string {
	v, p := a.judged(), &a.pen
	figures := a.figure(a.scene.queue.Ready.Known(), a.scene.queue.Ready.Value) + "/" +
		a.figure(a.scene.queue.Unacked.Known(), a.scene.queue.Unacked.Value)
	p.begin(a.w)
	room := a.w - width(figures) - 1
	short, n := clip(v.short, room)
	p.put(a.t.of(v.level), short)
	p.space(a.w - n - width(figures))
	p.put(a.t.strong, figures)
	lines := append(make([]string, 0, a.h), p.end())
	if l := a.head.link(); l != nil && l.Insecure {
		p.begin(a.w)
		p.put(a.t.alarm, notVerified)
		lines = append(lines, p.end())
	}
	for _, text := range wrap(plain(v.text), a.w) {
		if len(lines) < a.h {
			p.begin(a.w)
			p.foreign("", text)
			lines = append(lines, p.end())
		}
	}
	for len(lines) < a.h {
		lines = append(lines, blank(a.w))
	}
	return lines
}

func (a *App) figure(known bool, n int64) string {
	if !known {
		return unknown
	}
	return string(appendCountIn(nil, n, 6))
}

// boardPlace is the board itself: the panes as the layout has them.
type boardPlace struct{}

func (boardPlace) name() string              { return "board" }
func (boardPlace) bindings() []binding       { return boardBindings }
func (boardPlace) remark(*App) (ink, string) { return "", "" }
func (boardPlace) arrive(*App) tea.Cmd       { return nil }
func (boardPlace) sampled(a *App) tea.Cmd    { return a.rethink() }

func (boardPlace) view(a *App, _, h int) []string {
	var views [paneCount][]string
	for id := range paneCount {
		r := a.layout.panes[id]
		if r.Empty() {
			continue
		}
		a.dispatch.dimmed, a.dispatch.pointer = a.dialog != nil, a.pointer.Sub(a.layout.panes[paneDispatch].Min)
		views[id] = a.pane(id).view(r.Dx(), r.Dy(), a.focus == id)
	}
	lines := make([]string, 0, h)
	for y := a.layout.top; y < a.layout.bottom; y++ {
		line := ""
		for id := range paneCount { // panes beside each other stand in the order of their ids
			if r := a.layout.panes[id]; y >= r.Min.Y && y < r.Max.Y {
				line += views[id][y-r.Min.Y]
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// viewer is a pane: it draws exactly h lines of exactly w cells.
type viewer interface {
	view(w, h int, focused bool) []string
}

func (a *App) pane(id paneID) viewer {
	return [...]viewer{&a.queue, &a.dispatch, a.workers, &a.tasks}[id]
}

// verdictLines is the verdict. One that is too long for the screen takes a second line, since its end says what to do; but while
// all is well the panes keep their room.
func (a *App) verdictLines() []string {
	v, p := a.judged(), &a.pen
	parts := wrap(plain(v.text), a.w-2)
	if len(parts) < 2 || v.level == levelCalm {
		return []string{a.verdictLine(v)}
	}
	p.begin(a.w)
	p.put("", " ")
	p.foreign(a.t.of(v.level), parts[0])
	first := p.end()
	v.text = strings.Join(parts[1:], " ")
	return []string{first, a.verdictLine(v)}
}

// verdictLine has the verdict, or the end of it, at the left, and at the right what goes on beside it.
func (a *App) verdictLine(v verdict) string {
	p := &a.pen
	p.begin(a.w)
	p.put("", " ")
	text, n := clip(plain(v.text), a.w-2)
	p.foreign(a.t.of(v.level), text)
	room := a.w - n - 6
	if a.segment(p, room) {
		return p.end()
	}
	if j := a.dead().job; j.runs() && a.place != placeDead && room > 36 {
		label := j.past + " " + j.outstanding() + " "
		p.space(p.left - width(label) - 13)
		p.put(a.t.dim, label)
		progressBar(p, a.t, 12, j.share())
		return p.end()
	}
	if aside, n := clip(plain(a.scene.aside()), room); n > 12 {
		p.space(p.left - n - 1)
		p.foreign(a.t.dim, aside)
	}
	return p.end()
}
