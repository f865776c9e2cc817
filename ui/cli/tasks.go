package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"carousel/broker"
	"carousel/worker"
)

// taskLine is a task as one JSON object on a line of standard input. What it leaves out, the flags say.
type taskLine struct {
	Body     *string           `json:"body"`
	Type     *string           `json:"type"`
	Priority *uint8            `json:"priority"`
	TTL      *broker.Duration  `json:"ttl"`
	Work     *string           `json:"work"` // a DIST
	Fail     *float64          `json:"fail"`
	Headers  map[string]string `json:"headers"`
}

const taskLineForm = `write {"body": "…"}, and where wanted type, priority, ttl ("30s"), work ("5ms"), fail and headers (texts)`

// overlay lays what the line says over a load.
func (t taskLine) overlay(l *worker.Load) error {
	if t.Body == nil {
		return errors.New("the task has no body")
	}
	l.Bodies = [][]byte{[]byte(*t.Body)}
	if t.Type != nil {
		l.Type = *t.Type
	}
	if t.Priority != nil {
		l.Priority = *t.Priority
	}
	if t.TTL != nil {
		l.TTL = t.TTL.D()
	}
	if t.Work != nil {
		work, err := worker.ParseDist(*t.Work)
		if err != nil {
			return err
		}
		l.Work = &work
	}
	if t.Fail != nil {
		l.Fail = *t.Fail
	}
	if t.Headers != nil {
		l.Headers = t.Headers
	}
	return nil
}

// line is one line of input, without its end; or why there are no more.
type line struct {
	text []byte
	err  error
}

// readLines reads in until it ends or ctx does. The read of a pipe or a terminal cannot be interrupted: such a reader
// ends with the process, which is all that follows ctx's end here.
func readLines(ctx context.Context, in io.Reader) <-chan line {
	lines := make(chan line)
	send := func(l line) bool {
		select {
		case lines <- l:
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(in)
		scanner.Buffer(nil, worker.MaxRead)
		for scanner.Scan() {
			if !send(line{text: bytes.Clone(scanner.Bytes())}) {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			send(line{err: err})
		}
	}()
	return lines
}

// taskStream makes a task of each line. Its fields are read after the last call of next.
type taskStream struct {
	ctx     context.Context
	lines   <-chan line
	flags   worker.Load // what the lines do not say; one task
	objects bool        // a line is a JSON object, not a body

	number  int   // of the newest line
	made    int   // tasks
	blank   int   // empty lines, skipped
	mistake error // why the stream ended early
}

// next is the Batch's: it waits for a line, and ends the stream with ctx or at a line that is no task.
func (s *taskStream) next() (broker.Task, bool) {
	for {
		select {
		case <-s.ctx.Done():
			return broker.Task{}, false
		case l, more := <-s.lines:
			if !more {
				return broker.Task{}, false
			}
			s.number++
			if l.err == nil && len(l.text) == 0 {
				s.blank++
				continue
			}
			task, err := s.task(l)
			if err != nil {
				s.mistake = fmt.Errorf("line %d of standard input: %w; nothing after it was sent", s.number, err)
				return broker.Task{}, false
			}
			return task, true
		}
	}
}

func (s *taskStream) task(l line) (broker.Task, error) {
	switch {
	case errors.Is(l.err, bufio.ErrTooLong):
		return broker.Task{}, fmt.Errorf("it is longer than %d MiB", worker.MaxRead>>20)
	case l.err != nil:
		return broker.Task{}, plainCause(l.err)
	}
	load := s.flags
	load.Bodies, load.Count, load.First = [][]byte{l.text}, 1, s.made+1
	if load.Seed != 0 {
		load.Seed += uint64(s.number) // or every line would draw the same time
	}
	if s.objects {
		if err := readObject(l.text, &load); err != nil {
			return broker.Task{}, err
		}
	}
	if err := load.Validate(); err != nil {
		return broker.Task{}, errors.New(sentences(err)[0])
	}
	task, _ := load.Batch().Next()
	s.made++
	return task, nil
}

func readObject(text []byte, load *worker.Load) error {
	var object taskLine
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&object); err != nil {
		return errors.New("it is not a task as a JSON object; " + taskLineForm)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is something after the JSON object; one line is one task")
	}
	return object.overlay(load)
}
