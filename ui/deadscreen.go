package ui

import (
	"image"

	tea "github.com/charmbracelet/bubbletea"
)

// deadPlace is the screen of dead letters.
type deadPlace struct {
	drawing
}

func newDeadPlace(d drawing) *deadPlace { return &deadPlace{drawing: d} }

func (s *deadPlace) name() string              { return "dead letters" }
func (s *deadPlace) bindings() []binding       { return nil }
func (s *deadPlace) remark(*App) (ink, string) { return "", "" }
func (s *deadPlace) arrive(*App) tea.Cmd       { return nil }
func (s *deadPlace) sampled(*App) tea.Cmd      { return nil }

func (s *deadPlace) view(a *App, w, h int) []string {
	b := newBox(s.p, s.t, w, h, true)
	b.title(s.name())
	b.topEnd("")
	return b.rest("")
}

func (s *deadPlace) mouse(*App, tea.MouseMsg, image.Point) {}
