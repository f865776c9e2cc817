package worker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
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

// The bounds of a load. Those of AMQP close the connection when passed, so they are kept here.
const (
	maxTasks       = 10_000_000
	maxRate        = 1_000_000
	maxBody        = 16 << 20  // bytes; RabbitMQ 4's default max_message_size
	maxHeaders     = 100 << 10 // bytes; AMQP does not split them over frames
	maxShort       = 255       // bytes of an AMQP short string
	maxExpiration  = math.MaxUint32 * time.Millisecond
	ownHeader      = "x-carousel-"
	routingHeaders = "CC BCC" // the broker routes by them and refuses plain text there
)

// FieldError is a mistake in one field of a Load, named as the struct names it.
type FieldError struct {
	Field string // "Bodies", "Count", "Rate", "Type", "ContentType", "TTL", "Headers" or "Fail"
	Msg   string // one plain sentence
}

func (e FieldError) Error() string { return e.Field + ": " + e.Msg }

// Validate reports the first mistake of each field, in words for a person: nil, or an errors.Join of FieldErrors.
func (l Load) Validate() error {
	var errs []error
	for _, field := range []struct{ name, wrong string }{
		{"Bodies", wrongBodies(l.Bodies)},
		{"Count", wrongIf(l.Count < 1 || l.Count > maxTasks, "make 1 to %d tasks", maxTasks)},
		{"Rate", wrongIf(!(l.Rate >= 0 && l.Rate <= maxRate), "0 (as fast as it goes) to %d tasks a second", maxRate)},
		{"Type", wrongShort(l.Type)},
		{"ContentType", wrongShort(l.ContentType)},
		{"TTL", wrongTTL(l.TTL)},
		{"Headers", wrongHeaders(l.Headers)},
		{"Fail", wrongIf(!isShare(l.Fail), "a share from 0 to 1")},
	} {
		if field.wrong != "" {
			errs = append(errs, FieldError{field.name, field.wrong})
		}
	}
	return errors.Join(errs...)
}

func wrongIf(wrong bool, format string, args ...any) string {
	if !wrong {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

func wrongBodies(bodies [][]byte) string {
	longest := 0
	for _, b := range bodies {
		longest = max(longest, len(b))
	}
	switch {
	case len(bodies) == 0:
		return "there is no body; an empty one counts"
	case longest > maxBody:
		return fmt.Sprintf("a body has %d bytes; RabbitMQ takes %d", longest, maxBody)
	}
	return ""
}

func wrongShort(s string) string {
	switch {
	case len(s) > maxShort:
		return fmt.Sprintf("it has %d bytes; AMQP allows %d", len(s), maxShort)
	case !utf8.ValidString(s):
		return "it is not valid UTF-8"
	}
	return ""
}

func wrongTTL(ttl time.Duration) string {
	switch {
	case ttl < 0 || ttl > maxExpiration:
		return "0 (none) to 49 days"
	case ttl%time.Millisecond != 0:
		return "the broker counts in whole milliseconds"
	}
	return ""
}

func wrongHeaders(headers map[string]string) string {
	size := 0
	for name, value := range headers {
		size += len(name) + len(value)
		switch {
		case name == "":
			return "a header has no name"
		case wrongShort(name) != "":
			return fmt.Sprintf("the name %.20q… is too long or not valid UTF-8", name)
		case strings.HasPrefix(strings.ToLower(name), ownHeader):
			return fmt.Sprintf("%q is carousel's own; use the field for it", name)
		case slices.Contains(strings.Fields(routingHeaders), name):
			return fmt.Sprintf("%q would send copies to other queues", name)
		}
	}
	return wrongIf(size > maxHeaders, "together they have %d bytes; at most %d fit", size, maxHeaders)
}

// Batch returns the load as a stream of tasks for the broker. The load has passed Validate. The tasks share the bodies
// and one table of headers: they are read only.
func (l Load) Batch() broker.Batch {
	var headers map[string]any
	for name, value := range l.Headers {
		if headers == nil {
			headers = make(map[string]any, len(l.Headers))
		}
		headers[name] = value
	}
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
