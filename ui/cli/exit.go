package cli

import "fmt"

// The exit statuses.
const (
	exitDone        = 0
	exitFailed      = 1   // said why
	exitUsage       = 2   // wrong use or wrong config; nothing was connected
	exitPartly      = 3   // said how much
	exitInterrupted = 130 // by a signal; Ctrl+C in the console is a key that leaves it in good order
)

// exit is an error with its exit status.
type exit struct {
	status int
	err    error
}

func (e *exit) Error() string { return e.err.Error() }
func (e *exit) Unwrap() error { return e.err }

// usage is a mistake of the person who typed the command.
func usage(format string, args ...any) error {
	return &exit{exitUsage, fmt.Errorf(format, args...)}
}

// parts takes joined errors apart, those within an exit too.
func parts(err error) []error {
	if e, ok := err.(*exit); ok {
		return parts(e.err)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, parts(e)...)
	}
	return all
}

// sentences are the texts of the parts of an error.
func sentences(err error) []string {
	if err == nil {
		return nil
	}
	var all []string
	for _, e := range parts(err) {
		all = append(all, e.Error())
	}
	return all
}
