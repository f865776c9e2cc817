// Carousel runs, watches and feeds RabbitMQ work queues from one terminal screen.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"carousel/ui/cli"
)

func main() { os.Exit(run()) }

func run() int {
	// Two: the first signal and, should it come before that is read, the second. More say nothing new.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	configDir, err := os.UserConfigDir()
	if err != nil {
		configDir = "" // without a home there is no config file of the user's own; any other can still be named
	}
	return cli.Run(cli.Process{
		Args:      os.Args[1:],
		Getenv:    os.Getenv,
		ConfigDir: configDir,
		Stdin:     os.Stdin,
		Stdout:    os.Stdout,
		Stderr:    os.Stderr,
		Signals:   signals,
	})
}
