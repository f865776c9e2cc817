// Package ui is the console: it shows a work queue and the pool that works it, and steers both.
//
// Workers record, the screen samples: nothing here is told of single events, one look at a time is ordered and taken
// in. Update decides, and steers the pool; Cmds do what may wait; View draws. Update and View never wait for the
// broker or for the screen. A pane is told its size and returns exactly that. Text from outside passes plain before it
// is drawn, and colour never carries a meaning alone.
package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	_ "carousel/ui/background" // must be initialised before bubbletea

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"
)

// Run shows the console until the user quits, and blocks until then. A user's quit, Options.Stop and the end of the
// terminal drain the pool first, so that it has ended when Run returns nil. When ctx ends, Run leaves at once and returns
// ctx's error; the pool, and what Switch has opened, is then the caller's to end. Signals are the caller's too. Run waits for everything it has started;
// the terminal is restored when it returns, as far as it can be: one that takes nothing is given up after two seconds. It
// is called once at a time. The parting is a sentence for after it, "" when there is none.
func Run(ctx context.Context, o Options) (parting string, err error) {
	work, cancel := context.WithCancel(ctx)
	app := newApp(work, o, dyed(themeName(o.Config.Theme), profileOf(o.Output), o.Config.Colours))
	_, err = app.program().Run()
	if app.display != nil {
		app.display.settle()
	}
	if err != nil && app.leaving == nil && app.o.Pool != nil {
		drain, done := context.WithTimeout(ctx, o.DrainTimeout) // a screen that failed is no reason to drop what is in hand
		_ = app.o.Pool.Drain(drain)                             // the rest went back, and the journal has said so
		done()
	}
	cancel()
	app.crew.dismiss()
	if app.player != nil {
		app.player.close()
	}
	parting = app.parting()
	switch {
	case app.crash != nil:
		return parting, app.crash
	case ctx.Err() != nil:
		return parting, ctx.Err()
	case errors.Is(err, tea.ErrProgramPanic):
		return parting, errors.New("the console crashed; what happened is printed above")
	case err != nil:
		return parting, fmt.Errorf("the terminal cannot be used: %w", err)
	case app.keyboard.gone():
		return parting, ErrTerminalGone
	}
	return parting, nil
}

// ErrTerminalGone is returned by Run when the terminal went away by itself.
var ErrTerminalGone = errors.New("the terminal is gone; the console left in good order")

// profileOf tells how many colours a screen has, as the environment says. A file is a terminal, or there would be no console
// on it; termenv, left to itself, takes a terminal for none where CI is set.
func profileOf(screen io.Writer) termenv.Profile {
	if screen == nil {
		screen = os.Stdout
	}
	_, terminal := screen.(*os.File)
	return termenv.NewOutput(screen, termenv.WithTTY(terminal)).EnvColorProfile()
}

// program wires bubbletea to the terminal.
func (a *App) program() *tea.Program {
	options := []tea.ProgramOption{
		// main owns signals.
		tea.WithoutSignalHandler(), tea.WithAltScreen(), tea.WithFPS(idleTicks),
	}
	if a.o.Guarded {
		options = append(options, tea.WithoutCatchPanics())
	}
	if a.o.Config.Mouse {
		options = append(options, tea.WithMouseAllMotion())
	}
	input, output := a.o.Input, a.o.Output
	if input == nil {
		input = os.Stdin
	}
	if output == nil {
		output = os.Stdout
	}
	if f, ok := input.(*os.File); ok {
		a.keyboard = newKeyboard(f)
		input = a.keyboard
	}
	model := &onScreen{App: a}
	if f, ok := output.(*os.File); ok {
		a.display = newDisplay(f)
		output, model.frames = a.display, &a.display.frames
	} else {
		model.frames = &frames{out: output}
		output = model.frames
	}
	return tea.NewProgram(model, append(options, tea.WithInput(input), tea.WithOutput(output))...)
}
