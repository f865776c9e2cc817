package ui

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"carousel/ui/picture"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
)

// shot is the screen at the moment when it was asked for.
type shot struct {
	frame    string // as it is shown
	coloured string // in all the theme's colours, whatever the terminal has
	picture  picture.Options
}

// capture draws the frame in full colour beside the one that is shown.
func (a *App) capture() shot {
	s := shot{frame: a.frame, picture: picture.Options{
		Title: "carousel on " + plain(a.scene.queue.Queue), Light: isLight(a.t.name), Window: true,
	}}
	switch a.t.name {
	case "contrast":
		s.picture.Background, s.picture.Foreground = "#000000", "#ffffff"
	case "contrast-light":
		s.picture.Background, s.picture.Foreground = "#ffffff", "#000000"
	}
	shown := *a.t
	*a.t = *dyed(shown.name, termenv.TrueColor, a.o.Config.Colours)
	a.draw()
	s.coloured = a.frame
	*a.t, a.frame = shown, s.frame
	return s
}

// formats are what a screen can be saved as, by the ending of the file's name.
var formats = map[string]func(shot) string{
	".txt": func(s shot) string { return picture.Text(s.frame) },
	".ans": func(s shot) string { return picture.ANSI(s.frame) },
	".svg": func(s shot) string { return picture.SVG(s.coloured, s.picture) },
}

// askSave asks where the screen is to be saved.
func (a *App) askSave(string) tea.Cmd {
	s := a.capture()
	q := &question{title: "Save the screen", yes: "save", lines: []string{
		"The ending says how: .svg for a picture, .txt for plain text, .ans for text with its colours.",
	}}
	q.ask("file", func(path string) string {
		switch {
		case strings.TrimSpace(path) == "":
			return "name a file"
		case formats[strings.ToLower(filepath.Ext(path))] == nil:
			return "end it in .svg, .txt or .ans"
		}
		return ""
	})
	q.field.one.SetValue("carousel-" + a.scene.now.Format("20060102-150405") + ".svg")
	q.do = func(a *App, path string) tea.Cmd { return a.save(s, strings.TrimSpace(path), false) }
	a.dialog = q
	return nil
}

// savedMsg tells how that went.
type savedMsg struct {
	shot shot
	path string // whole
	err  error  // fs.ErrExist: there is such a file already
}

// save writes the file.
func (a *App) save(s shot, path string, overwrite bool) tea.Cmd {
	return a.crew.send(func(context.Context) tea.Msg {
		if rest, ok := strings.CutPrefix(path, "~"+string(filepath.Separator)); ok {
			if home, err := os.UserHomeDir(); err == nil {
				path = filepath.Join(home, rest)
			}
		}
		if whole, err := filepath.Abs(path); err == nil {
			path = whole
		}
		format := formats[strings.ToLower(filepath.Ext(path))]
		return savedMsg{s, path, writeWhole(path, format(s), overwrite)}
	})
}

// tell says where the screen is, or asks before a file is lost.
func (m savedMsg) tell(a *App) tea.Cmd {
	switch {
	case errors.Is(m.err, fs.ErrExist) && a.dialog == nil && a.leaving == nil:
		a.dialog = &question{title: "Save the screen", level: levelWarn, yes: "overwrite it",
			lines: []string{"There is a file of that name already:", m.path},
			do:    func(a *App, _ string) tea.Cmd { return a.save(m.shot, m.path, true) }}
	case errors.Is(m.err, fs.ErrExist):
		a.say(levelWarn, "the screen is not saved: there is a file "+m.path+" already")
	case m.err != nil:
		a.say(levelAlarm, "the screen cannot be saved: "+m.err.Error())
	default:
		a.say(levelNote, "the screen is in "+m.path)
	}
	return nil
}

// writeWhole puts a text into a file that only the user may read, wholly or not at all. Without overwrite an existing file is
// fs.ErrExist.
func writeWhole(path, text string, overwrite bool) error {
	switch info, err := os.Lstat(path); {
	case err == nil && info.IsDir():
		return errors.New(path + " is a folder")
	case err == nil && !overwrite:
		return fs.ErrExist
	case err == nil && !info.Mode().IsRegular() && info.Mode()&fs.ModeSymlink == 0:
		return errors.New(path + " is not a file")
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".carousel-*.part")
	if err != nil {
		return bareCause(err)
	}
	defer os.Remove(part.Name()) // gone already when all went well
	_, err = part.WriteString(text)
	if closed := part.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return bareCause(err)
	}
	if !overwrite {
		switch err = os.Link(part.Name(), path); { // unlike a rename it takes nobody's place
		case err == nil:
			return nil
		case errors.Is(err, fs.ErrExist):
			return fs.ErrExist
		} // a file system without links
	}
	return bareCause(os.Rename(part.Name(), path))
}

// bareCause takes the name of the unfinished file, which means nothing to anybody, out of an error.
func bareCause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return fmt.Errorf("the folder %s: %w", filepath.Dir(path.Path), path.Err)
	case errors.As(err, &link):
		return fmt.Errorf("%s: %w", link.New, link.Err)
	}
	return err
}
