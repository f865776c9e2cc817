// Package cli is carousel's command line: it reads flags, environment and config file, wires broker, pool and console
// together, and turns the end into an exit status.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"

	"github.com/charmbracelet/x/term"

	"carousel/broker"
)

// Process is what the command line knows of the process it runs in.
type Process struct {
	Args      []string // without the program's name
	Getenv    func(string) string
	ConfigDir string // os.UserConfigDir; "" when there is none
	Stdin     io.Reader
	Stdout    io.Writer
	Stderr    io.Writer
	Terminal  func() bool      // whether it has a controlling terminal; nil: never
	Signals   <-chan os.Signal // the first one asks to stop taking tasks, the second one to stop now, the third one ends it all
}

// program is one run of the command line.
type program struct {
	Process
	open func(broker.Config, *slog.Logger) (*backend, error)
	stop context.Context // ends at the first signal: take no more
	now  context.Context // ends at the second one: hand back what is in hand

	voice func(string) // says a line for a person in another way than as text; nil: it does not

	hangup  atomic.Pointer[hangup] // what SIGHUP means; nil: the end
	lent    atomic.Int64           // until when, in nanoseconds of the clock, another program has the terminal, and Ctrl+C
	abandon func()                 // ends the process at once, at the third one

	config  string       // --config
	record  string       // --record
	flags   []configFlag // that stand for keys of the config file
	command []string     // after --, for the exec handler
}

// Run runs the command line and returns the exit status. It blocks until the command has ended and everything it
// started has been stopped.
func Run(p Process) int {
	return (&program{Process: p, open: openBackend, abandon: func() { os.Exit(exitInterrupted) }}).run()
}

func (p *program) run() int {
	if p.Getenv(monitorEnv) != "" {
		return p.monitorCrash()
	}
	log.SetOutput(io.Discard) // net/http complains to it of servers that are none, and would write over the screen
	end := p.watchSignals()
	defer end()
	p.spoolStreams()
	root := p.root()
	root.SetArgs(append([]string{}, p.Args...)) // of nil, cobra would take the process's own
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	status := p.status(root.Execute())
	p.await(p.Stderr.(*messages).Quiet())
	return status
}

// status prints what err says and returns the exit status it stands for.
func (p *program) status(err error) int {
	if err == nil {
		return exitDone
	}
	for _, text := range sentences(err) {
		p.say(text)
	}
	var e *exit
	if errors.As(err, &e) {
		return e.status
	}
	return exitFailed
}

// say writes one line for a person.
func (p *program) say(text string) {
	if p.voice != nil {
		p.voice(text)
		return
	}
	fmt.Fprintln(p.Stderr, "carousel: "+broker.Plain(text))
}

// settings joins config file, environment and flags, and prints the warnings.
func (p *program) settings() (settings, error) {
	s, err := p.readSettings()
	if err == nil {
		p.warn(s)
	}
	return s, err
}

// warn prints what is to know of the settings.
func (p *program) warn(s settings) {
	for _, w := range slices.Concat(s.warnings, s.dangers) {
		p.say(w)
	}
}

// readSettings joins config file, environment and flags.
func (p *program) readSettings() (settings, error) {
	path, must := configPath(p.config, p.ConfigDir, p.Getenv)
	s, err := load(path, must, append(environment(p.Getenv), p.given()...))
	if err != nil {
		return s, &exit{exitUsage, err}
	}
	return s, nil
}

// isTerminal reports whether a stream of the process is one.
func isTerminal(stream any) bool {
	f := fileOf(stream)
	return f != nil && term.IsTerminal(f.Fd())
}
