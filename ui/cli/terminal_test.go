package cli

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// mainEnv makes the test binary carousel.
const mainEnv = "CAROUSEL_TEST_MAIN"

// patience is far beyond what any step takes on a machine that has other things to do, and well below drain_timeout.
const patience = 20 * time.Second

// onTerminal is carousel on a terminal that shows, and answers nothing.
type onTerminal struct {
	t        *testing.T
	command  *exec.Cmd
	terminal *os.File
	before   term.State
	screen   vt10x.Terminal
	read     chan struct{} // gets a value after each read, closed at the end

	stall sync.Mutex // held: the terminal takes nothing

	mu  sync.Mutex
	raw bytes.Buffer
}

// startOnTerminal starts the program for a broker that is not there.
func startOnTerminal(t *testing.T, args ...string) *onTerminal {
	t.Helper()
	return startFor(t, "amqp://guest:guest@127.0.0.1:1/", args...)
}

// startFor starts it for a broker; "" names none.
func startFor(t *testing.T, url string, args ...string) *onTerminal {
	t.Helper()
	return startCommand(t, carousel(t, url, args...))
}

// carousel is the program as a command, at home in a folder of its own.
func carousel(t *testing.T, url string, args ...string) *exec.Cmd {
	t.Helper()
	home := t.TempDir()
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), mainEnv+"=1", "GORACE=atexit_sleep_ms=0", "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home,
		"CAROUSEL_URL="+url, "TERM=xterm-256color", "LC_ALL=C.UTF-8",
		"CI=", "COLORTERM=", "NO_COLOR=", "CLICOLOR=", "CLICOLOR_FORCE=") // the machine's own say nothing of this terminal
	return c
}

// inShell has a shell run a command, as "$@", on a script.
func inShell(c *exec.Cmd, script string) *exec.Cmd {
	shell := exec.Command("sh", append([]string{"-c", script, "sh"}, c.Args...)...)
	shell.Env = c.Env
	return shell
}

// startCommand starts a command on a terminal of its own.
func startCommand(t *testing.T, c *exec.Cmd) *onTerminal {
	t.Helper()
	return startSized(t, c, 100, 30)
}

// startSized starts it on a terminal of a size.
func startSized(t *testing.T, c *exec.Cmd, w, h int) *onTerminal {
	t.Helper()
	fresh, other, err := pty.Open() // for the modes that a new terminal has; the command may change those of its own at once
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	defer other.Close()
	terminal, err := pty.StartWithSize(c, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)})
	if err != nil {
		t.Fatal(err)
	}
	s := &onTerminal{t: t, command: c, terminal: terminal, screen: vt10x.New(vt10x.WithSize(w, h)), read: make(chan struct{}, 1)}
	if state, err := term.GetState(fresh.Fd()); err != nil {
		t.Fatal(err)
	} else {
		s.before = *state
	}
	var reading sync.WaitGroup
	reading.Go(s.show)
	t.Cleanup(func() {
		_ = c.Process.Kill() // it has ended, unless the test failed
		terminal.Close()
		reading.Wait()
	})
	return s
}

// show feeds the screen until the terminal is closed.
func (s *onTerminal) show() {
	defer close(s.read)
	in := bufio.NewReader(io.TeeReader(s.terminal, s))
	for {
		if err := s.screen.Parse(in); err != nil {
			return
		}
		select {
		case s.read <- struct{}{}:
		default:
		}
	}
}

// Write keeps what was read, as it was.
func (s *onTerminal) Write(p []byte) (int, error) {
	s.stall.Lock()
	defer s.stall.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.Write(p)
}

// until waits for text on the screen.
func (s *onTerminal) until(text string) {
	s.t.Helper()
	s.await(text, s.screen.String)
}

// untilSaid waits for text that may be wider than the screen.
func (s *onTerminal) untilSaid(text string) {
	s.t.Helper()
	s.await(text, s.said)
}

// said is all that the terminal was sent so far.
func (s *onTerminal) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.raw.String()
}

// untilMatch waits for a screen that a regular expression finds something on, and returns it without the blanks at its end.
func (s *onTerminal) untilMatch(expr string) (screen string) {
	s.t.Helper()
	re := regexp.MustCompile(expr)
	s.awaitThat(expr, func() bool {
		screen = strings.TrimRight(s.screen.String(), " \n")
		return re.MatchString(screen)
	})
	return screen
}

func (s *onTerminal) await(text string, shown func() string) {
	s.t.Helper()
	s.awaitThat(text, func() bool { return strings.Contains(shown(), text) })
}

// awaitThat waits for what is called what.
func (s *onTerminal) awaitThat(what string, there func() bool) {
	s.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for !there() {
		select {
		case _, more := <-s.read:
			if !more {
				s.t.Fatalf("it ended before %q came:\n%s", what, s.screen.String())
			}
		case <-deadline.C:
			s.t.Fatalf("%q did not come in %v:\n%s", what, patience, s.screen.String())
		}
	}
}

// press types keys.
func (s *onTerminal) press(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.terminal, keys); err != nil {
		s.t.Fatal(err)
	}
}

// signal sends the program a signal.
func (s *onTerminal) signal(signal os.Signal) {
	s.t.Helper()
	if err := s.command.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
}

// quit presses q, and says yes if a task is still in hand.
func (s *onTerminal) quit() {
	s.t.Helper()
	s.press("q")
	left := func() bool { return leftScreen(s.said()) }
	s.awaitThat("the end, or a question", func() bool { return left() || strings.Contains(s.screen.String(), "▸ Quit") })
	if !left() {
		_, _ = io.WriteString(s.terminal, "\r") // it may have ended meanwhile
	}
}

// leftScreen reports whether the alternate screen was left last.
func leftScreen(raw string) bool {
	return strings.LastIndex(raw, "\x1b[?1049l") > strings.LastIndex(raw, "\x1b[?1049h")
}

// exit waits for the end of the program.
func (s *onTerminal) exit(want int, within time.Duration) {
	s.t.Helper()
	deadline := time.AfterFunc(within, func() { _ = s.command.Process.Kill() })
	defer deadline.Stop()
	_ = s.command.Wait() // the exit status is looked at below
	if got := s.command.ProcessState.ExitCode(); got != want {
		s.t.Errorf("exit status %d; want %d:\n%s", got, want, s.screen.String())
	}
}

// end waits for the end of the program, and checks that it left the terminal as it was.
func (s *onTerminal) end(want int) {
	s.t.Helper()
	s.exit(want, patience)
	s.leftInOrder()
}

// leftInOrder checks that the terminal is as it was before the program.
func (s *onTerminal) leftInOrder() {
	s.t.Helper()
	if after, err := term.GetState(s.terminal.Fd()); err != nil || *after != s.before {
		s.t.Errorf("the terminal's modes were not restored: %+v, before %+v; %v", after, s.before, err)
	}
	for range s.read { // to the last byte
	}
	raw := s.said()
	tail := raw[max(0, len(raw)-500):]
	if !strings.Contains(raw, "\x1b[?1049h") || !leftScreen(raw) {
		s.t.Errorf("the alternate screen was not entered, or not left: …%q", tail)
	}
	if strings.LastIndex(raw, "\x1b[?25h") < strings.LastIndex(raw, "\x1b[?25l") {
		s.t.Errorf("the cursor was left hidden: …%q", tail)
	}
	for _, query := range []string{"\x1b]11;?", "\x1b]10;?", "\x1b[6n"} {
		if strings.Contains(raw, query) {
			s.t.Errorf("the terminal was asked %q", query)
		}
	}
}
