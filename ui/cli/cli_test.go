package cli

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"carousel/broker"
	"carousel/broker/brokertest"
)

// The test binary is carousel, too, with its crash monitor, a program of workers to be killed, and one that crashes.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv(monitorEnv) != "", os.Getenv(mainEnv) != "":
		os.Exit(runAsMain())
	case os.Getenv(ledgerEnv) != "":
		os.Exit(workForLedger())
	case os.Getenv(crashEnv) != "":
		crash()
	}
	heedSignals()
	goleak.VerifyTestMain(brokertest.StopAfter(m))
}

// heedSignals takes back what a shell does to a command in its background: that it, and all that it starts, ignores
// Ctrl+C. What is started from here hears every signal, unless its test has it otherwise.
func heedSignals() {
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGTERM} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}

func runAsMain() int {
	p := &program{open: openForMain(), abandon: func() { os.Exit(exitInterrupted) }, Process: Process{
		Args: TakeArgs(), Getenv: os.Getenv, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Terminal: HasTerminal, Signals: Signals(),
	}}
	return p.run()
}

// invocation is one run of the command line in a test, on a fake broker and without a config file of its own.
type invocation struct {
	args    []string
	env     map[string]string
	home    string // ConfigDir
	stdin   io.Reader
	signals chan os.Signal
	tty     func() bool // whether there is a terminal; nil: never
	broker  *fakeBroker // nil: opening it fails the test
}

// run returns the exit status and what was written.
func (i invocation) run(t *testing.T) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	p := &program{
		Process: Process{
			Args: i.args, Getenv: func(k string) string { return i.env[k] }, ConfigDir: i.home,
			Stdin: i.stdin, Stdout: &out, Stderr: &errs, Signals: i.signals,
			Terminal: i.tty,
		},
		open: func(cfg broker.Config, _ *slog.Logger) (*backend, error) {
			if i.broker == nil {
				t.Errorf("carousel %s opened a broker", strings.Join(i.args, " "))
				return nil, context.Canceled
			}
			i.broker.opened = cfg
			return &backend{client: i.broker, source: i.broker}, nil
		},
	}
	if p.Stdin == nil {
		p.Stdin = strings.NewReader("")
	}
	return p.run(), out.String(), errs.String()
}

func TestWrongUse(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"bogus", `there is no command "bogus"; allowed are check, completion, dead, enqueue, help, lab, replay, sandbox, version, work`},
		{"enqueu", `there is no command "enqueu"; did you mean enqueue?`},
		{"amqp://u:s3cret@h", `there is no such command; an address is given with --url`},
		{"help nope", `there is no command "nope"; allowed are check, completion, dead, enqueue, help, lab, replay, sandbox, version, work`},
		{"work x", `work takes no argument, and has "x"`},
		{"check amqp://u:s3cret@h", `check takes no argument; an address is given with --url`},
		{"--wrkers 3", `there is no flag --wrkers; did you mean --workers?`},
		{"enqueue -z", `there is no flag -z; see carousel enqueue --help`},
		{"bogus:s3cret@h", `there is no such command; an address is given with --url`},
		{"--amqp://u:s3cret@h", `there is no such flag; an address is given with --url`},
		{"--config amqp://u:s3cret@h", `(an address): the config file cannot be opened: no such file or directory`},
		{"enqueue --file amqp://u:s3cret@h", `--file (an address) cannot be opened: no such file or directory`},
		{"--url", `--url needs a value; see carousel --help`},
		{"--workers amqp://u:s3cret@h", `--workers wants a whole number`},
		{"enqueue --priority 256 x", `--priority wants a whole number from 0 to 255`},
		{"enqueue --ttl 5 x", `--ttl wants a number with its unit, such as 250ms, 30s or 2m`},
		{"enqueue --rate much x", `--rate wants a number`},
		{"enqueue --json=maybe x", `--json wants true or false`},
		{"enqueue --seed -1 x", `--seed wants a whole number from 0 up`},
		{"enqueue a b", `enqueue takes one body, and has 2; put a body with spaces in quotes`},
		{"enqueue --file x y", `enqueue takes a body or --file, not both`},
		{"enqueue --file /nowhere/x", `--file /nowhere/x cannot be opened: no such file or directory`},
		{"enqueue --count 3 -", `--count goes with a body or --file; lines are sent once each`},
		{"enqueue --count 0 x", `--count: make 1 to 10000000 tasks`},
		{"enqueue --header k x", `--header wants key=value, not "k"`},
		{"enqueue --fail NaN x", `--fail: the failure share must be between 0 and 1`},
		{"completion tcsh", `completion wants one of bash, zsh, fish and powershell`},
		{"--workers 0", `--workers: 0 is out of range; allowed are 1 to 2000`},
		{"work --prefetch 65536", `--prefetch: 65536 is out of range; allowed are 1 to 65535`},
		{"work --handler magic", `--handler: "magic" is not known; allowed are "simulate", "exec" and "http"`},
		{"work --handler exec", `--handler: exec needs a command; give it after --, as in --handler exec -- convert - out.png, ` +
			`or as handler.exec.command in the config`},
		{"work --", `a command is missing after --`},
		{"--handler simulate -- ls", `a command after -- is for the exec handler, and --handler says "simulate"`},
		{"work x -- ls", `work takes no argument, and has "x"`},
		{"bogus -- ls", `there is no command "bogus"; allowed are check, completion, dead, enqueue, help, lab, replay, sandbox, version, work`},
		{"--config /nowhere/c.toml", `/nowhere/c.toml: the config file cannot be opened: no such file or directory`},
		{"work --url amqp://db.example/", `db.example is not this machine, so no workers start on queue "task_queue" unasked; say --workers N`},
	} {
		t.Run(c.args, func(t *testing.T) {
			status, stdout, stderr := invocation{args: strings.Fields(c.args)}.run(t)
			if want := "carousel: " + c.want + "\n"; status != exitUsage || stdout != "" || stderr != want {
				t.Errorf("status %d, stdout %q, stderr\n%swant status 2 and\n%s", status, stdout, stderr, want)
			}
		})
	}
}

func TestManyMistakesAreToldAtOnce(t *testing.T) {
	_, _, stderr := invocation{args: []string{"work", "--workers", "0", "--prefetch", "0", "--queue", ""}}.run(t)
	for _, flag := range []string{"--workers", "--prefetch", "--queue"} {
		if !strings.Contains(stderr, "carousel: "+flag+": ") {
			t.Errorf("%s is not told in\n%s", flag, stderr)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	for args, want := range map[string]string{
		"--help":          "carousel [command]",
		"help enqueue":    "carousel enqueue [BODY]",
		"work --help":     "--drain",
		"version":         "carousel ",
		"completion bash": "bash completion",
		"completion zsh":  "#compdef carousel",
		"completion fish": "fish completion",
	} {
		status, stdout, stderr := invocation{args: strings.Fields(args)}.run(t)
		if status != exitDone || stderr != "" || !strings.Contains(stdout, want) {
			t.Errorf("carousel %s: status %d, stderr %q; %q is not in\n%s", args, status, stderr, want, stdout)
		}
	}
}

func TestOutputIsPlain(t *testing.T) {
	_, _, stderr := invocation{args: []string{"work", "\x1b[2J\u202e"}}.run(t)
	if strings.ContainsAny(stderr, "\x1b\u202e") {
		t.Errorf("raw control characters in %q", stderr)
	}
}
