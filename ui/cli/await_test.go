package cli

import (
	"testing"
	"time"
)

// await polls until there is nothing to complain about, for at most patience.
func await(t *testing.T, complaint func() string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); ; {
		text := complaint()
		if text == "" {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after %v: %s", patience, text)
		}
	}
}

// eventually waits until holds is true, for at most patience.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	await(t, func() string {
		if holds() {
			return ""
		}
		return what + " did not come"
	})
}
