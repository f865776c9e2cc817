package ui

import (
	"io"
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
)

// barSave says why the subject's body cannot be saved.
func (s *tasksPlace) barSave(a *App) string {
	if why := a.barWrite(); why != "" {
		return why
	}
	return s.barBody(a)
}

// askSave asks where to save the subject's body.
func (s *tasksPlace) askSave(a *App, _ string) tea.Cmd {
	body, _ := s.body()
	id := s.subject.ref.ID
	about := "The body of task " + shortID(id) + ", " + string(appendBytes(nil, int64(len(body)))) + ", as it came."
	a.askPath("Save body", about, fileName(id, body), nil, func(path string) outfile {
		return outfile{path: path, what: "The body of " + shortID(id) + " is saved", write: func(w io.Writer) error {
			_, err := w.Write(body)
			return err
		}}
	})
	return nil
}

// fileName suggests a name for a body: of letters that mean nothing to a shell or a file system.
func fileName(id string, body []byte) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, id)
	return "task-" + name[:min(len(name), 40)] + extension(body)
}

func extension(body []byte) string {
	switch {
	case isJSON(body):
		return ".json"
	case utf8.Valid(body):
		return ".txt"
	}
	return ".bin"
}
