package broker

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	amqp "github.com/rabbitmq/amqp091-go"
)

// Limits that the broker or the client library would answer with a lost channel or connection.
const (
	maxShortString = 255        // AMQP's short string, in bytes: ids and types
	maxHeaderBytes = 100 * 1024 // a header frame is never split; this stays below frameSize with its other fields
	maxBody        = 128 << 20  // RabbitMQ's limit up to 3.x; from 4.0 on it refuses more than 16 MiB itself
	maxTTL         = 1<<32 - 1  // milliseconds
)

// TaskError is a mistake in one field of a task, in words for a person.
type TaskError struct {
	Field string // as Task names it: "ID", "Body", "TTL" …
	Msg   string
}

func (e *TaskError) Error() string { return e.Msg }

// CheckTask finds what would keep a task from being published, before anything is sent: the broker would punish it with a
// lost channel or connection. Its error is a *TaskError. It may be called from any goroutine.
func CheckTask(t Task) error {
	_, err := publishing(t)
	return err
}

// publishing turns a task into a message: persistent, with id and timestamp. Its error is a *TaskError.
func publishing(t Task) (amqp.Publishing, error) {
	if err := checkFields(t); err != nil {
		return amqp.Publishing{}, err
	}
	headers, err := headersOf(t)
	if err != nil {
		return amqp.Publishing{}, err
	}
	p := message(t, headers)
	if t.TTL > 0 {
		p.Expiration = milliseconds(t.TTL)
	}
	return p, nil
}

// message is the task with these headers, without an expiration.
func message(t Task, headers amqp.Table) amqp.Publishing {
	p := amqp.Publishing{
		Headers: headers, ContentType: t.ContentType, ContentEncoding: t.ContentEncoding, DeliveryMode: amqp.Persistent,
		Priority: t.Priority, CorrelationId: t.CorrelationID, ReplyTo: t.ReplyTo, MessageId: t.ID, Timestamp: t.Created,
		Type: t.Type, AppId: t.AppID, Body: t.Body,
	}
	if t.Made {
		p.AppId = appID
	}
	return p
}

// milliseconds spells a time as the expiration property wants it.
func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

func checkFields(t Task) error {
	for _, f := range []struct{ field, name, value string }{
		{"ID", "id", t.ID}, {"Type", "type", t.Type}, {"ContentType", "content type", t.ContentType},
		{"ContentEncoding", "content encoding", t.ContentEncoding}, {"CorrelationID", "correlation id", t.CorrelationID},
		{"ReplyTo", "reply-to", t.ReplyTo}, {"AppID", "app id", t.AppID},
	} {
		if len(f.value) > maxShortString {
			return &TaskError{f.field, fmt.Sprintf("the %s has %d bytes; AMQP allows %d", f.name, len(f.value), maxShortString)}
		}
		if !utf8.ValidString(f.value) {
			return &TaskError{f.field, "the " + f.name + " is not valid UTF-8"}
		}
	}
	switch {
	case t.TTL < 0 || t.TTL.Milliseconds() > maxTTL || t.TTL%time.Millisecond != 0:
		return &TaskError{"TTL", "the time to live must be a whole number of milliseconds, at most 49 days"}
	case t.Work != nil && *t.Work < 0:
		return &TaskError{"Work", "the working time must not be negative"}
	case t.Fail < 0 || t.Fail > 1 || math.IsNaN(t.Fail):
		return &TaskError{"Fail", "the failure share must be between 0 and 1"}
	case len(t.Body) > maxBody:
		return &TaskError{"Body", fmt.Sprintf("the body has %d bytes; RabbitMQ takes at most %d", len(t.Body), maxBody)}
	}
	return nil
}

// taskOf reads a message. It never fails: what it does not understand stays among the headers.
func taskOf(d *amqp.Delivery) Task {
	t := Task{
		ID: d.MessageId, Type: d.Type, Body: d.Body, ContentType: d.ContentType, Priority: d.Priority,
		Created: d.Timestamp, Attempt: 1, Made: d.AppId == appID,
		ContentEncoding: d.ContentEncoding, CorrelationID: d.CorrelationId, ReplyTo: d.ReplyTo, AppID: d.AppId, UserID: d.UserId,
	}
	if t.Made {
		t.AppID = ""
		if id, err := uuid.Parse(d.MessageId); err == nil && id.Version() == 7 {
			t.Created = createdOf(id) // the message's own timestamp has whole seconds only
		}
	}
	if ms, err := strconv.ParseInt(cmp.Or(d.Expiration, "0"), 10, 64); err == nil && ms > 0 && ms <= maxTTL {
		t.TTL = time.Duration(ms) * time.Millisecond
	}
	t.Failed = failureOf(d.Headers)
	for key, value := range d.Headers {
		if !t.readHeader(key, value) {
			if t.Headers == nil {
				t.Headers = make(map[string]any, len(d.Headers))
			}
			t.Headers[key] = value
		}
	}
	return t
}

// deliveryCount reads how often the broker has delivered the message before; -1 when it does not say. From 4.3 on
// x-acquired-count counts every return, x-delivery-count only those that count towards the limit.
func deliveryCount(headers amqp.Table) int64 {
	for _, key := range []string{"x-delivery-count", "x-acquired-count"} {
		if n, ok := number(headers[key]); ok {
			return int64(n)
		}
	}
	return -1
}

// number reads any of AMQP's numeric types.
func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int8:
		return float64(n), true
	case uint8:
		return float64(n), true
	case int16:
		return float64(n), true
	case uint16:
		return float64(n), true
	case int32:
		return float64(n), true
	case uint32:
		return float64(n), true
	case int64:
		return float64(n), true
	case int:
		return float64(n), true
	case float32:
		return float64(n), !math.IsNaN(float64(n))
	case float64:
		return n, !math.IsNaN(n)
	}
	return 0, false
}

// argumentTable turns plain Go values (as TOML or a form gives them) into an AMQP table.
func argumentTable(m map[string]any) (amqp.Table, error) {
	if len(m) == 0 {
		return nil, nil
	}
	table := make(amqp.Table, len(m))
	for key, value := range m {
		if key == "" || len(key) > maxShortString || !utf8.ValidString(key) {
			return nil, fmt.Errorf("%q is not a name that AMQP allows (1 to 255 bytes of UTF-8)", key)
		}
		switch v := value.(type) {
		case int:
			table[key] = int64(v)
		case map[string]any:
			inner, err := argumentTable(v)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", strings.ToValidUTF8(key, "?"), err)
			}
			table[key] = inner
		default:
			table[key] = value
		}
	}
	if err := table.Validate(); err != nil {
		return nil, fmt.Errorf("has a value of a type that AMQP does not carry: %w", err)
	}
	return table, nil
}
