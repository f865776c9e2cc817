package worker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"carousel/broker"
)

// Load describes tasks to make: what the enqueue form and the enqueue command fill in.
type Load struct {
	Bodies      [][]byte // taken in turn
	Count       int      // tasks in all
	Rate        float64  // tasks a second; 0: as fast as the broker confirms
	Type        string
	ContentType string // "": guessed from the body (JSON or text or octets)
	Priority    uint8
	TTL         time.Duration
	Headers     map[string]string
	Work        *Dist   // sampled a task into HeaderWork; nil: no header
	Fail        float64 // HeaderFail
	Seed        uint64  // of Work; 0: a fresh one
}

// The bounds of a load. Those of a single task are the broker's: see broker.CheckTask.
const (
	MaxTasks = 10_000_000
	MaxRate  = 1_000_000 // tasks a second
)

// MaxRead is how many bytes of a file or a line are read for a body. RabbitMQ takes less of any version, so a body that
// was cut there is refused by Validate, and never sent in part.
const MaxRead = 129 << 20

// ownHeader begins the names of the headers that Batch writes.
const ownHeader = "x-carousel-"

// FieldError is a mistake in one field of a Load, named as the struct names it.
type FieldError struct {
	Field string // "Bodies", "Count", "Rate", "Type", "ContentType", "TTL", "Headers" or "Fail"
	Msg   string // one plain sentence
}

func (e FieldError) Error() string { return e.Field + ": " + e.Msg }

// Validate reports the mistakes of all fields at once, in words for a person: nil, or an errors.Join of FieldErrors.
func (l Load) Validate() error {
	var errs []error
	wrong := func(field, format string, args ...any) {
		errs = append(errs, FieldError{field, fmt.Sprintf(format, args...)})
	}
	if len(l.Bodies) == 0 {
		wrong("Bodies", "there is no body; an empty one counts")
	}
	if l.Count < 1 || l.Count > MaxTasks {
		wrong("Count", "make 1 to %d tasks", MaxTasks)
	}
	if !(l.Rate >= 0 && l.Rate <= MaxRate) { // the negation catches NaN
		wrong("Rate", "0 (as fast as it goes) to %d tasks a second", MaxRate)
	}
	for name := range l.Headers {
		if strings.HasPrefix(strings.ToLower(name), ownHeader) {
			wrong("Headers", "%q is carousel's own; use the field for it", name)
			break
		}
	}
	for _, t := range l.probes() {
		var mistake *broker.TaskError
		if errors.As(broker.CheckTask(t), &mistake) {
			field := mistake.Field
			if field == "Body" {
				field = "Bodies"
			}
			wrong(field, "%s", mistake.Msg)
		}
	}
	return errors.Join(errs...)
}

// probes are tasks with one field of the load each, so that the mistake of one does not hide another's. With the
// headers go the longest that Batch may add to them.
func (l Load) probes() []broker.Task {
	longest := distCeiling - 1
	probes := []broker.Task{
		{Type: l.Type}, {ContentType: l.ContentType}, {TTL: l.TTL}, {Fail: l.Fail},
		{Headers: l.headers(), Work: &longest, Fail: 1},
	}
	if len(l.Bodies) > 0 {
		largest := slices.MaxFunc(l.Bodies, func(a, b []byte) int { return len(a) - len(b) })
		probes = append(probes, broker.Task{Body: largest})
	}
	return probes
}

func (l Load) headers() map[string]any {
	if len(l.Headers) == 0 {
		return nil
	}
	headers := make(map[string]any, len(l.Headers))
	for name, value := range l.Headers {
		headers[name] = value
	}
	return headers
}

// Batch returns the load as a stream of tasks for the broker. The load has passed Validate. The tasks share the bodies
// and one table of headers: they are read only.
func (l Load) Batch() broker.Batch {
	headers := l.headers()
	types := make([]string, len(l.Bodies))
	for i, body := range l.Bodies {
		types[i] = l.ContentType
		if types[i] == "" {
			types[i] = guessContentType(body)
		}
	}
	seed := l.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	rng := rand.New(rand.NewPCG(seed, 0))
	made := 0
	next := func() (broker.Task, bool) {
		if made >= l.Count {
			return broker.Task{}, false
		}
		i := made % len(l.Bodies)
		made++
		t := broker.NewTask(l.Bodies[i])
		t.Type, t.ContentType, t.Priority, t.TTL = l.Type, types[i], l.Priority, l.TTL
		t.Headers, t.Fail = headers, l.Fail
		if l.Work != nil {
			work := l.Work.Sample(rng)
			t.Work = &work
		}
		return t, true
	}
	return broker.Batch{Next: next, Rate: l.Rate}
}

// guessContentType calls only objects and arrays JSON: a lone number or word is text to everybody.
func guessContentType(body []byte) string {
	start := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(start) > 0 && (start[0] == '{' || start[0] == '[') && json.Valid(body):
		return "application/json"
	case utf8.Valid(body):
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}
