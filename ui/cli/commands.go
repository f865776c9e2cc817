package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// root builds the tree of commands.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "carousel",
		Short: "Run, watch and feed RabbitMQ work queues from one terminal screen",
		Long: "carousel runs, watches and feeds RabbitMQ work queues from one terminal screen.\n" +
			"Without a command it opens the console, on a sandbox broker in memory unless a broker is named; the commands are\n" +
			"for scripts and services.",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(*cobra.Command, []string) error { return p.console() },
	}
	root.Args = func(c *cobra.Command, args []string) error { return p.takeCommand(c, args, unknownCommand) }
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(flagMistake)
	p.brokerFlags(root.PersistentFlags())
	if err := root.RegisterFlagCompletionFunc("context", p.completeContext); err != nil {
		panic(err) // there is no such flag
	}
	p.poolFlags(root.Flags())
	root.Flags().StringVar(&p.record, "record", "", "keep what the console sees in a new `file`, for carousel replay")
	root.AddCommand(p.workCommand(), p.enqueueCommand(), p.deadCommand(), p.checkCommand(), p.sandboxCommand(), p.replayCommand(), p.labCommand(),
		p.versionCommand(), completionCommand())
	root.SetHelpCommand(helpCommand(root))
	return root
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), "carousel "+version()+" "+platform())
			return err
		},
	}
}

func completionCommand() *cobra.Command {
	shells := map[string]func(*cobra.Command, io.Writer) error{
		"bash":       func(c *cobra.Command, w io.Writer) error { return c.GenBashCompletionV2(w, true) },
		"zsh":        (*cobra.Command).GenZshCompletion,
		"fish":       func(c *cobra.Command, w io.Writer) error { return c.GenFishCompletion(w, true) },
		"powershell": (*cobra.Command).GenPowerShellCompletionWithDesc,
	}
	return &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell",
		Short:     "Print the completion script of a shell",
		Long:      "Print the completion script of a shell. For the running bash: source <(carousel completion bash)",
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 || shells[args[0]] == nil {
				return usage("completion wants one of bash, zsh, fish and powershell")
			}
			return shells[args[0]](c.Root(), c.OutOrStdout())
		},
	}
}

func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Explain a command",
		RunE: func(_ *cobra.Command, args []string) error {
			about, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(root, args)
			}
			return about.Help()
		},
	}
}

func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if isAddress(args[0]) {
		return usage("%s takes no argument; an address is given with --url", c.Name())
	}
	return usage("%s takes no argument, and has %q", c.Name(), args[0])
}

func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if isAddress(args[0]) {
		return usage("there is no such command; an address is given with --url")
	}
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	return usage("there is no command %q%s", args[0], didYouMean(args[0], names))
}

// flagMistake puts pflag's errors into plain sentences. It repeats no value: one could be an address with its password.
func flagMistake(c *cobra.Command, err error) error {
	var (
		missing *pflag.NotExistError
		bare    *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return err
	case errors.As(err, &missing):
		if short := missing.GetSpecifiedShortnames(); short != "" {
			return usage("there is no flag -%s; see %s --help", missing.GetSpecifiedName(), c.CommandPath())
		}
		if isAddress(missing.GetSpecifiedName()) {
			return usage("there is no such flag; an address is given with --url")
		}
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		return usage("there is no flag --%s%s", missing.GetSpecifiedName(), didYouMean("--"+missing.GetSpecifiedName(), names))
	case errors.As(err, &bare):
		return usage("--%s needs a value; see %s --help", bare.GetFlag().Name, c.CommandPath())
	case errors.As(err, &invalid):
		return usage("--%s wants %s", invalid.GetFlag().Name, wanted(invalid.GetFlag().Value.Type()))
	}
	return usage("a flag is written --name or --name=value; see %s --help", c.CommandPath())
}

// wanted names the values that a flag's type can read.
func wanted(flagType string) string {
	switch flagType {
	case "int":
		return "a whole number"
	case "uint8":
		return "a whole number from 0 to 255"
	case "uint64":
		return "a whole number from 0 up"
	case "float64":
		return "a number"
	case "bool":
		return "true or false"
	case "duration":
		return "a number with its unit, such as 250ms, 30s or 2m"
	}
	return "another value"
}
