package ui

import (
	"context"
	"io"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// frames writes frames to a terminal: of each the lines that differ from what is there, at once. bubbletea's own renderer would
// measure and cut every such line again, which panes of exact widths need not, keep a frame and its answer to a key for up to a
// thirtieth of a second, and wake the process as often while nothing happens. So bubbletea is given an empty View, and what it
// makes of that is thrown away: it comes by Write. Its orders to the terminal come by WriteString, among them the one that
// empties the screen. All of that is on the goroutine of Update, but for Write.
type frames struct {
	out   io.Writer
	shown string // what the terminal shows; "": it is not known
	buf   []byte
}

// idleTicks is how often a second bubbletea's renderer looks for something to write, and there is nothing; it takes no less.
const idleTicks = 1

func (*frames) Write(text []byte) (int, error) { return len(text), nil }

func (f *frames) WriteString(order string) (int, error) {
	if order == ansi.SetModeAltScreenSaveCursor {
		f.forget()
	}
	return io.WriteString(f.out, order)
}

// forget has the next frame written whole.
func (f *frames) forget() { f.shown = "" }

// show writes what of a frame is not there yet.
func (f *frames) show(frame string) {
	if frame == f.shown {
		return
	}
	f.buf = f.buf[:0]
	whole, old, rest, more := f.shown == "", f.shown, frame, true
	y := 0
	for more {
		var line, before string
		line, rest, more = strings.Cut(rest, "\n")
		before, old, _ = strings.Cut(old, "\n")
		if y++; whole || line != before {
			f.goTo(y)
			f.buf = append(f.buf, line...)
		}
	}
	f.goTo(y) // no terminal is left at the end of a line, where some have the next text go on
	f.shown = frame
	_, _ = f.out.Write(f.buf) // a terminal that is gone is told by its keyboard
}

// goTo puts the cursor at the beginning of a line, the first one is 1.
func (f *frames) goTo(y int) {
	f.buf = append(f.buf, "\x1b["...)
	f.buf = append(strconv.AppendInt(f.buf, int64(y), 10), ";1H"...)
}

// onScreen is the App as bubbletea runs it, with its frames written by themselves.
type onScreen struct {
	*App
	frames  *frames
	waiting bool // for the terminal to take the last frame
}

// readyMsg tells that the terminal has taken the last frame.
type readyMsg struct{}

// View is nothing for bubbletea to write.
func (*onScreen) View() string { return "" }

func (s *onScreen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg.(type) {
	case tea.WindowSizeMsg: // the terminal may have moved what it shows
		s.frames.forget()
	case readyMsg:
		s.waiting = false
	}
	_, cmd := s.App.Update(msg)
	switch {
	case !s.late:
		s.frames.show(s.frame)
	case !s.waiting:
		s.waiting = true
		cmd = tea.Batch(cmd, s.awaitReady())
	}
	return s, cmd
}

// awaitReady waits for the terminal, whose next frame is then due.
func (s *onScreen) awaitReady() tea.Cmd {
	quiet := s.display.spool.Quiet()
	return s.crew.send(func(ctx context.Context) tea.Msg {
		select {
		case <-quiet:
			return readyMsg{}
		case <-ctx.Done():
			return nil
		}
	})
}
