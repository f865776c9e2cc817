package broker

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/google/uuid"
	amqp "github.com/rabbitmq/amqp091-go"
)

// maxCopyHeaders bounds the headers of a copy, in bytes: a header frame is never split, and holds up to 2.5 KB of other
// properties. It is above what we let producers send, so that a task which got in can be kept, with the headers we add.
const maxCopyHeaders = frameSize - 4096

// maxReason bounds what a copy says of its failure, in bytes.
const maxReason = 1000

// copyOf is the message that keeps a failed task: the same body and properties, with the failure in its headers. Its error
// is a *TaskError: the task cannot be sent again.
func copyOf(t Task) (amqp.Publishing, error) {
	if t.ID == "" {
		t.ID = uuid.Must(uuid.NewV7()).String() // by which a return is told apart; fails only when the random source does
	}
	headers := make(amqp.Table, len(t.Headers)+8)
	maps.Copy(headers, t.Headers)
	for name := range headers {
		if byBroker(name) {
			delete(headers, name)
		}
	}
	withoutCopies(headers)
	t.writeHeaders(headers)
	if t.TTL > 0 {
		headers[HeaderTTL] = t.TTL.Milliseconds()
	}
	if size := tableSize(headers); size > maxCopyHeaders {
		return amqp.Publishing{}, &TaskError{"Headers", fmt.Sprintf("its headers take %d bytes, and more than %d would cut the connection", size, maxCopyHeaders)}
	}
	return message(t, headers), nil
}

// byBroker reports whether RabbitMQ writes the header: when it dead-letters a message, or counts its deliveries. Copies go
// without. By the first ones RabbitMQ takes a message that comes to a queue for the second time for a cycle, and drops it; the
// others would pass for the counts of another queue.
func byBroker(header string) bool {
	switch header {
	case "x-death", "x-delivery-count", "x-acquired-count":
		return true
	}
	return strings.HasPrefix(header, "x-first-death-") || strings.HasPrefix(header, "x-last-death-")
}

// byCarousel reports whether carousel writes the header on a task's way: which try it is, how it failed, how it was replayed.
func byCarousel(header string) bool {
	switch header {
	case HeaderAttempt, HeaderError, HeaderFailedAt, HeaderOrigin, HeaderReplayed, HeaderReplay:
		return true
	}
	return false
}

// failed notes how a try ended, for the copy's headers.
func (t *Task) failed(why, origin string) {
	why = strings.ToValidUTF8(strings.TrimSpace(why), "\uFFFD") // other programs read it, too
	if why == "" {
		why = "no reason given"
	}
	if len(why) > maxReason {
		why = strings.ToValidUTF8(why[:maxReason], "") + "…"
	}
	t.Failed = &Failure{Err: why, At: time.Now().UTC().Truncate(time.Millisecond), Origin: origin}
}
