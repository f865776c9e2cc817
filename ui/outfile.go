package ui

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"carousel/broker"

	tea "github.com/charmbracelet/bubbletea"
)

// outfile is a file that is about to be written for the user.
type outfile struct {
	path    string // as it was typed
	replace bool   // whatever is there
	what    string // the text for when it is written: "The screen is saved"
	write   func(io.Writer) error
}

// askPath asks where to write a file. wrong says what is wrong with a path, beside its being empty; nil: nothing.
func (a *App) askPath(title, about, suggested string, wrong func(string) string, file func(path string) outfile) {
	q := &question{title: title, lines: []string{about}, level: levelNote, yes: "write it"}
	q.ask("file", func(path string) string {
		switch path = strings.TrimSpace(path); {
		case path == "":
			return "name a file"
		case wrong != nil:
			return wrong(path)
		}
		return ""
	})
	q.field.set(suggested)
	q.field.given = true
	q.do = func(a *App, path string) tea.Cmd { return a.write(file(strings.TrimSpace(path))) }
	a.dialog = q
}

// barWrite says why no file can be written now.
func (a *App) barWrite() string {
	if a.writing {
		return "a file is being written"
	}
	return ""
}

// writtenMsg tells how the writing of a file went.
type writtenMsg struct {
	file outfile
	path string // where it is
	size int64  // of what is there, or was written
	err  error  // fs.ErrExist: nothing was written, for there is a file of that name
}

// write writes a file in the background, one at a time.
func (a *App) write(f outfile) tea.Cmd {
	a.writing = true
	return a.crew.send(func(context.Context) tea.Msg {
		path, err := fullPath(f.path)
		if err != nil {
			return writtenMsg{f, f.path, 0, err}
		}
		size, err := writeFile(path, f.replace, f.write)
		return writtenMsg{f, path, size, err}
	})
}

// tell says where the file is, or asks before one is lost.
func (m writtenMsg) tell(a *App) tea.Cmd {
	a.writing = false
	switch {
	case errors.Is(m.err, fs.ErrExist) && a.dialog == nil && a.leaving == nil:
		a.dialog = &question{title: "Replace a file", level: levelWarn, yes: "replace it",
			lines: []string{"There is a file of that name already, with " + string(appendBytes(nil, m.size)) + ".", m.path},
			do: func(a *App, _ string) tea.Cmd {
				m.file.replace = true
				return a.write(m.file)
			}}
	case errors.Is(m.err, fs.ErrExist):
		a.say(levelWarn, "Nothing was written: "+m.path+" is there already.")
	case m.err != nil:
		a.say(levelAlarm, sentence(broker.Plain(m.path)+" cannot be written: "+m.err.Error()))
	default:
		a.say(levelNote, m.file.what+": "+string(appendBytes(nil, m.size))+" in "+m.path+".")
	}
	return nil
}

// writeFile puts what write writes into a file, whole or not at all, for nobody but the user to read; size is how much that is.
// A link at path stays one. Without replace, what is there is not touched: the error is fs.ErrExist, and size its own. An error
// does not name the path. It does I/O.
func writeFile(path string, replace bool, write func(io.Writer) error) (size int64, err error) {
	there, err := os.Stat(path)
	switch {
	case err == nil && !there.Mode().IsRegular():
		return 0, errors.New("what is there is no file to write to")
	case err == nil && !replace:
		return there.Size(), fs.ErrExist
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return 0, pathless(err)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".carousel-*.part") // 0600
	if err != nil {
		return 0, pathless(err)
	}
	defer os.Remove(part.Name()) // renamed, it is not there
	err = write(part)
	if size, _ = part.Seek(0, io.SeekCurrent); err == nil {
		err = part.Sync()
	}
	if closed := part.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = settleAt(part.Name(), path, replace)
	}
	return size, pathless(err)
}

// settleAt gives a finished file its name. Without replace it takes nobody's: a file may have come meanwhile.
func settleAt(from, to string, replace bool) error {
	if !replace {
		switch err := os.Link(from, to); {
		case err == nil, errors.Is(err, fs.ErrExist):
			return err
		} // a file system without links
	}
	return os.Rename(from, to)
}

// fullPath is a path from the root, with ~ for the home.
func fullPath(path string) (string, error) {
	if rest, ok := strings.CutPrefix(path, "~"+string(filepath.Separator)); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		path = filepath.Join(home, rest)
	}
	return filepath.Abs(path)
}

// pathless takes the path, which the message names already, out of an error of package os.
func pathless(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
