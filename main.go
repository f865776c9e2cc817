// Carousel runs, watches and feeds RabbitMQ work queues from one terminal screen.
package main

import (
	"os"

	"carousel/ui/cli"
)

func main() { os.Exit(run()) }

func run() int {
	configDir, err := os.UserConfigDir()
	if err != nil {
		configDir = "" // without a home there is no config file of the user's own; any other can still be named
	}
	return cli.Run(cli.Process{
		Args:      cli.TakeArgs(),
		Getenv:    os.Getenv,
		ConfigDir: configDir,
		Stdin:     os.Stdin,
		Stdout:    os.Stdout,
		Stderr:    os.Stderr,
		Terminal:  cli.HasTerminal,
		Signals:   cli.Signals(),
	})
}
