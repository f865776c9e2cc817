//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// editing starts a console, whose editor is a shell script, on a sandbox with one worked task, and opens the editor.
func editing(t *testing.T, editor string) (onRabbitMQ, *onTerminal) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "editor")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+editor), 0o700); err != nil {
		t.Fatal(err)
	}
	r := onSandbox(t)
	r.put(t, 1, time.Millisecond)
	c := carousel(t, r.url, "--workers", "1")
	c.Env = append(c.Env, "VISUAL=", "EDITOR="+path)
	s := startCommand(t, inShell(c, `set -m; "$@"; echo "[ended $?]"`))
	s.until("✓ w01")
	s.press("2")
	s.until("E edit")
	s.press("E")
	s.until("the editor is open")
	return r, s
}

// asking is an editor as a person sees it: it says that it is there and waits for a line.
const asking = `stty sane; echo "the editor is open"; read -r line; case "$line" in change) printf changed > "$1";; esac`

// The editor has the terminal as the shell has it, the workers go on meanwhile, and what was edited is sent after a yes.
func TestEditorHasTheTerminal(t *testing.T) {
	t.Parallel()
	r, s := editing(t, asking)
	r.put(t, 1, time.Millisecond)
	r.worked(t, "the workers do not go on while the editor is open")
	s.press("\x1a") // Ctrl+Z: there is no shell to go to, so the editor goes on
	s.press("change\n")
	s.until("Send edited task")
	s.press("\r")
	s.until("confirmed in")
	r.worked(t, "the edited task is not worked")
	s.until("changed")
	s.quit()
	s.until("[ended 0]")
	s.end(exitDone)
}

// Ctrl+C is the editor's own, and the console stays.
func TestEditorIsInterrupted(t *testing.T) {
	t.Parallel()
	_, s := editing(t, asking)
	s.press("\x03")
	s.until("so nothing is sent")
	s.quit()
	s.until("[ended 0]")
	s.end(exitDone)
}

// A console that is told to leave does not wait for its editor.
func TestEditorEndsWithItsConsole(t *testing.T) {
	t.Parallel()
	_, s := editing(t, asking)
	pid := s.foreground()
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.until("[ended 130]")
	s.end(exitDone)
}
