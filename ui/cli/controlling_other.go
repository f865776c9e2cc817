//go:build !unix

package cli

// HasTerminal has no meaning where no SIGHUP is sent.
func HasTerminal() bool { return true }
