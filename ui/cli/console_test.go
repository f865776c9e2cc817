package cli

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestConsoleWithoutABroker(t *testing.T) {
	s := startOnTerminal(t)
	s.until("127.0.0.1:1")
	s.quit()
	s.end(exitDone)
}

// The first run: without a broker named, the console opens on its sandbox, one key puts tasks in, and they go round.
func TestFirstRun(t *testing.T) {
	s := startFor(t, "")
	s.until("[sandbox]")
	s.until("4 workers wait. t sends test tasks.")
	s.press("t")
	for _, worker := range []string{"w01", "w02", "w03", "w04"} {
		s.until("✓ " + worker)
	}
	s.quit()
	s.end(exitDone)
}

func TestConsoleEndsBySignal(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			s := startOnTerminal(t, "--workers", "2")
			s.until("127.0.0.1:1")
			if err := s.command.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			s.end(exitInterrupted)
		})
	}
}

// The sandbox has nothing to do with the login and the addresses of a broker in the config.
func TestSandboxLeavesTheConfigsBrokerAlone(t *testing.T) {
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "carousel"), 0o700); err != nil {
		t.Fatal(err)
	}
	config := "[broker]\npassword_file = \"/nowhere\"\nmanagement = [\"http://db.example\"]\n"
	if err := os.WriteFile(filepath.Join(home, "carousel", "config.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s := loaded(t, nil, nil, home)
	if s.named || s.Broker.PasswordFile == "" {
		t.Fatalf("the file was not read: %+v", s.Broker)
	}
	b, err := s.openSandbox()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if s.Broker.PasswordFile != "" || s.Broker.URLs[0] != b.URL() || s.Broker.Management[0] != b.ManagementURL() {
		t.Errorf("%+v", s.Broker)
	}
}

func TestConsoleNeedsATerminal(t *testing.T) {
	status, stdout, stderr := invocation{}.run(t)
	if status != exitUsage || stdout != "" || stderr != "carousel: standard output is not a terminal; use carousel work, enqueue or check\n" {
		t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

func TestNotices(t *testing.T) {
	for _, c := range []struct {
		args  []string
		pool  bool
		wants []string
	}{
		{nil, true, []string{"A sandbox: "}},
		{[]string{"--url", "amqp://localhost/"}, true, nil},
		{[]string{"--url", "amqp://db.example/"}, false, []string{"Watch only: db.example is not this machine"}},
		{[]string{"--url", "amqp://db.example/", "--workers", "1"}, true, nil},
		{[]string{"--url", "amqp://db.example/", "--allow-consume", "task_queue"}, true, nil},
		{[]string{"--url", "amqp://db.example/", "--allow-consume", "other"}, false, []string{"Watch only: "}},
		{[]string{"--url", "amqp://localhost/", "--url", "amqp://db.example/"}, false, []string{"Watch only: "}},
		{[]string{"--url", "amqp://localhost/", "--read-only"}, false, []string{"Read-only: "}},
	} {
		s := loaded(t, c.args, nil, "")
		notices := s.notices()
		if (s.watchOnly() == "") != c.pool || len(notices) != len(c.wants) {
			t.Errorf("%q: notices %q", c.args, notices)
			continue
		}
		for i, want := range c.wants {
			if !strings.HasPrefix(notices[i], want) {
				t.Errorf("%q: notice %q; want %q…", c.args, notices[i], want)
			}
		}
	}
}

func TestTemplatesAreBesideTheConfig(t *testing.T) {
	for dir, want := range map[string]string{"": "", "/home/ada/.config": "/home/ada/.config/carousel/enqueue-templates.toml"} {
		if got := (&program{Process: Process{ConfigDir: dir}}).templates(); got != want {
			t.Errorf("in %q they are in %q, want %q", dir, got, want)
		}
	}
}
