//go:build unix

package cli

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asService starts a process without a terminal, as a service manager does.
var asService = &syscall.SysProcAttr{Setsid: true}

// A log file that was moved away is opened anew, as whoever rotates logs expects.
func TestReloadOpensTheLogAnew(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	log := filepath.Join(t.TempDir(), "log")
	c := carousel(t, r.url, "work", "--workers", "1", "--log", log)
	c.SysProcAttr = asService
	w := startWork(t, c)
	holds := func(path, text string) {
		t.Helper()
		eventually(t, text+" in "+filepath.Base(path), func() bool {
			content, err := os.ReadFile(path)
			return err == nil && strings.Contains(string(content), text)
		})
	}
	holds(log, "worker started")
	if err := os.Rename(log, log+".1"); err != nil {
		t.Fatal(err)
	}
	w.signal(syscall.SIGHUP)
	holds(log, "config reloaded")
	w.signal(syscall.SIGTERM)
	if status := ended(t, w.command, patience); status != exitInterrupted {
		t.Errorf("status %d:\n%s", status, w.log())
	}
	holds(log, "draining")
	if content, err := os.ReadFile(log + ".1"); err != nil || strings.Contains(string(content), "draining") {
		t.Errorf("%v: the old file goes on:\n%s", err, content)
	}
}

// manager is a service manager's socket.
type manager struct {
	t    *testing.T
	conn *net.UnixConn
	path string
	said []string
}

func newManager(t *testing.T) *manager {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &manager{t: t, conn: conn, path: path}
}

// until reads what the service says, until a line matches. It returns the lines of that message.
func (m *manager) until(expr string) []string {
	m.t.Helper()
	matches := regexp.MustCompile("^(?:" + expr + ")$")
	if err := m.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		m.t.Fatal(err)
	}
	buf := make([]byte, 4096)
	for {
		n, err := m.conn.Read(buf)
		if err != nil {
			m.t.Fatalf("%s did not come: %v; said was %q", expr, err, m.said)
		}
		lines := strings.Split(string(buf[:n]), "\n")
		m.said = append(m.said, lines...)
		for _, line := range lines {
			if matches.MatchString(line) {
				return lines
			}
		}
	}
}

// The service manager is told when tasks are taken, how it goes, that it goes on, of a reload, and of the end.
func TestServiceManagerIsTold(t *testing.T) {
	t.Parallel()
	r := onSandbox(t)
	m := newManager(t)
	c := carousel(t, r.url, "work", "--workers", "2", "--management", r.management)
	c.Env = append(c.Env, "NOTIFY_SOCKET="+m.path, "WATCHDOG_USEC=200000")
	c.SysProcAttr = asService
	w := startWork(t, c)
	m.until("READY=1")
	if _, consumers := r.queue(t); consumers != 2 {
		t.Errorf("ready with %d consumers", consumers)
	}
	m.until("WATCHDOG=1")
	m.until("STATUS=Idle: the queue is empty.*")
	w.signal(syscall.SIGHUP)
	lines := m.until("RELOADING=1")
	if len(lines) != 2 || !regexp.MustCompile(`^MONOTONIC_USEC=[1-9]\d+$`).MatchString(lines[1]) {
		t.Errorf("%q", lines)
	}
	m.until("READY=1")
	m.until("WATCHDOG=1")
	w.signal(syscall.SIGTERM)
	m.until("STOPPING=1")
	if status := ended(t, w.command, patience); status != exitInterrupted {
		t.Errorf("status %d:\n%s", status, w.log())
	}
}

// Without a link the service is not ready, and its status says why.
func TestServiceManagerHearsWhyNot(t *testing.T) {
	t.Parallel()
	m := newManager(t)
	c := carousel(t, "amqp://u:s3cret@127.0.0.1:1/", "work", "--workers", "1")
	c.Env = append(c.Env, "NOTIFY_SOCKET="+m.path)
	w := startWork(t, c)
	m.until("STATUS=.*refused.*")
	w.signal(syscall.SIGTERM)
	if status := ended(t, w.command, patience); status != exitInterrupted {
		t.Errorf("status %d:\n%s", status, w.log())
	}
	if said := strings.Join(m.said, "\n"); strings.Contains(said, "READY") || strings.Contains(said, "s3cret") {
		t.Errorf("said %q", said)
	}
}
