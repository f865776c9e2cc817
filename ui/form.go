package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"carousel/worker"

	tea "github.com/charmbracelet/bubbletea"
)

// form makes tasks. It is kept while the console runs: what was typed survives Esc and the next opening.
type form struct {
	body, count, rate, kind, priority, ttl, work, fail, headers *field

	fieldList
	reading bool // the body's file is being read

	asIs  bool   // braces are sent as they are: no placeholders
	first string // the first body, where placeholders make it another than what is typed

	past     []formDraft // what was enqueued, oldest first
	back     int         // how far back in it the form stands; 0: not
	present  formDraft   // what was being written before
	template string      // that was loaded or saved last
	most     int         // entries of past

	recollected bool      // what was enqueued in earlier runs was asked for
	kept        formDraft // for the next run, the newest
	pastFault   string    // that was told of it
}

func newForm() *form {
	f := &form{
		most:     mostSent,
		body:     newTextField("body", "text, or @path for a file's content (@@ begins a text with @)", 4),
		count:    newField("count", "tasks", "1"),
		rate:     newField("rate", "a second; 0: as fast as confirmed", "0"),
		work:     newField("work", "250ms, exp:10ms, uniform:1ms,9ms …", ""),
		fail:     newField("failures", "chance that a try fails, 0 to 1", "0"),
		kind:     newField("type", "free text; may stay empty", ""),
		priority: newField("priority", "0 to 255, where the queue has them", "0"),
		ttl:      newField("expires", "30s, 5m …; empty: never", ""),
		headers:  newTextField("headers", "key=value, one a line", 2),
	}
	f.fields = []*field{f.body, f.count, f.rate, f.work, f.fail, f.kind, f.priority, f.ttl, f.headers}
	f.moveTo(0)
	return f
}

func (f *form) key(a *App, k tea.KeyMsg) tea.Cmd {
	switch k.String() {
	case "ctrl+p":
		f.recall(1)
		return nil
	case "ctrl+n":
		f.recall(-1)
		return nil
	case "ctrl+t":
		return f.openTemplates(a)
	case "ctrl+x":
		f.asIs = !f.asIs
		f.forgive()
		f.edited()
		return nil
	}
	switch f.fieldList.key(k) {
	case formClose:
		a.dialog = nil
	case formSend:
		return f.send(a)
	case formEdited:
		f.edited()
	}
	return nil
}

// bodyMsg brings the load with its body, which may come from a file.
type bodyMsg struct {
	form  *form
	draft formDraft
	load  worker.Load
	err   error // of reading
	wrong error // of the load with what was read
}

// send reads the fields, and the body's file where one is named. A wrong field is marked, and the first one focused.
func (f *form) send(a *App) tea.Cmd {
	if f.reading {
		return nil
	}
	load := f.load()
	if f.misplaced(load.Validate()) {
		return nil
	}
	f.reading = true
	text, draft := f.body.value(), f.text()
	return a.crew.send(func(context.Context) tea.Msg {
		body, err := bodyOf(text)
		load.Bodies = [][]byte{body}
		msg := bodyMsg{form: f, draft: draft, load: load, err: err}
		if err == nil {
			msg.wrong = load.Validate() // a large file takes its time
		}
		return msg
	})
}

// bodyOf is the text itself, or the content of the file that it names.
func bodyOf(text string) ([]byte, error) {
	path, isFile := strings.CutPrefix(text, "@")
	if !isFile || strings.HasPrefix(path, "@") {
		return []byte(path), nil
	}
	path = strings.TrimSpace(path)
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, pathless(err))
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("that is not a file")
	}
	body, err := io.ReadAll(io.LimitReader(file, worker.MaxRead))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, pathless(err))
	}
	return body, nil
}

// load reads every field. One that cannot be read is marked and left at its zero value.
func (f *form) load() worker.Load {
	f.forgive()
	body := f.body.value()
	if fileOf(body) {
		body = "" // what it names is read later
	}
	load := worker.Load{
		Bodies: [][]byte{[]byte(body)}, Expand: !f.asIs,
		Count: int(f.whole(f.count, 1, worker.MaxTasks)),
		Rate:  f.number(f.rate, worker.MaxRate), Fail: f.number(f.fail, 1),
		Type: f.kind.value(), Priority: uint8(f.whole(f.priority, 0, 255)),
		Headers: f.pairs(),
	}
	if s := strings.TrimSpace(f.ttl.value()); s != "" {
		ttl, err := time.ParseDuration(s)
		if err != nil || ttl <= 0 {
			f.ttl.wrong = "write a number with its unit, such as 30s"
		}
		load.TTL = ttl
	}
	if s := strings.TrimSpace(f.work.value()); s != "" {
		dist, err := worker.ParseDist(s)
		if err != nil {
			f.work.wrong = err.Error()
		}
		load.Work = &dist
	}
	return load
}

func (f *form) whole(in *field, low, high int64) int64 {
	n, err := strconv.ParseInt(strings.ReplaceAll(strings.TrimSpace(in.value()), " ", ""), 10, 64)
	if err != nil || n < low || n > high {
		in.wrong = "write a whole number from " + count(low) + " to " + count(high)
		return low
	}
	return n
}

func (f *form) number(in *field, high float64) float64 {
	x, err := strconv.ParseFloat(strings.TrimSpace(in.value()), 64)
	if err != nil || !(x >= 0 && x <= high) { // the negation catches NaN
		in.wrong = "write a number from 0 to " + count(int64(high))
		return 0
	}
	return x
}

func (f *form) pairs() map[string]string {
	pairs := map[string]string{}
	for line := range strings.Lines(f.headers.value()) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if key = strings.TrimSpace(key); !ok || key == "" {
			f.headers.wrong = "write key=value, one a line"
			continue
		}
		pairs[key] = strings.TrimSpace(value)
	}
	return pairs
}

// misplaced puts the mistakes of a load beside their fields and focuses the first field that has one.
func (f *form) misplaced(err error) bool {
	named := map[string]*field{
		"Bodies": f.body, "Count": f.count, "Rate": f.rate, "Type": f.kind, "TTL": f.ttl, "Headers": f.headers,
		"Work": f.work, "Fail": f.fail, "Priority": f.priority,
	}
	for _, mistake := range split(err) {
		var wrong worker.FieldError
		if errors.As(mistake, &wrong) && named[wrong.Field] != nil {
			if in := named[wrong.Field]; in.wrong == "" {
				in.wrong = wrong.Msg
			}
			continue
		}
		f.trouble = mistake.Error()
	}
	return f.focusWrong() || f.trouble != ""
}

// split takes joined errors apart.
func split(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
