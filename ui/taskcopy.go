package ui

import (
	"encoding/base64"

	tea "github.com/charmbracelet/bubbletea"
)

// maxCopied is how many bytes are copied at once: more is dropped without a word by terminals that bound the sequence to
// 100,000 characters, as many do.
const maxCopied = 74_994

// osc52 asks the terminal to put text on the clipboard. The text is encoded, so nothing in it acts on the terminal.
func osc52(text []byte) string {
	return "\x1b]52;c;" + base64.StdEncoding.EncodeToString(text) + "\x07"
}

// barCopy says why nothing can be copied.
func (s *tasksPlace) barCopy(a *App) string {
	switch {
	case !a.o.Config.Clipboard:
		return "off; [console] clipboard = true in the config turns it on"
	case a.display == nil:
		return "the screen is no terminal, so it has no clipboard"
	}
	return ""
}

func (s *tasksPlace) barCopyID(a *App) string {
	if why := s.barTask(a); why != "" {
		return why
	}
	if s.subject.ref.ID == "" {
		return "the task has no id"
	}
	return s.barCopy(a)
}

func (s *tasksPlace) barCopyBody(a *App) string {
	if why := s.barBody(a); why != "" {
		return why
	}
	if body, _ := s.body(); len(body) > maxCopied {
		return "the body has " + string(appendBytes(nil, int64(len(body)))) + ", and terminals take " +
			string(appendBytes(nil, maxCopied)) + " at most; s saves it to a file"
	}
	return s.barCopy(a)
}

func (s *tasksPlace) copyID(a *App, _ string) tea.Cmd {
	a.copy([]byte(s.subject.ref.ID), "The id "+shortID(s.subject.ref.ID))
	return nil
}

func (s *tasksPlace) copyBody(a *App, _ string) tea.Cmd {
	body, _ := s.body()
	a.copy(body, "The body, "+string(appendBytes(nil, int64(len(body))))+",")
	return nil
}

// copy puts text on the terminal's clipboard. bubbletea writes whole frames, and the display keeps what it is given in one
// piece and in order, so the sequence stands between two frames. Whether the terminal obeys it does not tell.
func (a *App) copy(text []byte, what string) {
	_, _ = a.display.WriteString(osc52(text)) // it never fails: it is written later
	a.say(levelNote, what+" was sent to the terminal's clipboard.")
}
