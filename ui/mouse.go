package ui

import (
	"image"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// wheelStep is how many rows a notch of the wheel moves.
const wheelStep = 3

// wheel is how many rows down a turn of the wheel moves; 0 for anything else.
func wheel(m tea.MouseMsg) int {
	switch m.Button {
	case tea.MouseButtonWheelDown:
		return wheelStep
	case tea.MouseButtonWheelUp:
		return -wheelStep
	}
	return 0
}

// hit is a stretch of the screen that does something when it is clicked: what a key does, or else the way to a place. Every
// frame notes a few dozen, so they are no functions, which would cost as many allocations.
type hit struct {
	y, from, to int // the row, its first cell, and the one after its last
	b           *binding
	key         string
	place       placeID
}

func (h *hit) do(a *App) tea.Cmd {
	if h.b == nil {
		return a.show(h.place)
	}
	return a.act(h.b, h.key)
}

// mouse takes a press, a drag or a turn of the wheel. Dialogs are the keyboard's, but for the wheel.
func (a *App) mouse(m tea.MouseMsg) tea.Cmd {
	if a.dialog != nil {
		return a.wheelDialog(m)
	}
	if a.drags(m) || m.Action != tea.MouseActionPress {
		return nil
	}
	if m.Button == tea.MouseButtonLeft {
		for i := range a.hits {
			if h := &a.hits[i]; m.Y == h.y && m.X >= h.from && m.X < h.to {
				return h.do(a)
			}
		}
	}
	if m.Y >= a.layout.top && m.Y < a.layout.bottom {
		a.here().mouse(a, m, image.Pt(m.X, m.Y-a.layout.top))
	}
	return nil
}

// wheelDialog scrolls a dialog that has no field.
func (a *App) wheelDialog(m tea.MouseMsg) tea.Cmd {
	k := tea.KeyMsg{Type: tea.KeyDown}
	if m.Button == tea.MouseButtonWheelUp {
		k.Type = tea.KeyUp
	}
	if m.Action != tea.MouseActionPress || !tea.MouseEvent(m).IsWheel() || a.dialog.typing() {
		return nil
	}
	var cmds []tea.Cmd
	for range wheelStep {
		if a.dialog != nil {
			cmds = append(cmds, a.dialog.key(a, k))
		}
	}
	return tea.Batch(cmds...)
}

// toggleMouse switches the mouse on or off. While it is on, the terminal's own selection needs Shift.
func (a *App) toggleMouse(string) tea.Cmd {
	a.mouseOn = !a.mouseOn
	a.span, a.pointer = nil, offScreen
	if !a.mouseOn {
		a.say(levelNote, "the mouse is the terminal's again")
		return tea.DisableMouse
	}
	a.say(levelNote, "the mouse acts here: point at a task, click, wheel, drag along a lane; hold Shift for the terminal's own selection")
	return tea.EnableMouseAllMotion
}

// clickableKeys notes where the key line has a binding: each key of its own where they differ, and the word with the first.
func (a *App) clickableKeys(b *binding, from int) {
	n, each := 0, true
	for key := range strings.FieldsSeq(b.show) {
		n++
		each = each && b.has(key)
	}
	if n > 1 && each {
		for key := range strings.FieldsSeq(b.show) {
			a.hits = append(a.hits, hit{y: a.h - 1, from: from, to: from + width(key), b: b, key: key})
			from += width(key) + 1
		}
	}
	a.hits = append(a.hits, hit{y: a.h - 1, from: from, to: a.w - a.pen.left, b: b, key: b.keys[0]})
}

// mouse focuses the pane under a click and selects the row there; the wheel moves the selection.
func (boardPlace) mouse(a *App, m tea.MouseMsg, at image.Point) {
	at = at.Add(image.Pt(0, a.layout.top))
	for id := range paneCount {
		if !at.In(a.layout.panes[id]) {
			continue
		}
		switch m.Button {
		case tea.MouseButtonLeft:
			a.focus = id
			a.pick(id, at.Sub(a.layout.panes[id].Min).Sub(image.Pt(0, 1)))
		case tea.MouseButtonWheelDown:
			a.focus = id
			a.moveBy(wheelStep)
		case tea.MouseButtonWheelUp:
			a.focus = id
			a.moveBy(-wheelStep)
		case tea.MouseButtonWheelLeft, tea.MouseButtonWheelRight:
			if a.focus = id; id == paneDispatch {
				a.dispatch.scroll(wheelStep * (2*int(m.Button-tea.MouseButtonWheelLeft) - 1))
			}
		}
	}
}

// pick selects what is at a cell of a pane, counted from below its upper border.
func (a *App) pick(id paneID, at image.Point) {
	switch id {
	case paneDispatch:
		a.dispatch.pick(at.Y, at.X-boxIndent)
	case paneWorkers:
		a.workers.table.pick(at.Y - 1) // below the heads
	case paneTasks:
		if row := a.tasks.offset + at.Y; at.Y >= 0 && row < len(a.scene.past.log) {
			a.tasks.move(row - a.tasks.index())
		}
	}
}
