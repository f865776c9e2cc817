package ui

import (
	"image"

	tea "github.com/charmbracelet/bubbletea"
)

// tasksPlace is the screen of tasks.
type tasksPlace struct {
	drawing
}

func newTasksPlace(d drawing) *tasksPlace { return &tasksPlace{drawing: d} }

func (s *tasksPlace) name() string              { return "tasks" }
func (s *tasksPlace) bindings() []binding       { return nil }
func (s *tasksPlace) remark(*App) (ink, string) { return "", "" }
func (s *tasksPlace) arrive(*App) tea.Cmd       { return nil }
func (s *tasksPlace) sampled(*App) tea.Cmd      { return nil }

func (s *tasksPlace) view(a *App, w, h int) []string {
	b := newBox(s.p, s.t, w, h, true)
	b.title(s.name())
	b.topEnd("")
	return b.rest("")
}

func (s *tasksPlace) mouse(*App, tea.MouseMsg, image.Point) {}
