package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"carousel/broker"
	"carousel/worker"
)

// enqueueOptions are the flags of enqueue that describe the tasks.
type enqueueOptions struct {
	load    worker.Load
	file    string
	headers []string
	work    string
	json    bool
	confirm string
}

func (p *program) enqueueCommand() *cobra.Command {
	var o enqueueOptions
	c := &cobra.Command{
		Use:   "enqueue [BODY]",
		Short: "Publish tasks",
		Long: `Publish tasks: BODY, a whole file, or the lines of standard input, one task a line.

A count asks for that many tasks: of BODY, of the file, or without either, of the body "task". BODY "-" is standard
input. With --json each of its lines is a JSON object: body, and where wanted type, priority, ttl, work, fail, headers.

Texts are sent as they are. With --expand these are replaced in bodies, type and header values, for each task anew:
{{seq}} its number from 1, {{uuid}}, {{now}} in RFC 3339, {{rand 1 100}} a whole number, {{pick a b c}} one of the words;
{{{{ stands for two braces.

Exit status: 0 all confirmed, 3 some, 1 none, 130 interrupted.`,
		Example: `  carousel enqueue "resize cat.png"
  carousel enqueue --count 10000 --work exp:10ms
  carousel enqueue --count 100 --expand '{"id":{{seq}},"size":"{{pick small large}}"}'
  carousel enqueue --rate 50 < lines.txt`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usage("enqueue takes one body, and has %d; put a body with spaces in quotes", len(args))
			}
			return nil
		},
	}
	set := c.Flags()
	enqueueFlags(set, &o)
	confirmFlag(c, &o.confirm)
	c.RunE = func(_ *cobra.Command, args []string) error {
		return p.enqueue(o, args, set.Changed("count"))
	}
	return c
}

func enqueueFlags(set *pflag.FlagSet, o *enqueueOptions) {
	set.StringVar(&o.file, "file", "", "take the body from this `file`, whole; - is standard input")
	set.IntVar(&o.load.Count, "count", 0, "`number` of tasks (default one of each body)")
	set.Float64Var(&o.load.Rate, "rate", 0, "tasks a second (`number`); 0 is as fast as the broker confirms")
	set.StringVar(&o.load.Type, "type", "", "`type` of the tasks")
	set.Uint8Var(&o.load.Priority, "priority", 0, "priority, 0 to 255 (`number`)")
	set.DurationVar(&o.load.TTL, "ttl", 0, "how long a task may wait in the queue (`duration`); 0 is for ever")
	set.StringArrayVar(&o.headers, "header", nil, "a header, as `key=value`; again for each")
	set.StringVar(&o.work, "work", "", "how long the simulate handler works on a task (`dist`), as in work --work")
	set.Float64Var(&o.load.Fail, "fail", 0, "`share` of tries that the simulate handler fails, 0 to 1")
	set.Uint64Var(&o.load.Seed, "seed", 0, "`number` that makes what is drawn repeatable")
	set.BoolVar(&o.load.Expand, "expand", false, "replace {{seq}}, {{uuid}}, {{now}}, {{rand}} and {{pick}} in texts")
	set.BoolVar(&o.json, "json", false, "print the result as JSON; lines of standard input are JSON objects")
}

// enqueue publishes and reports. It blocks until every outcome is known, or until the first signal and what can be
// learned right after it.
func (p *program) enqueue(o enqueueOptions, args []string, counted bool) error {
	s, err := p.settings()
	if err != nil {
		return err
	}
	if err := s.confirmed("enqueue", o.confirm); err != nil {
		return err
	}
	batch, stream, err := p.batch(o, args, counted)
	if err != nil {
		return err
	}
	b, err := p.backendFor(s, nil)
	if err != nil {
		return err
	}
	defer b.Close()
	if err := p.prepare(b, s.Broker); err != nil {
		return err
	}

	var progress broker.Progress
	start := time.Now()
	err = p.watchEnqueue(&progress, o.load.Count, func() error { return b.Enqueue(p.stop, batch, &progress) })
	r := enqueued{tally: progress.Read(), took: time.Since(start), err: err, stopped: p.stop.Err() != nil}
	if stream != nil {
		r.mistake = stream.mistake
		if stream.blank > 0 {
			p.say(fmt.Sprintf("empty lines skipped: %d", stream.blank))
		}
	}
	return p.reportEnqueued(r, o.json)
}

// prepare waits for the broker and the queue.
func (p *program) prepare(b client, cfg broker.Config) error {
	err := connect(p.stop, b, broker.RoleWatch, cfg)
	if err == nil {
		_, err = b.EnsureQueue(p.stop)
	}
	if err == nil {
		err = connect(p.stop, b, broker.RolePublish, cfg)
	}
	if err != nil && p.stop.Err() != nil {
		return &exit{exitInterrupted, errors.New("interrupted before anything was sent")}
	}
	return err
}

// batch turns the flags into tasks. The stream is nil unless the tasks are lines of standard input.
func (p *program) batch(o enqueueOptions, args []string, counted bool) (broker.Batch, *taskStream, error) {
	load := o.load
	if err := o.complete(&load); err != nil {
		return broker.Batch{}, nil, err
	}
	switch {
	case len(args) > 0 && o.file != "":
		return broker.Batch{}, nil, usage("enqueue takes a body or --file, not both")
	case o.file != "":
		body, err := p.readBody(o.file)
		if err != nil {
			return broker.Batch{}, nil, err
		}
		load.Bodies = [][]byte{body}
	case len(args) > 0 && args[0] != "-":
		load.Bodies = [][]byte{[]byte(args[0])}
	case len(args) == 0 && counted:
		load.Bodies = [][]byte{[]byte("task")}
	case counted:
		return broker.Batch{}, nil, usage("--count goes with a body or --file; lines are sent once each")
	case len(args) == 0 && isTerminal(p.Stdin):
		return broker.Batch{}, nil, usage("enqueue wants a body, --file, --count, or lines on standard input; " +
			"see carousel enqueue --help")
	default:
		probe := load
		probe.Bodies, probe.Count = [][]byte{nil}, 1
		if err := flagErrors(probe.Validate()); err != nil {
			return broker.Batch{}, nil, err
		}
		s := &taskStream{ctx: p.stop, lines: readLines(p.stop, p.Stdin), flags: load, objects: o.json}
		return broker.Batch{Next: s.next, Rate: load.Rate}, s, nil
	}
	if !counted {
		load.Count = 1
	}
	if err := flagErrors(load.Validate()); err != nil {
		return broker.Batch{}, nil, err
	}
	return load.Batch(), nil, nil
}

// complete parses the flags that are more than one value.
func (o enqueueOptions) complete(load *worker.Load) error {
	if o.work != "" {
		work, err := worker.ParseDist(o.work)
		if err != nil {
			return usage("--work: %w", err)
		}
		load.Work = &work
	}
	for _, h := range o.headers {
		key, value, ok := strings.Cut(h, "=")
		if !ok {
			return usage("--header wants key=value, not %q", h)
		}
		if load.Headers == nil {
			load.Headers = map[string]string{}
		}
		load.Headers[key] = value
	}
	return nil
}

func (p *program) readBody(name string) ([]byte, error) {
	in, what := p.Stdin, "standard input"
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, usage("--file %s cannot be opened: %w", repeated(name), plainCause(err))
		}
		defer f.Close()
		in, what = f, name
	}
	body, err := io.ReadAll(io.LimitReader(in, worker.MaxRead))
	if err != nil {
		return nil, usage("--file %s cannot be read: %w", repeated(what), plainCause(err))
	}
	return body, nil
}

// flagErrors puts a load's mistakes into the words of the command line.
func flagErrors(err error) error {
	if err == nil {
		return nil
	}
	flags := map[string]string{"Bodies": "the body", "Count": "--count", "Rate": "--rate", "Type": "--type", "TTL": "--ttl",
		"Headers": "--header", "Fail": "--fail"}
	var errs []error
	for _, e := range parts(err) {
		var field worker.FieldError
		if errors.As(e, &field) {
			e = fmt.Errorf("%s: %s", flags[field.Field], field.Msg)
		}
		errs = append(errs, e)
	}
	return &exit{exitUsage, errors.Join(errs...)}
}
