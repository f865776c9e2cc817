package cli

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
)

// crashEnv makes the test binary a program that breaks its terminal and then panics in a goroutine.
const crashEnv = "CAROUSEL_TEST_CRASH"

func crash() {
	m, err := startMonitor(os.Stdout, true, tasksBack)
	if err != nil {
		panic(err)
	}
	m.await()
	if _, err := term.MakeRaw(os.Stdin.Fd()); err != nil {
		panic(err)
	}
	_, _ = os.Stdout.WriteString("\x1b[?1049h\x1b[?25lboard")
	go func() { panic("on purpose") }()
	select {}
}

func TestCrashRestoresTheTerminal(t *testing.T) {
	cache := t.TempDir()
	// A shell comes first, as in life: when the first process of a terminal ends, the kernel hangs up on the others.
	c := exec.Command("sh", "-c", `"$0"; read -r _`, os.Args[0])
	c.Env = append(os.Environ(), crashEnv+"=1", "GORACE=atexit_sleep_ms=0", "XDG_CACHE_HOME="+cache, "HOME="+cache)
	terminal, err := pty.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	before, err := term.GetState(terminal.Fd())
	if err != nil {
		t.Fatal(err)
	}
	const last = "The report is in "
	shown := readUntil(t, terminal, last)
	if after, err := term.GetState(terminal.Fd()); err != nil || *after != *before {
		t.Errorf("the terminal's modes were not restored: %+v, before %+v; %v", after, before, err)
	}
	if _, err := io.WriteString(terminal, "\n"); err != nil {
		t.Error(err)
	}
	rest, _ := io.ReadAll(terminal) // ends with an error when the shell has closed its side
	shown += string(rest)
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	if !leftScreen(shown) || !strings.Contains(shown, "\x1b[?25h") {
		t.Errorf("the screen was not restored: %q", shown)
	}
	reports, err := filepath.Glob(filepath.Join(cache, "carousel", "crash-*.txt"))
	if err != nil || len(reports) != 1 {
		t.Fatalf("reports %q, %v; shown %q", reports, err, shown)
	}
	report, err := os.ReadFile(reports[0])
	if err != nil || !bytes.Contains(report, []byte("panic: on purpose")) || !bytes.Contains(report, []byte("goroutine ")) {
		t.Errorf("report %q, %v", report, err)
	}
	if !strings.Contains(shown, last+reports[0]) {
		t.Errorf("the report's path is not told: %q", shown)
	}
}

// readUntil reads what a terminal shows until that holds text, for at most patience.
func readUntil(t *testing.T, terminal *os.File, text string) (shown string) {
	t.Helper()
	deadline := time.AfterFunc(patience, func() { terminal.Close() })
	defer deadline.Stop()
	buf := make([]byte, 4096)
	for !strings.Contains(shown, text) {
		n, err := terminal.Read(buf)
		shown += string(buf[:n])
		if err != nil {
			t.Fatalf("%q never came: %v; shown %q", text, err, shown)
		}
	}
	return shown
}

func TestMonitorKeepsNoReportWithoutACrash(t *testing.T) {
	for read, want := range map[string]string{
		"\x00":         "",
		"\x01\x02\x00": "",
		"":             "carousel: it was killed; tasks in hand are in the queue again\n",
		"\x04":         "carousel: it was killed; the sandbox and its tasks are gone\n",
		"\x04\x01\x03": "carousel: it was killed; tasks in hand are in the queue again\n",
	} {
		dir := t.TempDir()
		var out, errs bytes.Buffer
		p := &program{Process: Process{
			Getenv: func(k string) string { return map[string]string{monitorEnv: dir, fateEnv: tasksBack}[k] },
			Stdin:  strings.NewReader(read), Stdout: &out, Stderr: &errs,
		}}
		if status := p.run(); status != exitDone || errs.String() != want {
			t.Errorf("read %q: status %d, stderr %q, want %q", read, status, errs.String(), want)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("read %q: left %v, %v", read, left, err)
		}
	}
}
