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

	_ "carousel/ui/background" // must be initialised before bubbletea

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
)

// writesPerSecond bounds how often bubbletea writes a changed frame.
const writesPerSecond = 30

// Run shows the console until the user quits, and blocks until then. A user's quit and Options.Stop drain the pool
// first, so that it has ended when Run returns nil. When ctx ends, Run leaves at once and returns ctx's error; the pool
// is then the caller's to end. Signals are the caller's too. Run waits for everything it has started; the terminal is
// restored when it returns. It is called once at a time.
func Run(ctx context.Context, o Options) error {
	work, cancel := context.WithCancel(ctx)
	app := newApp(work, o, newTheme(themeName(o.Config.Theme), lipgloss.ColorProfile()))
	options := []tea.ProgramOption{
		// bubbletea's own signal handler would deadlock with the context, and main owns signals.
		tea.WithContext(ctx), tea.WithoutSignalHandler(), tea.WithAltScreen(), tea.WithFPS(writesPerSecond),
	}
	if o.Guarded {
		options = append(options, tea.WithoutCatchPanics())
	}
	if o.Input != nil {
		options = append(options, tea.WithInput(o.Input))
	}
	if o.Output != nil {
		options = append(options, tea.WithOutput(o.Output))
	}
	if o.Config.Mouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	_, err := tea.NewProgram(app, options...).Run()
	cancel()
	app.crew.dismiss()
	switch {
	case app.crash != nil:
		return app.crash
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, tea.ErrProgramPanic):
		return errors.New("the console crashed; what happened is printed above")
	case err != nil:
		return fmt.Errorf("the terminal cannot be used: %w", err)
	}
	return nil
}
