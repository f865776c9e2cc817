package broker

import (
	"fmt"
	"math"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func headersOf(t Task) (amqp.Table, error) {
	headers, err := argumentTable(t.Headers)
	if err != nil {
		return nil, &TaskError{"Headers", err.Error()}
	}
	if headers == nil {
		headers = amqp.Table{}
	}
	for _, name := range []string{"CC", "BCC"} {
		if _, ok := headers[name]; ok { // and anything but a list of texts would close the channel
			return nil, &TaskError{"Headers", name + " would route copies to other queues; carousel publishes to one"}
		}
	}
	t.writeHeaders(headers)
	if size := tableSize(headers); size > maxHeaderBytes {
		return nil, &TaskError{"Headers", fmt.Sprintf("the headers take %d bytes; more than %d would cut the connection", size, maxHeaderBytes)}
	}
	return headers, nil
}

// writeHeaders adds the headers that readHeader takes.
func (t *Task) writeHeaders(headers amqp.Table) {
	if t.Work != nil {
		headers[HeaderWork] = t.Work.String()
	}
	if t.Fail > 0 {
		headers[HeaderFail] = t.Fail
	}
	if t.Attempt > 1 {
		headers[HeaderAttempt] = int64(t.Attempt)
	}
	if t.Failed != nil {
		headers[HeaderError] = t.Failed.Err
		headers[HeaderFailedAt] = t.Failed.At.UTC().Format("2006-01-02T15:04:05.000Z07:00")
		headers[HeaderOrigin] = t.Failed.Origin
	}
	if t.UserID != "" {
		headers[HeaderUser] = t.UserID
	}
}

// readHeader takes the headers that carousel understands; false leaves the header to the task's producer.
func (t *Task) readHeader(key string, value any) bool {
	switch key {
	case HeaderWork:
		text, _ := value.(string)
		if d, err := time.ParseDuration(text); err == nil && d >= 0 {
			t.Work = &d
			return true
		}
	case HeaderFail:
		if f, ok := number(value); ok && f > 0 && f <= 1 {
			t.Fail = f
			return true
		}
	case HeaderAttempt:
		if n, ok := number(value); ok && n >= 2 && n <= math.MaxInt32 && n == math.Trunc(n) {
			t.Attempt = int(n)
			return true
		}
	case HeaderError, HeaderFailedAt, HeaderOrigin:
		return t.Failed != nil
	case HeaderTTL:
		if n, ok := number(value); ok && n >= 1 && n <= maxTTL && n == math.Trunc(n) {
			t.TTL = time.Duration(n) * time.Millisecond
			return true
		}
	case HeaderUser:
		if user, ok := value.(string); ok && t.UserID == "" {
			t.UserID = user
			return true
		}
	}
	return false
}

// failureOf reads how the task's last try failed; nil when the headers do not tell it whole.
func failureOf(headers amqp.Table) *Failure {
	why, _ := headers[HeaderError].(string)
	at, _ := headers[HeaderFailedAt].(string)
	origin, _ := headers[HeaderOrigin].(string)
	if at == "" {
		return nil
	}
	when, err := time.Parse(time.RFC3339Nano, at)
	if err != nil || why == "" || origin == "" {
		return nil
	}
	return &Failure{Err: why, At: when, Origin: origin}
}

// tableSize estimates the encoded size of a table, in bytes, from above.
func tableSize(t amqp.Table) int {
	n := 4
	for key, value := range t {
		n += 1 + len(key) + valueSize(value)
	}
	return n
}

func valueSize(value any) int {
	switch v := value.(type) {
	case string:
		return 5 + len(v)
	case []byte:
		return 5 + len(v)
	case amqp.Table:
		return 1 + tableSize(v)
	case []any:
		n := 5
		for _, item := range v {
			n += valueSize(item)
		}
		return n
	}
	return 9 // the widest scalar and its type
}
