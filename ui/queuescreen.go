package ui

import (
	"image"

	tea "github.com/charmbracelet/bubbletea"
)

// queuesPlace is the screen of queues.
type queuesPlace struct {
	drawing
}

func newQueuesPlace(d drawing) *queuesPlace { return &queuesPlace{drawing: d} }

func (s *queuesPlace) name() string              { return "queues" }
func (s *queuesPlace) bindings() []binding       { return nil }
func (s *queuesPlace) remark(*App) (ink, string) { return "", "" }
func (s *queuesPlace) arrive(*App) tea.Cmd       { return nil }
func (s *queuesPlace) sampled(*App) tea.Cmd      { return nil }

func (s *queuesPlace) view(a *App, w, h int) []string {
	b := newBox(s.p, s.t, w, h, true)
	b.title(s.name())
	b.topEnd("")
	return b.rest("")
}

func (s *queuesPlace) mouse(*App, tea.MouseMsg, image.Point) {}
