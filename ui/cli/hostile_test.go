package cli

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"carousel/broker"
	"carousel/broker/brokertest"
	"carousel/ui/uitest"
)

// hostileRabbitMQ is a vhost, a user and a queue of RabbitMQ whose names would harm a terminal, as an administrator may make
// them, and with a task for each hostile text, in every field that a producer has. dismiss deletes the user, which makes
// RabbitMQ close his connections and say why, with his name.
func hostileRabbitMQ(t *testing.T, texts []brokertest.HostileText) (address, management, queue string, dismiss func()) {
	t.Helper()
	const evil = "\x1b]0;owned\x07\x1b[3J\u009b5m\u202e\u200b\r\x08"
	node := brokertest.Shared(t)
	vhost, user := t.Name()+evil, "u "+t.Name()+evil
	queue = "q " + strings.ReplaceAll(evil, "\r", "") // RabbitMQ drops line breaks from a queue's name
	admin := node.Management()
	admin.Call(t, http.MethodPut, "/api/vhosts/"+url.PathEscape(vhost), struct{}{}, nil)
	t.Cleanup(func() {
		_, _, _ = admin.Do(context.Background(), http.MethodDelete, "/api/vhosts/"+url.PathEscape(vhost), nil)
	})
	v := brokertest.VHost{Node: node, Name: vhost}
	address = v.User(t, user, "HUNTERTWO", "administrator", ".*", ".*", ".*")
	cfg := broker.DefaultConfig()
	cfg.URLs, cfg.Management, cfg.Queue.Name = []string{address}, []string{node.ManagementURL()}, queue
	c, err := broker.Open(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var tasks []broker.Task
	none := time.Duration(0)
	for _, h := range texts {
		task := broker.NewTask([]byte(h.Text))
		task.Work = &none
		short := strings.ToValidUTF8(h.Text[:min(len(h.Text), 200)], "")
		task.Type, task.ContentType = short, short
		task.Headers = map[string]any{"x " + short: h.Text}
		tasks = append(tasks, task)
		task.ID = "id " + short
		tasks = append(tasks, task)
	}
	var p broker.Progress
	at := 0
	err = c.Enqueue(t.Context(), broker.Batch{Next: func() (broker.Task, bool) {
		at++
		return tasks[min(at, len(tasks))-1], at <= len(tasks)
	}}, &p)
	if tally := p.Read(); err != nil || tally.Confirmed != uint64(len(tasks)) {
		t.Fatalf("%+v, %v", tally, err)
	}
	return address, node.ManagementURL(), queue, func() {
		admin.Call(t, http.MethodDelete, "/api/users/"+url.PathEscape(user), nil, nil)
	}
}

// untilGone waits until a text has left the screen.
func (s *onTerminal) untilGone(text string) {
	s.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for strings.Contains(s.screen.String(), text) {
		select {
		case _, more := <-s.read:
			if !more {
				s.t.Fatalf("it ended before %q went:\n%s", text, s.screen.String())
			}
		case <-deadline.C:
			s.t.Fatalf("%q did not go in %v:\n%s", text, patience, s.screen.String())
		}
	}
}

// A real console on a real terminal and a real RabbitMQ full of hostile names and tasks: it is walked through all it has, and
// not one byte reaches the terminal that carousel did not mean.
func TestHostileTextOnATerminal(t *testing.T) {
	t.Parallel()
	texts := slices.DeleteFunc(brokertest.Hostile(), func(h brokertest.HostileText) bool {
		// The test's terminal takes every character for one cell, so with these its lines would not hold.
		return slices.Contains([]string{"wide", "combining", "families and flags", "prepended marks"}, h.Name)
	})
	address, management, queue, dismiss := hostileRabbitMQ(t, texts)
	log := filepath.Join(t.TempDir(), "log")
	s := startFor(t, address, "--management", management, "--queue", queue, "--workers", "3", "--log", log)
	s.until("Idle")
	for _, step := range []struct{ keys, shows string }{
		{"?", "▸ Help"}, {"P", "▸ Purge"}, {"\r", "▸ Worker "}, {"p", "▸ Prefetch"}, {"x", "▸ Crash"}, {"e", "▸ Enqueue"},
	} {
		s.press(step.keys)
		s.until(step.shows)
		s.press("\x1b[200~\x1b]0;owned\x07\u202e\x9b3J\x1b[201~") // a paste, into the field where there is one
		s.press("\x1b")
		s.untilGone(step.shows)
	}
	s.press("\t")
	s.until("▸ Tasks")
	s.press("z")
	for range 2*len(texts) + 3 {
		s.press("j")
		s.press("\r")
		s.until("esc closes") // of a task, a worker or the pool
		s.press("\x1b")
		s.untilGone("esc closes")
		s.straight()
	}
	dismiss()
	s.until("Login refused for user u")
	s.press("\x03")
	s.end(exitDone)
	s.mu.Lock()
	defer s.mu.Unlock()
	checkOutput(t, "on the terminal", s.raw.String())
	checkLog(t, log)
}

// straight fails unless every row of the zoomed pane stands between its borders. It waits for a frame that is written whole.
func (s *onTerminal) straight() {
	s.t.Helper()
	eventually(s.t, "straight borders", func() bool {
		for _, line := range strings.Split(strings.TrimSuffix(s.screen.String(), "\n"), "\n")[3:26] {
			if cells := []rune(line); len(cells) != 100 || cells[0] != '│' || cells[99] != '│' {
				return false
			}
		}
		return true
	})
}

// checkOutput fails when something on a terminal is not carousel's own, or tells the password.
func checkOutput(t *testing.T, what, output string) {
	t.Helper()
	if stray := uitest.Stray(output); stray != "" {
		t.Errorf("%s: %s", what, stray)
	}
	if strings.Contains(output, "HUNTERTWO") || output == "" {
		t.Errorf("%s: the password was told, or nothing at all", what)
	}
}

func checkLog(t *testing.T, path string) {
	t.Helper()
	logged, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(logged)) {
		checkOutput(t, "the log", line)
	}
}

// The other commands, with all that they write on a terminal: the log of work at its most talkative, with tasks that fail and
// tasks that are foreign, and the lines and objects of enqueue and check.
func TestHostileTextOfCommandsOnATerminal(t *testing.T) {
	t.Parallel()
	address, management, queue, _ := hostileRabbitMQ(t, brokertest.Hostile())
	config := writeConfig(t, "[log]\nlevel = \"debug\"\n[handler.simulate]\nfail = 0.5\nseed = 1\ndot = \"0s\"\nwork = \"0\"\n"+
		"[failure]\nattempts = 2\nbackoff = \"10ms\"\n")
	const odd = "\x1b]0;owned\x07\u202e\x9b3J\r\x08"
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"check"}, exitDone}, {[]string{"check", "--json"}, exitDone}, {[]string{"work", "--drain", "--config", config}, exitDone},
		{[]string{"enqueue", odd}, exitDone}, {[]string{"enqueue", "--json", "--file", config}, exitDone},
		{[]string{"work", "--drain", "--json", "--config", config}, exitDone},
		{[]string{odd}, exitUsage}, {[]string{"work", odd}, exitUsage}, {[]string{"--" + odd}, exitUsage}, {[]string{"-\x9b"}, exitUsage},
		{[]string{"enqueue", "--header", odd, "x"}, exitUsage}, {[]string{"enqueue", "--file", odd}, exitUsage}, {[]string{"check", "--config", odd}, exitUsage},
		{[]string{"check", "--log", odd + "/x"}, exitUsage}, {[]string{"work", "--handler", odd}, exitUsage}, {[]string{"work", "--work", odd}, exitUsage},
		{[]string{"check", "--url", "amqp://" + odd}, exitUsage}, {[]string{"help", odd}, exitUsage}, {[]string{"completion", odd}, exitUsage},
		{[]string{"sandbox", "--listen", odd}, exitUsage}, {[]string{"check", "--queue", "\xff" + odd}, exitUsage},
		{[]string{"check", "--config", writeConfig(t, "\"a\\u001b\u202e\" = 1\n'\u009b' = 2\n[queue]\ntype = \"\\u001b]0;x\\u0007\"\n")}, exitUsage},
	} {
		command := exec.Command(os.Args[0], append(c.args, "--queue", queue)...)
		if slices.Contains(c.args, "--queue") || c.want == exitUsage {
			command.Args = append(command.Args[:1], c.args...)
		}
		home := t.TempDir()
		command.Env = append(os.Environ(), mainEnv+"=1", "GORACE=atexit_sleep_ms=0", "TERM=xterm-256color", "HOME="+home, "XDG_CONFIG_HOME="+home,
			"CAROUSEL_URL="+address, "CAROUSEL_MANAGEMENT_URL="+management)
		terminal, err := pty.StartWithSize(command, &pty.Winsize{Cols: 100, Rows: 30})
		if err != nil {
			t.Fatal(err)
		}
		deadline := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
		output, _ := io.ReadAll(terminal) // ends with an error when the program has closed its side
		deadline.Stop()
		terminal.Close()
		_ = command.Wait() // the status is looked at below
		if got := command.ProcessState.ExitCode(); got != c.want {
			t.Errorf("%q: status %d; want %d:\n%q", c.args, got, c.want, output)
		}
		checkOutput(t, strings.Join(c.args, " "), string(output))
	}
}

// slog quotes most of what a terminal would act on, and lets DEL through.
func TestLogIsPlain(t *testing.T) {
	for _, format := range []string{formatText, formatJSON} {
		for _, h := range append(brokertest.Hostile(), brokertest.HostileText{Name: "DEL alone", Text: "a\x7fb"}) {
			var out strings.Builder
			p := &program{Process: Process{Stderr: io.Discard}}
			log, err := p.openLog(LogConfig{Level: "debug", Format: format}, &out)
			if err != nil {
				t.Fatal(err)
			}
			log.Debug("said "+h.Text, "text", h.Text, "error", errors.New(h.Text), "many", []string{h.Text})
			log.close()
			line := strings.TrimSuffix(out.String(), "\n")
			if broker.Plain(line) != line {
				t.Errorf("%s, %s: %q", format, h.Name, line)
			}
			if format == formatJSON && !json.Valid([]byte(line)) {
				t.Errorf("%s: this is not JSON: %q", h.Name, line)
			}
		}
	}
}

// Libraries write to the log of package log: net/http complains there of a server that speaks before it is asked. It would
// come over the screen.
func TestLibrariesWriteNothing(t *testing.T) {
	log.SetOutput(os.Stderr)
	invocation{args: []string{"version"}}.run(t)
	if log.Writer() != io.Discard {
		t.Error("what libraries log reaches the terminal")
	}
}
