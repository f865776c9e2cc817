package ui

import (
	"image"

	tea "github.com/charmbracelet/bubbletea"
)

// wheelStep is how many rows a notch of the wheel moves.
const wheelStep = 3

// mouse gives a press or a turn of the wheel to the place under it. Dialogs are the keyboard's.
func (a *App) mouse(m tea.MouseMsg) {
	if a.dialog != nil || m.Action != tea.MouseActionPress || m.Y < a.layout.top || m.Y >= a.layout.bottom {
		return
	}
	a.here().mouse(a, m, image.Pt(m.X, m.Y-a.layout.top))
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
