//go:build !unix

package cli

import (
	"log/slog"

	"carousel/broker"
)

// openForMain opens the real broker client.
func openForMain() func(broker.Config, *slog.Logger) (*backend, error) { return openBackend }
