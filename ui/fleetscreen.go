package ui

import (
	"image"

	tea "github.com/charmbracelet/bubbletea"
)

// fleetPlace is the screen of fleet.
type fleetPlace struct {
	drawing
}

func newFleetPlace(d drawing) *fleetPlace { return &fleetPlace{drawing: d} }

func (s *fleetPlace) name() string              { return "fleet" }
func (s *fleetPlace) bindings() []binding       { return nil }
func (s *fleetPlace) remark(*App) (ink, string) { return "", "" }
func (s *fleetPlace) arrive(*App) tea.Cmd       { return nil }
func (s *fleetPlace) sampled(*App) tea.Cmd      { return nil }

func (s *fleetPlace) view(a *App, w, h int) []string {
	b := newBox(s.p, s.t, w, h, true)
	b.title(s.name())
	b.topEnd("")
	return b.rest("")
}

func (s *fleetPlace) mouse(*App, tea.MouseMsg, image.Point) {}
