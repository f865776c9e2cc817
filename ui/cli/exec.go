package cli

import (
	"slices"

	"github.com/spf13/cobra"
)

// afterDashes is how the command after -- is called where it is wrong.
const afterDashes = "the command after --"

// takeCommand takes the exec handler's command, which is what follows --, from a command's arguments. rest judges the others.
func (p *program) takeCommand(c *cobra.Command, args []string, rest func(*cobra.Command, []string) error) error {
	at := c.ArgsLenAtDash()
	if at < 0 {
		return rest(c, args)
	}
	if err := rest(c, args[:at]); err != nil {
		return err
	}
	handler := c.Flags().Lookup("handler")
	switch p.command = slices.Clone(args[at:]); {
	case len(p.command) == 0:
		return usage("a command is missing after --")
	case handler.Changed && handler.Value.String() != "exec":
		return usage("a command after -- is for the exec handler, and --handler says %q", handler.Value)
	}
	return nil
}

// commandGiven are the overrides of a command after --, which chooses the handler too.
func (p *program) commandGiven() []override {
	if len(p.command) == 0 {
		return nil
	}
	return []override{
		{"handler.kind", afterDashes, func(c *Config) { c.Handler.Kind = "exec" }},
		{"handler.exec.command", afterDashes, func(c *Config) { c.Handler.Exec.Command = p.command }},
	}
}
