//go:build unix

package cli

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"carousel/broker"
)

// traced reports whether the broker's vhost is traced.
func (r onRabbitMQ) traced(t *testing.T) bool {
	t.Helper()
	var answer struct{ Tracing bool }
	r.vhost.Node.Management().Call(t, http.MethodGet, "/api/vhosts/"+r.vhost.Name, nil, &answer)
	return answer.Tracing
}

// console is carousel on the broker, and where it keeps its state.
func (r onRabbitMQ) console(t *testing.T, args ...string) (c *exec.Cmd, config string) {
	t.Helper()
	c = carousel(t, r.url, append([]string{"--management", r.management}, args...)...)
	config = t.TempDir()
	c.Env = append(c.Env, stateEnv+"="+config)
	return c, config
}

// pledgesIn are the files of pledges under a folder of state.
func pledgesIn(t *testing.T, config string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(config, "carousel", "tracing", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// traceOn switches tracing on by hand, at the console.
func (s *onTerminal) traceOn(r onRabbitMQ) {
	s.t.Helper()
	s.until("Idle")
	s.press("T")
	s.until("Watch other consumers")
	s.press("task_queue\r")
	s.until("[tracing 9:")
	if !r.traced(s.t) {
		s.t.Fatal("the screen says so, and it is not on")
	}
}

// However the console ends, tracing ends with it; and nothing of it is left in its folder.
func TestTracingEndsWithTheConsole(t *testing.T) {
	for name, end := range map[string]func(s *onTerminal){
		"by its key": func(s *onTerminal) {
			s.press("T")
			s.until("Tracing is off")
			s.quit()
			s.end(exitDone)
		},
		"quit":    func(s *onTerminal) { s.quit(); s.end(exitDone) },
		"SIGTERM": func(s *onTerminal) { s.signal(syscall.SIGTERM); s.end(exitInterrupted) },
		"killed": func(s *onTerminal) {
			s.signal(syscall.SIGKILL)
			s.untilSaid("is off again")
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := realBroker(t)
			command, config := r.console(t, "--workers", "1")
			s := startCommand(t, command)
			s.traceOn(r)
			if files := pledgesIn(t, config); len(files) != 1 {
				t.Errorf("files %q", files)
			} else if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the file is for everybody: %v, %v", info.Mode(), err)
			}
			end(s)
			if r.traced(t) {
				t.Error("tracing is still on")
			}
			if files := pledgesIn(t, config); len(files) > 0 {
				t.Errorf("files %q", files)
			}
		})
	}
}

// A panic anywhere leaves no tracing on.
func TestTracingEndsWithAPanic(t *testing.T) {
	for _, where := range []string{"command", "library", "fatal"} {
		t.Run(where, func(t *testing.T) {
			r := realBroker(t)
			command, config := r.console(t, "--workers", "1")
			command.Env = append(command.Env, panicEnv+"="+where)
			s := startCommand(t, inShell(command, asJob))
			s.traceOn(r)
			s.panicNow(where)
			s.until("[ended ")
			if where != "command" { // which unwinds, and closes its session by itself
				s.untilSaid("is off again")
			}
			eventually(t, "tracing to be off", func() bool { return !r.traced(t) && len(pledgesIn(t, config)) == 0 })
		})
	}
}

// Where the monitor is killed with the console, the next console says so, and switches tracing off when it is told to.
func TestTracingLeftOn(t *testing.T) {
	r := realBroker(t)
	command, config := r.console(t, "--workers", "1")
	s := startCommand(t, command)
	s.traceOn(r)
	if err := syscall.Kill(-s.command.Process.Pid, syscall.SIGKILL); err != nil { // and the rest of its session
		t.Fatal(err)
	}
	_ = s.command.Wait()
	files := pledgesIn(t, config)
	if !r.traced(t) || len(files) != 1 {
		t.Fatalf("traced %v, files %q", r.traced(t), files)
	}
	if text, err := os.ReadFile(files[0]); err != nil || strings.Contains(string(text), "guest:guest") || strings.Contains(string(text), "password") ||
		!strings.Contains(string(text), r.vhost.Name) || !strings.Contains(string(text), fmt.Sprint(s.command.Process.Pid)) {
		t.Errorf("it is kept: %s, %v", text, err)
	}
	if status, stdout, _ := r.run(t, "", "check"); status != exitDone || !strings.Contains(stdout, "tracing    warning: vhost "+r.vhost.Name+" is traced at ") {
		t.Errorf("check: status %d\n%s", status, stdout)
	}
	again, _ := r.console(t, "--workers", "1")
	again.Env = command.Env
	next := startCommand(t, again)
	next.until("Tracing was left on")
	next.press("\r")
	next.until("Tracing is off")
	next.quit()
	next.end(exitDone)
	if r.traced(t) || len(pledgesIn(t, config)) > 0 {
		t.Errorf("traced %v, files %q", r.traced(t), pledgesIn(t, config))
	}
	if _, stdout, _ := r.run(t, "", "check"); strings.Contains(stdout, "tracing") {
		t.Errorf("check: %s", stdout)
	}
}

// A pledge of a process that runs is kept by that; one whose time is over by far is nobody's, whatever has the process's number
// now; and what cannot be read is none.
func TestPledgesThatNobodyKeeps(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := &program{Process: Process{ConfigDir: t.TempDir()}}
	for name, was := range map[string]pledge{
		"running": {PID: os.Getpid(), Time: now, Nodes: []string{"rabbit@one"}},
		"old":     {PID: os.Getpid(), Time: now.Add(-broker.TraceLimit - 2*time.Minute), Nodes: []string{"rabbit@one"}},
		"dead":    {PID: 1 << 30, Time: now, Nodes: []string{"rabbit@one"}},
	} {
		if err := (told{File: filepath.Join(p.tracingDir(), name+".json"), Pledge: was}).keep(); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"half": `{"pid":1`, "none": "{}", "empty": ""} {
		if err := os.WriteFile(filepath.Join(p.tracingDir(), name+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var left []string
	for file := range p.leftTracing(now) {
		left = append(left, filepath.Base(file))
	}
	if len(left) != 2 || !strings.Contains(fmt.Sprint(left), "old.json") || !strings.Contains(fmt.Sprint(left), "dead.json") {
		t.Errorf("left %q", left)
	}
	if got := (&program{}).leftTracing(now); len(got) > 0 {
		t.Errorf("without a folder: %v", got)
	}
}

// Of what was left on elsewhere, a console says where.
func TestTracingLeftElsewhere(t *testing.T) {
	t.Parallel()
	p := &program{Process: Process{ConfigDir: t.TempDir()}}
	was := told{File: filepath.Join(p.tracingDir(), "1.json"), Pledge: pledge{Broker: "me@elsewhere:5672", VHost: "shop", PID: 1 << 30, Nodes: []string{"rabbit@one"}, Time: time.Now()}}
	if err := was.keep(); err != nil {
		t.Fatal(err)
	}
	s := settings{named: true}
	s.Broker.URLs = []string{"amqp://me:hunter2@here:5672/"}
	here, elsewhere := (&consoleRun{program: p}).leftHere(s, &backend{})
	if here != nil || len(elsewhere) != 1 || !strings.Contains(elsewhere[0], "vhost shop may still be on at me@elsewhere:5672") ||
		!strings.Contains(elsewhere[0], "trace_off -p shop") {
		t.Errorf("here %v, elsewhere %q", here, elsewhere)
	}
}

// What the monitor is told is read as it was written, and what is taken back is forgotten.
func TestMonitorHearsOfPledges(t *testing.T) {
	t.Parallel()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	m := &monitor{pipe: write}
	cfg := broker.DefaultConfig()
	one := told{File: "1.json", URLs: []string{"amqp://me:hunter2@here/"}, Management: []string{"http://here"}, PasswordFile: "password",
		Pledge: pledge{VHost: "/", Nodes: []string{"rabbit@one"}, Time: time.Now()}}
	two := told{File: "2.json", Pledge: pledge{VHost: "/", Nodes: []string{"rabbit@two"}, Time: time.Now()}}
	m.tellPledge(one)
	m.tellPledge(two)
	two.Pledge.Nodes = nil
	m.tellPledge(two)
	_ = write.Close()
	heard, first := newPledges(time.Hour), make([]byte, 1)
	for n, _ := read.Read(first); n == 1; n, _ = read.Read(first) {
		if first[0] != tracing {
			t.Fatalf("read %d", first[0])
		}
		heard.read(read)
	}
	cfg.URLs, cfg.Management, cfg.PasswordFile = one.URLs, one.Management, one.PasswordFile
	all := heard.all
	if len(all) != 1 || fmt.Sprint(all["1.json"].config()) != fmt.Sprint(cfg) || all["1.json"].Pledge.Nodes[0] != "rabbit@one" {
		t.Errorf("%+v", all)
	}
	heard.overdue["1.json"].Stop()
	(*monitor)(nil).tellPledge(one) // nobody stands by
}

// A console that stands still, as one does that was stopped, is not waited for beyond the time of its trace.
func TestMonitorEndsWhatIsOverdue(t *testing.T) {
	r := realBroker(t)
	api := r.vhost.Node.Management()
	var overview struct{ Node string }
	api.Call(t, http.MethodGet, "/api/overview", nil, &overview)
	api.Call(t, http.MethodPut, "/api/vhosts/"+r.vhost.Name, map[string]any{"tracing": true}, nil)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	(&monitor{pipe: write}).tellPledge(told{File: filepath.Join(t.TempDir(), "1.json"), URLs: []string{r.url}, Management: []string{r.management},
		Pledge: pledge{VHost: r.vhost.Name, Nodes: []string{overview.Node}, Time: time.Now().Add(-time.Hour)}})
	if _, err := read.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	newPledges(pledgeTime).read(read)
	eventually(t, "tracing to be off", func() bool { return !r.traced(t) })
}
