package worker

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

// The tests' commands are this test program, started with asCommand as its first argument: they need nothing of the machine.
const asCommand = "as-a-command"

// command is a config that runs what runAsCommand knows by that name.
func command(t *testing.T, args ...string) ExecConfig {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := defaultExec()
	c.Command = append([]string{program, asCommand}, args...)
	c.Env = map[string]string{"GORACE": "atexit_sleep_ms=0"} // the race detector would have each of them rest for a second
	return c
}

// runAsCommand does what a command is to do, and exits, where the tests were started as one.
func runAsCommand() {
	if len(os.Args) < 3 || os.Args[1] != asCommand {
		return
	}
	switch args := os.Args[3:]; os.Args[2] {
	case "cat": // its input, then its arguments
		_, _ = io.Copy(os.Stdout, os.Stdin)
		fmt.Print(strings.Join(args, "|"))
	case "count": // the bytes of its input
		n, _ := io.Copy(io.Discard, os.Stdin)
		fmt.Print(n)
	case "env":
		fmt.Print(strings.Join(os.Environ(), "\n"))
	case "spew": // so many bytes on both outputs, and fails
		n, _ := strconv.Atoi(args[0])
		line := strings.Repeat("x", 1023) + "\n"
		for ; n > 0; n -= 2 * len(line) {
			_, _ = os.Stdout.WriteString(line)
			_, _ = os.Stderr.WriteString(line)
		}
		fmt.Fprintln(os.Stderr, "that was it")
		os.Exit(3)
	case "sit": // until it is killed, or what it reports to is gone; it says hello, and when it is told to end
		report(args[0], args[1])
	case "tidy": // takes its time to end
		told := make(chan os.Signal, 1)
		signal.Notify(told, endSignals...)
		c, _ := net.Dial("tcp", args[0])
		fmt.Fprintln(c, "tidy")
		<-told
		fmt.Fprintln(c, "told")
		time.Sleep(200 * time.Millisecond)
		fmt.Fprintln(c, "tidied up")
	case "leave": // one behind that leaves the group, and holds the outputs
		leaveGroup(args[0])
		fmt.Println("left")
	case "answer": // tasks, as their bodies say
		answerTasks(args)
	}
	os.Exit(0)
}

// report tells the test at an address that the process lives, and whether it was told to end: which it does, unless it is
// called deaf. It returns when the test hangs up.
func report(address, name string) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, endSignals...)
	c, err := net.Dial("tcp", address)
	if err != nil {
		os.Exit(70)
	}
	fmt.Fprintln(c, name)
	go func() {
		for range told {
			fmt.Fprintln(c, "told")
			if name != "deaf" {
				os.Exit(0)
			}
		}
	}()
	_, _ = io.Copy(io.Discard, c)
}

// answerTasks is a persistent command.
func answerTasks(args []string) {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	answered := 0
	for in.Scan() {
		var r request
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			fmt.Fprintln(os.Stderr, "no request:", err)
			os.Exit(65)
		}
		text := string(r.BodyBase64)
		if r.Body != nil {
			text = *r.Body
		}
		do, rest, _ := strings.Cut(text, " ")
		answer := map[string]string{"id": r.ID, "result": resultDone}
		switch do {
		case "echo":
			answer["output"] = rest
		case "count":
			answered++
			answer["output"] = fmt.Sprintf("%d by %d", answered, os.Getpid())
		case "stderr":
			fmt.Fprintln(os.Stderr, rest)
			answer["result"] = resultRetry
		case resultRetry, resultDead:
			answer["result"], answer["error"] = do, rest
		case "exit":
			fmt.Fprintln(os.Stderr, "so this is the end")
			status, _ := strconv.Atoi(rest)
			os.Exit(status)
		case "say": // anything
			fmt.Println(rest)
			continue
		case "long":
			n, _ := strconv.Atoi(rest)
			answer["output"] = strings.Repeat("x", n)
		case "sit":
			address, name, _ := strings.Cut(rest, " ")
			report(address, name)
		case "last": // answers, and ends
			defer os.Exit(0)
		}
		line, _ := json.Marshal(answer)
		_, _ = os.Stdout.Write(append(line, '\n'))
		if do == "last" {
			return
		}
	}
	if len(args) == 2 { // stays when its input has ended
		report(args[0], args[1])
	}
}

// line is what reports of commands come on.
type line struct {
	t    *testing.T
	l    net.Listener
	from chan *reporter
}

// reporter is a process that reports.
type reporter struct {
	name string
	conn net.Conn
	said *bufio.Reader
}

func listen(t *testing.T) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &line{t, l, make(chan *reporter, 16)}
	go func() {
		defer close(n.from)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			r := &reporter{conn: conn, said: bufio.NewReader(conn)}
			name, _ := r.said.ReadString('\n')
			r.name = strings.TrimSpace(name)
			n.from <- r
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		for r := range n.from {
			_ = r.conn.Close()
		}
	})
	return n
}

func (n *line) address() string { return n.l.Addr().String() }

// patience bounds what a test waits for; it is reached only where something is broken.
const patience = 30 * time.Second

// next is the next process that reports.
func (n *line) next() *reporter {
	n.t.Helper()
	select {
	case r := <-n.from:
		n.t.Cleanup(func() { _ = r.conn.Close() })
		return r
	case <-time.After(patience):
		n.t.Fatal("no process has reported")
		return nil
	}
}

// last reads what the process says until it has ended.
func (r *reporter) last(t *testing.T) string {
	t.Helper()
	_ = r.conn.SetReadDeadline(time.Now().Add(patience))
	said, err := io.ReadAll(r.said)
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		t.Fatalf("process %q still lives", r.name)
	}
	return strings.TrimSpace(string(said))
}

// tried is what became of a try.
type tried struct {
	err error
	out Output
}

// do has a handler do a task.
func do(t *testing.T, h Handler, task broker.Task) tried {
	t.Helper()
	var r tried
	r.err = h.Handle(t.Context(), Try{Task: task, Queue: "task_queue", Worker: 1, Attempts: 5, output: &r.out})
	return r
}

func (r tried) text() string { return string(r.out.Head) + string(r.out.Tail) }

func bodied(text string) broker.Task { return broker.NewTask([]byte(text)) }
