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
			a.pick(id, m.Y-a.layout.panes[id].Min.Y-1)
		case tea.MouseButtonWheelDown:
			a.focus = id
			a.moveBy(wheelStep)
		case tea.MouseButtonWheelUp:
			a.focus = id
			a.moveBy(-wheelStep)
		}
	}
}

// pick selects row y below the upper border of a pane.
func (a *App) pick(id paneID, y int) {
	switch id {
	case paneDispatch:
		a.pickWorker(a.dispatch.offset + y)
	case paneWorkers:
		a.workers.table.pick(y - 1) // below the heads
	case paneTasks:
		if at := a.tasks.offset + y; y >= 0 && at < len(a.scene.past.log) {
			a.tasks.move(at - a.tasks.index())
		}
	}
}

func (a *App) pickWorker(at int) {
	if at >= 0 && at < len(a.scene.shown) {
		a.selected = a.scene.shown[at].ID
	}
}
