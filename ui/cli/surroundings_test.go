//go:build unix

package cli

import (
	"bytes"
	"fmt"
	"os"

	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"carousel/broker/brokertest"
)

// resize changes the terminal's size, and with it the screen's where that can have it.
func (s *onTerminal) resize(w, h int) {
	s.t.Helper()
	if w > 0 && h > 0 {
		s.screen.Resize(w, h)
	}
	if err := pty.Setsize(s.terminal, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}); err != nil {
		s.t.Fatal(err)
	}
}

// The console lives through every size, and a storm of them, and shows the whole board again after it.
func TestConsoleAtAnySize(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	s := startFor(t, r.url, "--workers", "2")
	s.until("Workers 2")
	for i := range 300 {
		size := [][2]int{{1, 1}, {0, 0}, {120, 40}, {20, 5}, {80, 24}, {3, 60}, {200, 1}}[i%7]
		s.resize(size[0], size[1])
	}
	for _, c := range []struct {
		w, h int
		want string
	}{{500, 200, "Workers 2"}, {20, 5, "Idle: the queue is"}, {80, 24, "Workers 2"}, {100, 30, "Workers 2"}} {
		s.resize(c.w, c.h)
		s.until(c.want)
	}
	s.quit()
	s.end(exitDone)
}

// A terminal that does not know its size gets a board all the same.
func TestConsoleWithoutASize(t *testing.T) {
	t.Parallel()
	s := startCommand(t, inShell(carousel(t, onSandbox(t).url, "--workers", "2"), `stty cols 0 rows 0; "$@"`))
	s.until("Workers 2")
	s.quit()
	s.end(exitDone)
}

// Keys come from the terminal where standard input is something else.
func TestConsoleWithoutStandardInput(t *testing.T) {
	for name, script := range map[string]string{
		"nothing": `"$@" </dev/null`, "closed": `"$@" <&-`, "a pipe that ends": `true | "$@"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startCommand(t, inShell(carousel(t, onSandbox(t).url, "--workers", "2"), script))
			s.until("Workers 2")
			s.quit()
			s.end(exitDone)
		})
	}
}

// Without a terminal to read from, it says so and what to use.
func TestConsoleWithoutATerminalToRead(t *testing.T) {
	t.Parallel()
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer terminal.Close()
	var stderr bytes.Buffer
	c := carousel(t, "amqp://guest:guest@127.0.0.1:1/")
	c.Stdout, c.Stderr = terminal, &stderr
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal of its own
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	status := ended(t, c, patience)
	if told := stderr.String(); status != exitUsage || !strings.HasPrefix(told, "carousel: there is no terminal to read keys from") ||
		strings.Count(told, "\n") != 1 {
		t.Errorf("status %d, %q", status, told)
	}
}

// What the environment says of the terminal.
func TestConsoleInPlainSurroundings(t *testing.T) {
	for _, c := range []struct {
		name       string
		env        []string
		ascii      bool
		colourless bool
	}{
		{"NO_COLOR", []string{"NO_COLOR=1"}, false, true},
		{"LANG=C", []string{"LC_ALL=", "LANG=C"}, true, false},
		{"no locale", []string{"LC_ALL=", "LC_CTYPE=", "LANG="}, false, false},
		{"CI", []string{"CI=true"}, false, false},
		{"no TERM", []string{"TERM="}, false, true},
		{"everything", []string{"NO_COLOR=1", "LC_ALL=POSIX", "TERM=vt100"}, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			command := carousel(t, onSandbox(t).url, "--workers", "2")
			command.Env = append(command.Env, c.env...)
			s := startCommand(t, command)
			s.until("Workers 2")
			s.quit()
			s.end(exitDone)
			said := s.said()
			if plain := !strings.ContainsFunc(said, func(r rune) bool { return r > 127 }); plain != c.ascii {
				t.Errorf("all ASCII: %v, want %v", plain, c.ascii)
			}
			if plain := !strings.Contains(said, "\x1b[38;") && !strings.Contains(said, ";38;"); plain != c.colourless {
				t.Errorf("without colours: %v, want %v", plain, c.colourless)
			}
		})
	}
}

func TestConsoleOnADumbTerminal(t *testing.T) {
	t.Parallel()
	c := carousel(t, "")
	c.Env = append(c.Env, "TERM=dumb")
	s := startCommand(t, c)
	s.until("TERM says that it is dumb")
	s.exit(exitUsage, patience)
	if strings.Contains(s.said(), "\x1b") {
		t.Errorf("a dumb terminal got %q", s.said())
	}
}

// A log that cannot be written is told once, and the work goes on.
func TestLogThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	const told = "the log file /dev/full cannot be written: no space left on device; the work goes on"
	r := onSandbox(t)
	r.put(t, 20, time.Millisecond)
	status, _, stderr := r.run(t, "", "work", "--drain", "--log", "/dev/full")
	if status != exitDone || stderr != "carousel: "+told+"\n" {
		t.Errorf("status %d, %q", status, stderr)
	}
	r.left(t, 0)
	s := startFor(t, r.url, "--workers", "1", "--log", "/dev/full")
	s.until("T" + told[1:])
	r.put(t, 1, time.Millisecond)
	s.until("✓ w01")
	s.quit()
	s.end(exitDone)
}

// The disk fills up in the middle of the work: here, the log's reader goes away.
func TestLogThatFailsLater(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	log, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	r := onSandbox(t)
	w := startWork(t, carousel(t, r.url, "work", "--workers", "1", "--log", path))
	first := make([]byte, 10)
	if _, err := log.Read(first); err != nil || !bytes.HasPrefix(first, []byte("time=")) {
		t.Fatalf("the log begins with %q, %v", first, err)
	}
	log.Close()
	r.put(t, 20, time.Millisecond)
	r.worked(t, "the log holds up the work")
	w.signal(syscall.SIGTERM)
	if status := ended(t, w.command, patience); status != exitInterrupted {
		t.Errorf("status %d", status)
	}
	if n := strings.Count(w.log(), "cannot be written: broken pipe"); n != 1 {
		t.Errorf("told %d times:\n%s", n, w.log())
	}
	r.left(t, 0)
}

// A log that cannot be opened is a mistake in the config; nothing is connected.
func TestLogThatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	status, _, stderr := invocation{args: []string{"work", "--log", dir}}.run(t)
	if status != exitUsage || stderr != fmt.Sprintf("carousel: the log file %s cannot be opened: is a directory\n", dir) {
		t.Errorf("status %d, %q", status, stderr)
	}
}

// Leaving while the broker blocks publishers does not wait for it, and says what is not confirmed.
func TestLeavingWhilePublishersAreBlocked(t *testing.T) {
	t.Parallel()
	node := brokertest.Start(t) // alarms are the whole node's
	r := onRabbitMQ{url: node.URL(), management: node.ManagementURL()}
	r.put(t, 1, 0)
	if out, err := node.Ctl("set_vm_memory_high_watermark", "absolute", "1MB"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	w := startWork(t, carousel(t, r.url, "enqueue", "task", "--count", "500"))
	w.until("waiting: ")
	w.signal(syscall.SIGTERM)
	if status := ended(t, w.command, patience); status != exitInterrupted || !strings.Contains(w.log(), "may or may not be stored") {
		t.Errorf("enqueue: status %d\n%s", status, w.log())
	}

	s := startFor(t, r.url, "--workers", "1")
	s.until("Workers 1")
	s.press("e")
	s.until("Enqueue")
	s.press("task\t")
	s.press("\x15500") // Ctrl+U empties the field
	s.press("\x13")    // Ctrl+S sends
	s.until("Waiting: ")
	s.press("\x03")
	s.exit(exitDone, patience)
	s.leftInOrder()
	if said := s.said(); !strings.Contains(said, "the batch was given up: 0 of 500 tasks confirmed, ") || !strings.Contains(said, " unknown") {
		t.Errorf("not told what is not confirmed: …%q", said[max(0, len(said)-300):])
	}
}
