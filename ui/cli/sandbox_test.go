package cli

import (
	"io"
	"net/url"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// serveSandboxFor runs carousel sandbox until the test ends, and returns the addresses that it printed.
func serveSandboxFor(t *testing.T, args ...string) (broker, management, printed string) {
	t.Helper()
	out, in := io.Pipe()
	signals := make(chan os.Signal, 1)
	ended := make(chan int)
	p := &program{Process: Process{
		Args: append([]string{"sandbox"}, args...), Getenv: func(string) string { return "" },
		Stdin: strings.NewReader(""), Stdout: in, Stderr: io.Discard, Signals: signals,
	}}
	go func() {
		status := p.run()
		in.Close()
		ended <- status
	}()
	text := make([]byte, 4096)
	for !strings.Contains(printed, "Stop it") {
		n, err := out.Read(text)
		printed += string(text[:n])
		if err != nil {
			t.Fatalf("%v after %q", err, printed)
		}
	}
	t.Cleanup(func() {
		signals <- syscall.SIGTERM
		if status := <-ended; status != exitDone {
			t.Errorf("status %d", status)
		}
	})
	find := func(pattern string) string { return regexp.MustCompile(pattern).FindString(printed) }
	return find(`amqp://\S+`), find(`http://\S+`), printed
}

func TestSandboxCommand(t *testing.T) {
	broker, management, printed := serveSandboxFor(t, "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0")
	if status, out := checked(broker, management); status != exitDone {
		t.Errorf("status %d\n%s\n%s", status, out, printed)
	}
}

// To others it is open only with a login of its own, which is printed in one place.
func TestSandboxForOthersMakesALogin(t *testing.T) {
	broker, _, printed := serveSandboxFor(t, "--listen", "0.0.0.0:0", "--management", "off")
	u, err := url.Parse(broker)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	if u.User.Username() == "guest" || len(password) < 20 || strings.Count(printed, password) != 1 {
		t.Errorf("printed\n%s", printed)
	}
	u.Host = "127.0.0.1:" + u.Port()
	if _, out := checked(u.String(), "http://127.0.0.1:1"); !strings.Contains(out, "ok   login") {
		t.Errorf("with the login:\n%s", out)
	}
	u.User = nil
	if _, out := checked(u.String(), "http://127.0.0.1:1"); !strings.Contains(out, "login refused for user guest") {
		t.Errorf("as guest:\n%s", out)
	}
}

// checked is what carousel check finds.
func checked(url, management string) (status int, out string) {
	var text strings.Builder
	p := &program{open: openBackend, Process: Process{
		Args: []string{"check", "--url", url, "--management", management}, Getenv: func(string) string { return "" },
		Stdin: strings.NewReader(""), Stdout: &text, Stderr: io.Discard,
	}}
	status = p.run()
	return status, text.String()
}

func TestSandboxWrongUse(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--listen nowhere", "--listen wants host:port"},
		{"--management 15672", "--management wants host:port"},
		{"--listen 127.0.0.1:99999 --management off", "cannot listen on 127.0.0.1:99999"},
	} {
		status, _, stderr := invocation{args: append([]string{"sandbox"}, strings.Fields(c.args)...)}.run(t)
		if status == exitDone || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: status %d, %s", c.args, status, stderr)
		}
	}
}
