//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A process that works is seen on a console elsewhere with its tasks, and drains when that says so.
func TestConsoleSeesAndDrainsAProcessElsewhere(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	config := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(config, []byte("[fleet]\nsteer = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := startWork(t, carousel(t, r.url, "work", "--workers", "2", "--config", config))
	w.until("worker started")
	s := startFor(t, r.url, "--read-only")
	s.until("2 elsewhere")
	r.put(t, 4, time.Millisecond)
	s.untilMatch("(?s)(✓ .*){4}")
	s.press("5\t")
	s.until("pause it")
	s.press("D")
	s.until("it gives no orders")
	s.quit()
	s.end(exitDone)

	s = startFor(t, r.url, "--workers", "1")
	s.until("2 elsewhere")
	s.press("5\tD")
	s.until("Type the process's name")
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	s.press(host + "\r")
	if status := ended(t, w.command, patience); status != exitDone || !strings.Contains(w.log(), "do=drain") {
		t.Errorf("status %d:\n%s", status, w.log())
	}
	s.until("left")
	s.quit()
	s.end(exitDone)
	r.left(t, 0)
}
