package cli

import (
	"errors"
	"fmt"
	"strings"

	"carousel/broker"
	"carousel/ui"
	"carousel/ui/metrics"
	"carousel/worker"
	"carousel/worker/fleet"
)

// Config is the whole config file: each table belongs to the package that reads it.
type Config struct {
	Context  string               `toml:"default_context"` // the one to be in; "": none, but the broker of [broker]
	Contexts map[string]Context   `toml:"context"`
	Broker   broker.Config        `toml:"broker"`
	Queue    broker.QueueConfig   `toml:"queue"`
	Workers  worker.Config        `toml:"workers"`
	Handler  worker.HandlerConfig `toml:"handler"`
	Failure  worker.FailureConfig `toml:"failure"`
	Console  ui.Config            `toml:"console"`
	Fleet    fleet.Config         `toml:"fleet"`
	Metrics  metrics.Config       `toml:"metrics"`
	Log      LogConfig            `toml:"log"`
}

// LogConfig is the [log] table.
type LogConfig struct {
	File   string `toml:"file"`   // appended to; empty: the console logs nothing, the other commands to standard error
	Level  string `toml:"level"`  // "debug", "info", "warn" or "error"
	Format string `toml:"format"` // formatText or formatJSON
}

// What LogConfig.Format may say.
const (
	formatText = "text" // key=value
	formatJSON = "json" // an object a line
)

// DefaultConfig is what an empty config file means. It names no broker.
func DefaultConfig() Config {
	b := broker.DefaultConfig()
	return Config{
		Broker:  b,
		Queue:   b.Queue,
		Workers: worker.DefaultConfig(),
		Handler: worker.DefaultHandlerConfig(),
		Failure: worker.DefaultFailureConfig(),
		Console: ui.DefaultConfig(),
		Fleet:   fleet.DefaultConfig(),
		Metrics: metrics.DefaultConfig(),
		Log:     LogConfig{Level: "info", Format: formatText},
	}
}

// link hands the broker the two settings that the file keeps in other tables.
func (c *Config) link() {
	c.Broker.Queue = c.Queue
	c.Broker.Connections = c.Workers.Connections
	c.Broker.RetryWaits = c.Failure.Waits()
}

// mistakes returns every mistake once, in words that begin with the key as the file spells it.
func (c Config) mistakes() []string {
	seen := map[string]bool{}
	var all []string
	for _, err := range []error{
		c.Broker.Validate(), c.Workers.Validate(), c.Handler.Validate(), c.Failure.Validate(), c.Console.Validate(),
		c.Metrics.Validate(), c.Log.Validate(),
		errors.Join(c.contextMistakes()...),
	} {
		for _, text := range sentences(err) {
			if !seen[text] {
				seen[text] = true
				all = append(all, text)
			}
		}
	}
	return all
}

// Validate reports every mistake at once, each with the name of its key as the config file spells it.
func (c LogConfig) Validate() error {
	var errs []error
	switch c.Level {
	case "debug", "info", "warn", "error":
	default:
		errs = append(errs, fmt.Errorf("log.level: %q is not known; allowed are \"debug\", \"info\", \"warn\" and \"error\"",
			c.Level))
	}
	if c.Format != formatText && c.Format != formatJSON {
		errs = append(errs, fmt.Errorf("log.format: %q is not known; allowed are %q and %q", c.Format, formatText, formatJSON))
	}
	if strings.ContainsRune(c.File, 0) {
		errs = append(errs, errors.New("log.file: a file name cannot hold a NUL byte"))
	}
	return errors.Join(errs...)
}
