package metrics

import (
	"errors"
	"fmt"
	"net"
	"strconv"
)

// Config is the [metrics] table.
type Config struct {
	Listen  string `toml:"listen"`  // host:port to serve on; without a host this machine alone; "": nothing is served
	Workers int    `toml:"workers"` // how many workers, from w01 on, have figures of their own; the others' are summed as "other"
	Types   int    `toml:"types"`   // how many types of task have, in the order they are met; the others' are summed as "other"
}

// The bounds of what has figures of its own.
const (
	maxWorkers = 2000
	maxTypes   = 1000
)

// DefaultConfig is what an empty [metrics] table means: nothing is served, and not more than some two thousand series would be.
func DefaultConfig() Config { return Config{Workers: 100, Types: 20} }

// Validate reports every mistake at once, each with the name of its key as the config file spells it.
func (c Config) Validate() error {
	var errs []error
	if c.Listen != "" {
		if _, err := c.address(); err != nil {
			errs = append(errs, fmt.Errorf("metrics.listen: %w", err))
		}
	}
	if c.Workers < 0 || c.Workers > maxWorkers {
		errs = append(errs, fmt.Errorf("metrics.workers: %d is out of range; allowed are 0 to %d", c.Workers, maxWorkers))
	}
	if c.Types < 0 || c.Types > maxTypes {
		errs = append(errs, fmt.Errorf("metrics.types: %d is out of range; allowed are 0 to %d", c.Types, maxTypes))
	}
	return errors.Join(errs...)
}

// loopback is the host of an address that names none: figures are shown to other machines only when somebody says so.
const loopback = "127.0.0.1"

// address is where to listen. Its error does not repeat the text, which may be the address of a broker with its password.
func (c Config) address() (string, error) {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "", errors.New("wants host:port, such as 127.0.0.1:9464")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return "", errors.New("wants a port from 0 to 65535, as in 127.0.0.1:9464; 0 is a free one")
	}
	if host == "" {
		host = loopback
	}
	return net.JoinHostPort(host, port), nil
}
