package ui

import (
	"io"
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
	format := func(path string) func(shot) string { return formats[strings.ToLower(filepath.Ext(path))] }
	const about = "The ending says how: .svg for a picture, .txt for plain text, .ans for text with its colours."
	a.askPath("Save the screen", about, "carousel-"+a.scene.now.Format("20060102-150405")+".svg", func(path string) string {
		if format(path) == nil {
			return "end it in .svg, .txt or .ans"
		}
		return ""
	}, func(path string) outfile {
		return outfile{path: path, what: "The screen is saved", write: func(w io.Writer) error {
			_, err := io.WriteString(w, format(path)(s))
			return err
		}}
	})
	return nil
}
