//go:build race

package ui

import "flag"

// Whole screens are slow to draw under the race detector: there a property is tried on fewer cases than the hundred it has
// without, unless -rapid.checks says otherwise. Each run draws others.
func init() {
	if err := flag.Set("rapid.checks", "30"); err != nil {
		panic(err)
	}
}
