package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carousel/broker"
	"carousel/broker/sandbox"
)

// commandLine runs the command line on a sandbox broker, and returns the exit status and what was written.
func commandLine(t *testing.T, b *sandbox.Broker, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	env := map[string]string{"CAROUSEL_URL": b.URL(), "CAROUSEL_MANAGEMENT_URL": b.ManagementURL()}
	p := &program{open: openBackend, Process: Process{
		Args: args, Getenv: func(k string) string { return env[k] }, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs,
	}}
	return p.run(), out.String(), errs.String()
}

// A command does the tasks of a queue, those of other programs too; what it refuses is a dead letter that says why, and where it
// is missing no task is touched.
func TestWorkByACommand(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no /bin/sh")
	}
	b, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, body := range []string{"good", "bad"} {
		if status, _, stderr := commandLine(t, b, "enqueue", "--count", "20", body); status != exitDone {
			t.Fatal(stderr)
		}
	}
	if status, _, stderr := commandLine(t, b, "work", "--drain", "--", "no-such-command"); status != exitFailed ||
		!strings.Contains(stderr, `carousel: the command "no-such-command" is in no folder of PATH; `) {
		t.Errorf("a missing command: status %d\n%s", status, stderr)
	}
	config := writeConfig(t, "[handler.exec]\ndead = [65]\n")
	const script = `read body; test "$body" = bad || exit 0; echo "$CAROUSEL_QUEUE: not good" >&2; exit 65`
	status, stdout, stderr := commandLine(t, b, "work", "--drain", "--config", config, "--", "/bin/sh", "-c", script)
	if status != exitDone || !strings.HasPrefix(stdout, "20 done, 20 failed tries, 20 failed for good, 0 unsettled") {
		t.Errorf("status %d, %s\n%s", status, stdout, stderr)
	}
	_, stdout, _ = commandLine(t, b, "dead", "list")
	want := fmt.Sprintf("20 letters in %s", broker.DeadQueue("task_queue"))
	if !strings.Contains(stdout, "exit status 65: task_queue: not good") || !strings.Contains(stdout, want) {
		t.Errorf("the dead letters are\n%s", stdout)
	}
}

func TestCheckOfTheHandler(t *testing.T) {
	for command, want := range map[string]string{
		"/no/such": "fail handler    the command /no/such does not exist; install it, or change handler.exec.command\n",
		os.Args[0]: "ok   handler    exec: " + os.Args[0] + ", once for each task\n",
	} {
		config := writeConfig(t, fmt.Sprintf("[handler]\nkind = \"exec\"\n[handler.exec]\ncommand = [%q, \"--token=s3cret\"]\n", command))
		synctest.Test(t, func(t *testing.T) {
			_, stdout, _ := invocation{args: []string{"check", "--config", config}, broker: newFakeBroker()}.run(t)
			if !strings.Contains(stdout, want) || strings.Contains(stdout, "s3cret") {
				t.Errorf("%s: %s", command, stdout)
			}
		})
	}
}

// The command after -- is checked in the place of the config's, as carousel work takes it, and is not run.
func TestCheckOfACommand(t *testing.T) {
	config := writeConfig(t, "[handler]\nkind = \"exec\"\n[handler.exec]\ncommand = [\"/no/such\"]\n")
	mark := filepath.Join(t.TempDir(), "it ran")
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--", "/bin/sh", "-c", "touch '" + mark + "'"}, exitDone, "ok   handler    exec: /bin/sh, once for each task\n"},
		{[]string{"--config", config, "--", "/bin/sh"}, exitDone, "ok   handler    exec: /bin/sh, once for each task\n"},
		{[]string{"--config", config}, exitFailed, "fail handler    the command /no/such does not exist"},
		{[]string{"--", "no-such-command"}, exitFailed, "fail handler    the command \"no-such-command\" is in no folder of PATH"},
		{[]string{"--"}, exitUsage, "a command is missing after --"},
		{[]string{"--handler", "http", "--", "/bin/sh"}, exitUsage, "a command after -- is for the exec handler"},
		{[]string{"nonsense", "--", "/bin/sh"}, exitUsage, "nonsense"},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newFakeBroker()
			b.seen.Totals, b.seen.API = broker.Source{At: time.Now()}, broker.Source{At: time.Now()}
			status, stdout, stderr := invocation{args: append([]string{"check"}, c.args...), broker: b}.run(t)
			if status != c.status || !strings.Contains(stdout+stderr, c.want) {
				t.Errorf("%q: status %d, want %d with %q\n%s%s", c.args, status, c.status, c.want, stdout, stderr)
			}
		})
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("the command was run")
	}
}
