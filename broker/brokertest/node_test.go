package brokertest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(StopAfter(m)) }

// One node goes through everything that can happen to it: a start costs four seconds.
func TestNodeLivesAndEndsWithItsTest(t *testing.T) {
	t.Parallel()
	shared := Shared(t)
	var node *Node
	t.Run("the test", func(t *testing.T) {
		node = Start(t, WithAdministrator("boss", "p@ss/word"), WithConfig("max_message_size = 1000"),
			WithAdvanced("{rabbit, [{dead_letter_worker_consumer_prefetch, 33}]}"))
		Connect(t, node.URL()).DeclareQueue("task_queue")
		standsAlone(t, node, shared)
		keepsItsDataOverACrash(t, node)
		answersAfterItsThaw(t, node)
		if err := node.Stop(); err != nil {
			t.Errorf("stop in order: %v", err)
		}
	})
	if node.server.running() || node.epmd.running() {
		t.Error("the node's processes still run")
	}
	if !allFree(node.ports.first, runLength) {
		t.Error("the node still holds ports")
	}
	if _, err := os.Stat(node.dir); !os.IsNotExist(err) {
		t.Errorf("the node's folder: %v, want that it does not exist", err)
	}
}

func standsAlone(t *testing.T, node, other *Node) {
	t.Helper()
	for n, want := range map[*Node]int{node: http.StatusOK, other: http.StatusNotFound} {
		status, answer, err := n.Management().Do(t.Context(), http.MethodGet, "/api/queues/%2F/task_queue", nil)
		if err != nil || status != want {
			t.Errorf("status %d, %v, want %d: %s", status, err, want, answer)
		}
	}
	for n, want := range map[*Node]bool{node: true, other: false} {
		out, err := n.Ctl("environment")
		for _, setting := range []string{"{max_message_size,1000}", "{dead_letter_worker_consumer_prefetch,33}"} {
			if got := strings.Contains(out, setting); err != nil || got != want {
				t.Errorf("environment has %s: %t, want %t (%v)", setting, got, want, err)
			}
		}
	}
	if out, err := node.Ctl("no_such_command"); err == nil {
		t.Errorf("a wrong command succeeded: %s", out)
	}
}

func keepsItsDataOverACrash(t *testing.T, node *Node) {
	t.Helper()
	Connect(t, node.URL()).Publish("task_queue", "a", "b")
	if err := node.Flush(); err != nil {
		t.Error(err)
	}
	if err := node.Restart(); err == nil {
		t.Error("a running node could be started again")
	}
	node.Kill()
	if err := greet(t.Context(), node.AMQPAddress()); err == nil {
		t.Error("the killed node still answers")
	}
	if err := node.Restart(); err != nil {
		t.Fatal(err)
	}
	if got := Connect(t, node.URL()).Ready("task_queue"); got != 2 {
		t.Errorf("after the crash the queue has %d tasks, want 2", got)
	}
}

func answersAfterItsThaw(t *testing.T, node *Node) {
	t.Helper()
	if err := node.Freeze(); err != nil {
		t.Fatal(err)
	}
	if err := greet(t.Context(), node.AMQPAddress()); err == nil {
		t.Error("the frozen node answers")
	}
	if err := node.Thaw(); err != nil {
		t.Fatal(err)
	}
	if err := greet(t.Context(), node.AMQPAddress()); err != nil {
		t.Errorf("the thawed node does not answer: %v", err)
	}
}

func TestNodeDiesWithTheTestBinary(t *testing.T) {
	if os.Getenv("BROKERTEST_CHILD") != "" {
		node := Shared(t)
		os.Stdout.WriteString("serving " + node.AMQPAddress() + "\n")
		select {} // until killed
	}
	t.Parallel()
	Shared(t) // skips where there is no RabbitMQ
	child := exec.Command(os.Args[0], "-test.run=^TestNodeDiesWithTheTestBinary$")
	child.Env = append(os.Environ(), "BROKERTEST_CHILD=1", "TMPDIR="+t.TempDir())
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	address := scanFor(t, output, "serving ")
	child.Process.Kill()
	_ = child.Wait() // "signal: killed"
	poll(t, patience, func() error {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return nil
		}
		conn.Close()
		return errors.New("the node of the killed test binary still listens")
	})
}

// scanFor is the rest of the first line that starts with the prefix.
func scanFor(t *testing.T, r io.Reader, prefix string) string {
	t.Helper()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if rest, found := strings.CutPrefix(lines.Text(), prefix); found {
			return rest
		}
	}
	t.Fatalf("the output ended without %q: %v", prefix, lines.Err())
	return ""
}

func TestVHostsAndUsersEndWithTheirTest(t *testing.T) {
	t.Parallel()
	node := Shared(t)
	var vhost VHost
	t.Run("the test", func(t *testing.T) {
		vhost = node.VHost(t)
		reader := vhost.User(t, "reader", "se/cret", "monitoring", "^$", "^$", ".*")
		Connect(t, vhost.URL()).DeclareQueue("q")
		if got := Connect(t, reader).Ready("q"); got != 0 {
			t.Errorf("the new queue has %d tasks", got)
		}
		management := NewManagement(node.ManagementURL(), "reader", "se/cret")
		management.Call(t, http.MethodGet, "/api/nodes", nil, nil)
	})
	for _, path := range []string{"/api/vhosts/" + vhost.Name, "/api/users/reader"} {
		status, _, err := node.Management().Do(t.Context(), http.MethodGet, path, nil)
		if err != nil || status != http.StatusNotFound {
			t.Errorf("%s: status %d, %v, want 404", path, status, err)
		}
	}
}
