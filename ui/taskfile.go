package ui

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// outfile is a file that is about to be written.
type outfile struct {
	path    string // as it was typed
	replace bool   // whatever is there
	what    string // the text for when it is written: "The body of 0193…"
	write   func(io.Writer) error
}

// writtenMsg tells how that went.
type writtenMsg struct {
	s      *tasksPlace
	file   outfile
	path   string // where it is
	size   int64  // of what is there, or was written
	exists bool   // nothing was written: there is a file of that name
	err    error
}

// askPath asks where to write a file. wrong says what is wrong with a path, beside its being empty; nil: nothing.
func (s *tasksPlace) askPath(a *App, title, about, suggested string, wrong func(string) string, file func(path string) outfile) {
	q := &question{title: title, lines: []string{about}, level: levelNote, yes: "write it"}
	q.ask("file", func(text string) string {
		switch {
		case strings.TrimSpace(text) == "":
			return "name a file"
		case wrong != nil:
			return wrong(text)
		}
		return ""
	})
	q.field.one.SetValue(suggested)
	q.field.given = true
	q.do = func(a *App, path string) tea.Cmd { return s.write(a, file(strings.TrimSpace(path))) }
	a.dialog = q
}

// write writes a file in the background, one at a time.
func (s *tasksPlace) write(a *App, f outfile) tea.Cmd {
	s.writing = true
	return a.crew.send(func(context.Context) tea.Msg {
		msg := writtenMsg{s: s, file: f}
		msg.path, msg.size, msg.exists, msg.err = f.save()
		return msg
	})
}

func (m writtenMsg) tell(a *App) tea.Cmd {
	m.s.writing = false
	switch {
	case m.err != nil:
		a.say(levelAlarm, sentence(m.err.Error()))
	case m.exists && a.dialog == nil:
		a.dialog = &question{title: "Replace", level: levelWarn, yes: "replace it", lines: []string{
			broker.Plain(m.path) + " is there already, with " + string(appendBytes(nil, m.size)) + ".", "What it holds would be lost.",
		}, do: func(a *App, _ string) tea.Cmd {
			m.file.replace = true
			return m.s.write(a, m.file)
		}}
	case m.exists:
		a.say(levelWarn, "Nothing was written: "+m.path+" is there already.")
	default:
		a.say(levelNote, m.file.what+": "+string(appendBytes(nil, m.size))+" in "+m.path+".")
	}
	return nil
}

// save writes the file, for nobody else to read. One that is there is not touched, unless it is to be replaced: then it is
// the old one until the new one is whole.
func (f outfile) save() (path string, size int64, exists bool, err error) {
	if path, err = fullPath(f.path); err != nil {
		return "", 0, false, fileError(f.path, err)
	}
	there, err := os.Stat(path)
	switch {
	case err == nil && !there.Mode().IsRegular():
		return path, 0, false, errors.New(broker.Plain(path) + " is there, and is no file to write to")
	case err == nil && !f.replace:
		return path, there.Size(), true, nil
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return path, 0, false, fileError(path, err)
	}
	size, err = f.put(path)
	return path, size, false, fileError(path, err)
}

// put writes a new file beside the path and gives it its name.
func (f outfile) put(path string) (size int64, err error) {
	out, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // 0600
	if err != nil {
		return 0, err
	}
	err = f.write(out)
	if size, _ = out.Seek(0, io.SeekCurrent); err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err == nil && f.replace {
		err = os.Rename(out.Name(), path)
	} else if err == nil {
		err = os.Link(out.Name(), path) // which, unlike Rename, replaces nothing that has come meanwhile
		if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, os.ErrPermission) {
			err = os.Rename(out.Name(), path) // a file system without links
		}
	}
	_ = os.Remove(out.Name()) // renamed, it is not there
	return size, err
}

// fullPath is a path from the root, with ~ for the home.
func fullPath(path string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		path = filepath.Join(home, rest)
	}
	return filepath.Abs(path)
}

// fileError says in a sentence why a file cannot be written.
func fileError(path string, err error) error {
	if err == nil {
		return nil
	}
	var why error = err
	var of *os.PathError
	var link *os.LinkError
	if errors.As(err, &of) {
		why = of.Err
	} else if errors.As(err, &link) {
		why = link.Err
	}
	return errors.New(broker.Plain(path) + " cannot be written: " + why.Error())
}

func (s *tasksPlace) barSave(a *App) string {
	if s.writing {
		return "a file is being written"
	}
	return s.barBody(a)
}

// askSave asks where to save the subject's body.
func (s *tasksPlace) askSave(a *App, _ string) tea.Cmd {
	body, _ := s.body()
	id := s.subject.ref.ID
	about := "The body of task " + shortID(id) + ", " + string(appendBytes(nil, int64(len(body)))) + ", as it came."
	s.askPath(a, "Save body", about, fileName(id, body), nil, func(path string) outfile {
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
