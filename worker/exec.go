package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"time"
)

// execHandler gives each task to a command of its own: the body on standard input, the rest in variables. Every command is
// waited for, and nothing that it started in its group outlives it.
type execHandler struct {
	ExecConfig
	env []string // of every command
}

// newExec wants a config that has passed Validate.
func newExec(c ExecConfig) Handler {
	h := execHandler{c, c.environment()}
	if c.Persistent {
		return newPersistent(h)
	}
	return h
}

// String names the command without its arguments, which may hold a secret.
func (h execHandler) String() string {
	path, err := h.program()
	if err != nil {
		path = h.Command[0]
	}
	if h.Persistent {
		return path + ", one that stays for each worker"
	}
	return path + ", once for each task"
}

// Check reports that the command is missing, or cannot be run.
func (h execHandler) Check() error {
	_, err := h.program()
	return err
}

// Handle runs the command on the task. It blocks until the command has ended; when ctx or the task's time ends first, the
// command is told to, and killed after the grace.
func (h execHandler) Handle(ctx context.Context, t Try) error {
	var (
		said   = NewClip(h.Output)
		stderr = &lastLine{to: said}
	)
	p, err := h.start(ctx, func(cmd *exec.Cmd) {
		cmd.Env = append(cmd.Env, t.variables()...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(t.Body), said, stderr
	})
	if err != nil {
		return err
	}
	cut := h.await(ctx, p)
	t.Say(said.Take())
	if cut != nil {
		return explained(cut, stderr.String())
	}
	return h.verdict(p.state, stderr.String())
}

// scarcePatience is how long starting a command is tried again while the system has no room for it.
const scarcePatience = 10 * time.Second

// start starts the command that prepare completes. It blocks while the system has no room for one, until ctx ends.
func (h execHandler) start(ctx context.Context, prepare func(*exec.Cmd)) (*process, error) {
	began := time.Now()
	for tries := 1; ; tries++ {
		path, err := h.program()
		if err != nil {
			return nil, Hold(err)
		}
		cmd := &exec.Cmd{Path: path, Args: h.Command, Dir: h.Dir, Env: slices.Clone(h.env)}
		prepare(cmd)
		p, err := start(cmd)
		switch {
		case err == nil:
			return p, nil
		case !scarce(err):
			return nil, h.unstartable(path, err)
		case time.Since(began) > scarcePatience:
			return nil, Hold(fmt.Errorf("the command %s cannot be started: %w, for %v by now; run fewer workers, or raise the limit",
				path, cause(err), scarcePatience))
		}
		select {
		case <-time.After(backoff(tries, rand.Float64())):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// await waits for the command to end. It returns nil when it did by itself, and otherwise why it was stopped.
func (h execHandler) await(ctx context.Context, p *process) error {
	ctx, cancel := h.limited(ctx)
	defer cancel()
	select {
	case <-p.ended:
		return nil
	case <-ctx.Done():
	}
	if !p.stop(h.Grace.D()) {
		return nil // it ended just before
	}
	return context.Cause(ctx)
}

// limited is ctx with the time that a task has.
func (h execHandler) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := h.Timeout.D()
	if limit == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("stopped after %v, the most a task may take (handler.exec.timeout)", limit))
}

// verdict is what a command's end says of its task; said is what it had to say last.
func (c ExecConfig) verdict(s *os.ProcessState, said string) error {
	if s == nil || signalled(s) != "" {
		return explained(errors.New(fate(s)), said)
	}
	return c.judge(s.ExitCode(), said)
}

// fate says how a command ended.
func fate(s *os.ProcessState) string {
	if s == nil {
		return "the command ended, and the system did not tell how"
	}
	switch name := signalled(s); name {
	case "":
		return fmt.Sprintf("exit status %d", s.ExitCode())
	case "SIGKILL":
		return "killed by SIGKILL, as the system does when memory runs out"
	default:
		return "killed by " + name
	}
}

// judge is what an exit status says of a task. It is a pure function.
func (c ExecConfig) judge(status int, said string) error {
	if status == 0 {
		return nil
	}
	err := explained(fmt.Errorf("exit status %d", status), said)
	if slices.Contains(c.Dead, status) || c.Others == othersDead && !slices.Contains(c.Retry, status) {
		return Permanent(err)
	}
	return err
}

// explained adds to a failure what the command had to say of it.
func explained(err error, said string) error {
	if said == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, said)
}
