package cli

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"carousel/worker/lab"
)

// experimented runs "lab" with nothing but what the process really has.
func experimented(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	status = Run(Process{
		Args: append([]string{"lab"}, args...), Getenv: func(string) string { return "" },
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
	})
	return status, out.String(), errs.String()
}

func TestLabWrongUse(t *testing.T) {
	home := homeOf(t, threeBrokers)
	for args, want := range map[string]string{
		"--workload gauss":                  `--workload: "gauss" is not a workload; write constant, exponential`,
		"--workload trace:/nowhere/x":       `--workload: the trace "/nowhere/x" cannot be opened: no such file`,
		"--workload amqp://u:s3cret@h":      "--workload wants a workload; an address is given with --url",
		"--crew 0":                          `--crew: "0" is not a crew`,
		"--crew u:s3cret@h":                 "--crew wants workers",
		"--strategies fair":                 `--strategies: there is no strategy "fair"`,
		"--strategies u:s3cret@h":           "--strategies wants names",
		"--tasks 0":                         "--tasks: a whole number from 1 to 100000",
		"--tasks 100001":                    "--tasks: a whole number from 1 to 100000",
		"--mean -1ms":                       "--mean: a time from 0 to 1h",
		"--load -1":                         "--load: a number from 0 to 10",
		"--load NaN":                        "--load: a number from 0 to 10",
		"--long -1s":                        "--long: a time, not less than 0",
		"--mean 1h --tasks 100000":          "--tasks: they would take more than a year",
		"--csv /nowhere/x --model":          "--csv /nowhere/x cannot be written: no such file",
		"--read-only":                       "which read-only forbids",
		"--context look":                    "which read-only forbids",
		"--context prod":                    "context prod is protected, and the lab would load its broker",
		"now":                               `lab takes no argument, and has "now"`,
		"--workload trace:lab.go --mean 1s": "the trace \"lab.go\" cannot be used",
	} {
		status, stdout, stderr := invocation{args: append([]string{"lab"}, strings.Fields(args)...), home: home}.run(t)
		if status != exitUsage || stdout != "" || !strings.Contains(stderr, want) || strings.Contains(stderr, "s3cret") {
			t.Errorf("lab %s: status %d, %q, %s want %q", args, status, stdout, stderr, want)
		}
	}
}

// With --model no broker is opened, where the lab is barred neither; and a seed repeats.
func TestLabPredicts(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out.csv")
	if err := os.WriteFile(file, []byte(strings.Repeat("old\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		i := invocation{args: append([]string{"lab", "--model", "--context", "prod"}, args...), home: homeOf(t, threeBrokers)}
		status, stdout, stderr := i.run(t)
		if status != exitDone || stderr != "" {
			t.Fatalf("status %d, %s", status, stderr)
		}
		return stdout
	}
	text := run("--csv", file)
	for _, want := range []string{
		"240 tasks of image, 24 ms on average, all there from the start, for 8 workers\n(7,1x0.25); seed 1.\nPredicted, not measured.\n",
		"took ×least  █ the least possible  ▒ more than that\nprefetch-1   852 ms   1.05  █████████████▒\n",
		"\nstatic       2.80 s   3.47 371 ms 1.38 s 2.51 s  52 %  0.678  1.000     86     0\n",
		"For this workload and this crew the model says: prefetch-1. It would take\n852 ms, 1.05 times the least possible.\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		if n := len([]rune(line)); n > 80 {
			t.Errorf("a line of %d cells: %s", n, line)
		}
	}
	if again := run(); again != text {
		t.Errorf("the same seed gives\n%s", again)
	}
	if other := run("--seed", "2"); other == text {
		t.Error("another seed gives the same")
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if records, err := csv.NewReader(f).ReadAll(); err != nil || len(records) != 8 || records[7][0] != "split" {
		t.Errorf("the file has %v, %v", records, err)
	}
}

// labLine is a line of its JSON.
type labLine struct {
	Event, Strategy, State, Error string
	Measured, Predicted           *struct{ Tasks int }
	Stints                        []struct{ Worker int }
	Why, Advice                   []string
}

func labLines(t *testing.T, text string) (lines []labLine) {
	t.Helper()
	for line := range strings.Lines(text) {
		var l labLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		lines = append(lines, l)
	}
	return lines
}

func TestLabOnTheSandbox(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out.csv")
	status, stdout, stderr := experimented(t, "--json", "--lanes", "--tasks", "40", "--mean", "2ms", "--crew", "2,1x0.5", "--csv", file)
	if status != exitDone || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	lines := labLines(t, stdout)
	if len(lines) != len(lab.Strategies())+1 {
		t.Fatalf("%d lines:\n%s", len(lines), stdout)
	}
	for i, x := range lab.Strategies() {
		l := lines[i]
		if l.Event != "strategy" || l.Strategy != x.Name || l.State != "finished" || l.Measured == nil || l.Measured.Tasks != 40 ||
			l.Predicted.Tasks != 40 || len(l.Stints) != 40 || len(l.Why) == 0 {
			t.Errorf("%s: %+v", x.Name, l)
		}
	}
	if last := lines[len(lines)-1]; last.Event != "lab" || len(last.Advice) == 0 {
		t.Errorf("at last: %+v", last)
	}
	table, err := os.ReadFile(file)
	if n := strings.Count(string(table), ",measured,"); err != nil || n != len(lab.Strategies()) {
		t.Errorf("%d of the file's records are measured, %v\n%s", n, err, table)
	}
}

// The text of a measured run names the broker, has a mark where each bar should end, and both figures of each row.
func TestLabTellsWhatItMeasured(t *testing.T) {
	broker, _, _ := serveSandboxFor(t, "--listen", "127.0.0.1:0", "--management", "off")
	status, text, stderr := experimented(t, "--url", broker, "--tasks", "30", "--mean", "2ms", "--strategies", "prefetch-1,static", "--explain", "--lanes")
	if status != exitDone || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	for _, want := range []string{" at 127.0.0.1:", ", 2 runs, about ", "┃", "\nprefetch-1 ", "\n  predicted ", "\nLanes, ", "\nprefetch-1: It took ", "\nstatic: It took "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "\n  predicted "); n != 2 {
		t.Errorf("%d rows are predicted in\n%s", n, text)
	}
}

func TestLabOnRabbitMQ(t *testing.T) {
	r := realBroker(t)
	status, stdout, stderr := r.run(t, "", "lab", "--json", "--tasks", "40", "--mean", "2ms", "--crew", "2,1@20ms")
	if status != exitDone || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	for _, l := range labLines(t, stdout) {
		if l.Event == "strategy" && l.State != "finished" {
			t.Errorf("%+v", l)
		}
	}
	eventually(t, "a vhost without queues", func() bool {
		var left []struct{ Name string }
		r.vhost.Node.Management().Call(t, http.MethodGet, "/api/queues/"+r.vhost.Name, nil, &left)
		return len(left) == 0
	})
}

func TestLabWithoutABroker(t *testing.T) {
	status, stdout, stderr := experimented(t, "--url", "amqp://127.0.0.1:1/")
	if status != exitFailed || stdout != "" || !strings.Contains(stderr, "127.0.0.1:1") {
		t.Errorf("status %d, %q, %s", status, stdout, stderr)
	}
}

// A signal ends it: what was run is told, and the rest is not.
func TestLabInterrupted(t *testing.T) {
	out, in := io.Pipe()
	var errs strings.Builder
	signals := make(chan os.Signal, 1)
	ended := make(chan int)
	go func() {
		status := Run(Process{
			Args:   []string{"lab", "--tasks", "100", "--mean", "1m", "--crew", "8"},
			Getenv: func(string) string { return "" }, Stdin: strings.NewReader(""), Stdout: in, Stderr: &errs, Signals: signals,
		})
		in.Close()
		ended <- status
	}()
	text, buffer := "", make([]byte, 4096)
	for !strings.Contains(text, "On the sandbox, 7 runs, about ") {
		n, err := out.Read(buffer)
		if text += string(buffer[:n]); err != nil {
			t.Fatalf("%v after %q", err, text)
		}
	}
	signals <- syscall.SIGINT
	rest, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	status := <-ended
	if want := "interrupted after 0 of 7 runs"; status != exitInterrupted || !strings.Contains(errs.String(), want) {
		t.Errorf("status %d, %s", status, errs.String())
	}
	if want := "prefetch-1   cancelled\n"; !strings.Contains(string(rest), want) {
		t.Errorf("%q is not in\n%s", want, rest)
	}
}

func TestLabOutcome(t *testing.T) {
	finished, cancelled := lab.Row{State: lab.Finished}, lab.Row{State: lab.Cancelled}
	failed := lab.Row{State: lab.Failed, Strategy: lab.Strategies()[3], Err: errors.New("the link was lost")}
	for _, c := range []struct {
		rows   []lab.Row
		status int
		says   string
	}{
		{[]lab.Row{finished, finished}, exitDone, ""},
		{[]lab.Row{finished, failed}, exitPartly, "unlimited failed: the link was lost"},
		{[]lab.Row{failed, failed}, exitFailed, "unlimited failed: the link was lost"},
		{[]lab.Row{finished, failed, cancelled}, exitInterrupted, "interrupted after 1 of 3 runs; its queues are deleted"},
	} {
		err := (&labRun{rows: c.rows}).outcome()
		status := exitDone
		var e *exit
		switch {
		case errors.As(err, &e):
			status = e.status
		case err != nil:
			status = exitFailed
		}
		if says := strings.Join(sentences(err), "\n"); status != c.status || !strings.Contains(says, c.says) {
			t.Errorf("%v: status %d, %q, want %d, %q", c.rows, status, says, c.status, c.says)
		}
	}
}
