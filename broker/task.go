package broker

import (
	"time"

	"github.com/google/uuid"
)

// Header names that carousel gives a meaning to. Everything else in a message's headers is the producer's.
const (
	HeaderWork    = "x-carousel-work"    // text: how long the simulate handler works, as a Go duration ("250ms")
	HeaderFail    = "x-carousel-fail"    // number 0 to 1: the chance that one try fails
	HeaderAttempt = "x-carousel-attempt" // integer: which try this is, from 1; absent on the first

	// On the copies of a failed task, in a retry queue or the dead-letter queue.
	HeaderError    = "x-carousel-error"     // text: why the newest try failed
	HeaderFailedAt = "x-carousel-failed-at" // text: when it failed (RFC 3339, UTC)
	HeaderOrigin   = "x-carousel-origin"    // text: the queue it was taken from
	HeaderTTL      = "x-carousel-ttl"       // integer: the task's own expiration in ms, which a copy's would hide
	HeaderUser     = "x-carousel-user"      // text: the user-id of the first message; RabbitMQ takes it from that user only

	// On the copies of a dead letter that was replayed.
	HeaderReplayed = "x-carousel-replayed" // integer: how often it was
	HeaderReplay   = "x-carousel-replay"   // text: the newest replay, by which a letter that comes back meanwhile is left alone
)

// appID marks the tasks that carousel made; the simulate handler settles no others.
const appID = "carousel"

// Task is one unit of work, apart from how it travels. The zero value of a field means that the message does not
// carry it, so a message of a foreign producer, with nothing but a body, is a Task too.
type Task struct {
	ID          string // message id: a UUIDv7 on carousel's own tasks; "" when its producer set none
	Type        string
	Body        []byte
	ContentType string
	Priority    uint8          // 0 to 255; a queue without x-max-priority ignores it
	TTL         time.Duration  // expiration in the queue, whole milliseconds; 0: none
	Created     time.Time      // when it was made: to the millisecond from a UUIDv7, to the second from a timestamp; zero: unknown
	Work        *time.Duration // HeaderWork; nil: absent
	Fail        float64        // HeaderFail; 0: absent
	Attempt     int            // HeaderAttempt; 1 on the first try
	Failed      *Failure       // why the try before this one failed; nil on the first
	Headers     map[string]any // the other headers
	Made        bool           // carousel made it (app id)

	// Properties that carousel only carries on.
	ContentEncoding string
	CorrelationID   string
	ReplyTo         string
	AppID           string // of another program; "" when Made
	UserID          string // of the first message's publisher, as its broker vouched for
}

// Failure says how a try of a task failed.
type Failure struct {
	Err    string    // one line, as the handler gave it: make it plain before it reaches a terminal
	At     time.Time // to the millisecond
	Origin string    // the queue that the task was taken from
}

// NewTask returns a task of carousel's own: a fresh UUIDv7, made now, first try. It may be called from any goroutine.
func NewTask(body []byte) Task {
	id := uuid.Must(uuid.NewV7()) // fails only when the system's random source does
	return Task{ID: id.String(), Body: body, Created: createdOf(id), Attempt: 1, Made: true}
}

// createdOf reads the millisecond that a UUIDv7 begins with (RFC 9562, 5.7); zero for another version.
func createdOf(id uuid.UUID) time.Time {
	if id.Version() != 7 {
		return time.Time{}
	}
	var ms int64
	for _, b := range id[:6] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms)
}
