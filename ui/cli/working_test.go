package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// working is a carousel without a screen.
type working struct {
	t       *testing.T
	command *exec.Cmd
	output  string // the file of its standard error
}

// startWork starts a command with its standard error in a file.
func startWork(t *testing.T, c *exec.Cmd) *working {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c.Stderr = f
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() }) // it has ended, unless the test failed
	return &working{t, c, f.Name()}
}

func (w *working) log() string {
	w.t.Helper()
	text, err := os.ReadFile(w.output)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

func (w *working) until(text string) {
	w.t.Helper()
	await(w.t, func() string {
		log := w.log()
		if strings.Contains(log, text) {
			return ""
		}
		return fmt.Sprintf("%q did not come:\n%s", text, log)
	})
}

// pid is the number that a script has told with "pid N".
func (w *working) pid() (pid int) {
	w.t.Helper()
	_, text, _ := strings.Cut(w.log(), "pid ")
	if _, err := fmt.Sscan(text, &pid); err != nil {
		w.t.Fatalf("%v: %s", err, w.log())
	}
	return pid
}

func (w *working) signal(signal os.Signal) {
	w.t.Helper()
	if err := w.command.Process.Signal(signal); err != nil {
		w.t.Fatal(err)
	}
}
