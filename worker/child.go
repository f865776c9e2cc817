package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"
)

// child is a persistent command that runs. One handler at a time uses it.
type child struct {
	p       *process
	in      io.WriteCloser // its standard input
	answers answers        // its standard output
	said    *Clip
	stderr  *lastLine
	writing sync.WaitGroup // of the request in hand
	tasks   int            // that it answered to
}

// startChild starts a persistent command.
func (h execHandler) startChild(ctx context.Context) (*child, error) {
	var c *child
	p, err := h.start(ctx, func(cmd *exec.Cmd) {
		c = &child{answers: answers{heard: make(chan heard, 2)}, said: NewClip(h.Output)}
		c.stderr = &lastLine{to: c.said}
		c.in, _ = cmd.StdinPipe() // its errors are those of a second call, and of a command that runs
		cmd.Stdout, cmd.Stderr = &c.answers, c.stderr
	})
	if err != nil {
		return nil, err
	}
	c.p = p
	return c, nil
}

// fit reports whether the child runs, and has said nothing unasked.
func (c *child) fit() bool {
	select {
	case <-c.p.ended:
		return false
	default:
		return len(c.answers.heard) == 0
	}
}

// errDied is how a child fails its task that ends by itself.
var errDied = errors.New("the command ended before it answered")

// ask gives the child a task and waits for its answer. It blocks until ctx ends, whose cause it returns then. After an error
// the child may still run, and cannot be asked again.
func (c *child) ask(ctx context.Context, r request) (answer, error) {
	line, err := r.line()
	if err != nil {
		return answer{}, Permanent(fmt.Errorf("the task cannot be written as JSON: %w", err))
	}
	c.stderr.forget()
	written := make(chan struct{})
	c.writing.Go(func() { // or a child that does not read would keep us from hearing of its end, and of ctx's
		defer close(written)
		_, _ = c.in.Write(line) // what was not taken shows by the answer that does not come
	})
	a, err := c.hear(ctx, r.ID, written)
	if err == nil {
		c.tasks++
	}
	return a, err
}

// end stops the child, which ends the writing too, and returns when it has ended.
func (c *child) end(grace time.Duration) {
	c.p.stop(grace)
	c.writing.Wait()
}

// hear waits until the request was taken and answered.
func (c *child) hear(ctx context.Context, id string, written <-chan struct{}) (answer, error) {
	var (
		got   answer
		heard = c.answers.heard
		ended = c.p.ended
	)
	for heard != nil || written != nil {
		select {
		case h := <-heard:
			switch heard = nil; {
			case h.err != nil:
				return got, h.err
			case h.ID != id:
				return got, fmt.Errorf("the command answered for task %s, which it does not have", excerpt([]byte(h.ID)))
			}
			got = h.answer
		case <-written:
			written = nil
		case <-ended: // so all that it had to say was heard, and nobody reads what we write
			if ended = nil; heard != nil && len(heard) == 0 {
				return got, errDied
			}
		case <-ctx.Done():
			return got, context.Cause(ctx)
		}
	}
	return got, nil
}

// quit lets the child end by itself, as its standard input does; after grace, or when ctx ends, it is told to. It returns when
// the child has ended.
func (c *child) quit(ctx context.Context, grace time.Duration) {
	_ = c.in.Close() // an error says that it is closed
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-c.p.ended:
		return
	case <-ctx.Done():
	case <-timer.C:
	}
	c.p.stop(grace)
}

// heard is a line of a command's standard output: an answer, or why it is none.
type heard struct {
	answer
	err error
}

// answers takes a command's standard output apart, and hands it on line by line. It never blocks the pipe: after what is no
// answer, or one too many, it takes no more.
type answers struct {
	heard chan heard // has room for an answer and for what is wrong behind it
	line  []byte     // the one being written; only the pipe's reader touches it
}

// Write takes p, or says why it makes no sense.
func (a *answers) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		if len(a.line)+len(line) > maxAnswer {
			return a.refuse(fmt.Errorf("the command wrote a line of more than %d bytes to standard output, which is no answer", maxAnswer))
		}
		a.line, rest = append(a.line, line...), after
		if !whole {
			break
		}
		err := a.take(bytes.TrimSpace(a.line))
		if a.line = a.line[:0]; err != nil {
			return a.refuse(err)
		}
	}
	return len(p), nil
}

// take hands an answer on. A blank line is none.
func (a *answers) take(line []byte) error {
	if len(line) == 0 {
		return nil
	}
	next, err := parseAnswer(line)
	if err == nil && len(a.heard) > 0 {
		err = errors.New("the command gave two answers to one task")
	}
	if err == nil {
		a.heard <- heard{answer: next}
	}
	return err
}

// refuse ends the reading: a writer that fails is not written to again.
func (a *answers) refuse(err error) (int, error) {
	a.heard <- heard{err: err}
	return 0, err
}
