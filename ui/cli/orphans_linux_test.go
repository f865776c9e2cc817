package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"carousel/broker/sandbox"
)

// What a command has started ends when carousel is killed, as the command itself does; another one's processes stay.
func TestKilledWorkLeavesNobodyBehind(t *testing.T) {
	b, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	home := t.TempDir()
	start := func(name string) (c *exec.Cmd, child int) {
		pids := filepath.Join(home, name)
		c = exec.Command(os.Args[0], "work", "--workers", "1", "--queue", name, "--", "/bin/sh", "-c", `sleep 600 & echo $! > "$0.new"; mv "$0.new" "$0"; wait`, pids)
		c.Env = append(os.Environ(), mainEnv+"=1", "GORACE=atexit_sleep_ms=0", "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home,
			"CAROUSEL_URL="+b.URL(), "CAROUSEL_MANAGEMENT_URL="+b.ManagementURL())
		c.Stderr = new(strings.Builder) // a pipe, on which a monitor may speak
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Process.Kill() })
		if status, _, stderr := commandLine(t, b, "enqueue", "--queue", name, "x"); status != exitDone {
			t.Fatalf("status %d: %s", status, stderr)
		}
		await(t, func() string {
			text, err := os.ReadFile(pids)
			if err != nil {
				return "the command did not begin"
			}
			child, _ = strconv.Atoi(strings.TrimSpace(string(text)))
			return ""
		})
		t.Cleanup(func() { _ = syscall.Kill(child, syscall.SIGKILL) })
		return c, child
	}
	killed, orphan := start("killed")
	_, other := start("alive")
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait() // it was killed
	await(t, func() string {
		if state, there := stateOf(orphan); there && state != "Z" {
			return fmt.Sprintf("process %d is left, in state %s", orphan, state)
		}
		return ""
	})
	if _, there := stateOf(other); !there {
		t.Error("a process of another carousel was ended")
	}
}

// stateOf is the state of a process as the system names it, such as "S"; "Z" is one that has ended and was not reaped.
func stateOf(pid int) (state string, there bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	state, _, _ = strings.Cut(rest, " ")
	return state, true
}
