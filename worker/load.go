package worker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
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
	Seed        uint64  // of Work, {{rand}} and {{pick}}; 0: a fresh one
	Expand      bool    // replace placeholders in the bodies, the type and the headers' values, for each task anew
	First       int     // {{seq}} of the first task; 0: 1
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
	texts, mistakes := l.templates()
	errs = append(errs, mistakes...)
	for _, t := range texts.atLongest(l).probes() {
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

// Batch returns the load as a stream of tasks for the broker. The load has passed Validate. The tasks share what is the same
// for all of them: they are read only.
func (l Load) Batch() broker.Batch {
	seed := l.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	m := maker{load: l, work: rand.New(rand.NewPCG(seed, 0)), texts: rand.New(rand.NewPCG(seed, 1)), headers: l.headers()}
	m.templates, _ = l.templates() // Validate has told of its errors
	for name, value := range m.templates.headers {
		if value.fixed() {
			m.headers[name] = string(value.expand(nil, moment{}))
		} else {
			m.names = append(m.names, name)
		}
	}
	slices.Sort(m.names) // what is drawn is repeatable
	if !m.given {
		m.types = make([]string, len(l.Bodies))
		for i, body := range l.Bodies {
			m.types[i] = l.contentType(body)
		}
	}
	return broker.Batch{Next: m.next, Rate: l.Rate}
}

// maker makes the tasks of a load, one after the other.
type maker struct {
	load Load
	templates
	types       []string   // content types of the bodies that are sent as they are
	work, texts *rand.Rand // each repeatable whatever the other draws
	headers     map[string]any
	names       []string // of the headers that are of each task's own
	made        int
}

func (m *maker) next() (broker.Task, bool) {
	l := &m.load
	if m.made >= l.Count {
		return broker.Task{}, false
	}
	i := m.made % len(l.Bodies)
	t := broker.NewTask(l.Bodies[i])
	t.Type, t.Priority, t.TTL, t.Headers, t.Fail = l.Type, l.Priority, l.TTL, m.headers, l.Fail
	if m.given {
		m.expand(&t, i)
	} else {
		t.ContentType = m.types[i]
	}
	if l.Work != nil {
		work := l.Work.Sample(m.work)
		t.Work = &work
	}
	m.made++
	return t, true
}

// expand gives a task its own texts.
func (m *maker) expand(t *broker.Task, body int) {
	at := moment{seq: m.load.first() + m.made, at: t.Created, rng: m.texts}
	t.Body = m.bodies[body].expand(make([]byte, 0, len(t.Body)+len(t.Body)/4), at)
	t.ContentType = m.load.contentType(t.Body)
	t.Type = string(m.kind.expand(nil, at))
	if len(m.names) > 0 {
		t.Headers = maps.Clone(t.Headers) // the table is shared by tasks that are out
	}
	for _, name := range m.names {
		t.Headers[name] = string(m.templates.headers[name].expand(nil, at))
	}
}

// contentType is the one that is asked for, or one guessed from the body.
func (l *Load) contentType(body []byte) string {
	if l.ContentType != "" {
		return l.ContentType
	}
	return guessContentType(body)
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
