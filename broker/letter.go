package broker

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"math"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// letterOf reads a dead letter: what carousel's own headers say of its death, else what RabbitMQ's do. It never fails; what it
// cannot make sense of is not known.
func letterOf(d *amqp.Delivery) Letter {
	l := Letter{Key: keyOf(d), Task: taskOf(d)}
	deaths := deathsOf(d.Headers)
	l.Origin = cmp.Or(headerText(d.Headers, HeaderOrigin), deaths.origin)
	l.Cause = cmp.Or(headerText(d.Headers, HeaderError), deaths.cause)
	l.Tries, l.FailedAt = deaths.tries, deaths.at
	if headerText(d.Headers, HeaderError) != "" {
		l.Tries = l.Task.Attempt
	}
	if at, err := time.Parse(time.RFC3339Nano, headerText(d.Headers, HeaderFailedAt)); err == nil {
		l.FailedAt = at
	}
	l.Replayed = wholeNumber(d.Headers[HeaderReplayed])
	return l
}

func headerText(headers amqp.Table, name string) string {
	text, _ := headers[name].(string)
	return text
}

// wholeNumber reads a count; 0 when it is none.
func wholeNumber(v any) int {
	n, ok := number(v)
	if !ok || n < 1 || n != math.Trunc(n) {
		return 0
	}
	return int(min(n, math.MaxInt32))
}

// deaths is what RabbitMQ's headers tell of a dead letter.
type deaths struct {
	origin string // where it died first
	cause  string // of the newest death
	tries  int    // deliveries that were rejected where it died first; 0: not known
	at     time.Time
}

// deathsOf reads x-death (https://www.rabbitmq.com/docs/dlx#effects): an entry for each queue and reason, the newest death
// first. An entry moves to the front when its death happens again, so that the last one need not be the first death where a
// message went round by a retry queue: x-first-death-queue is, where it is there.
func deathsOf(headers amqp.Table) deaths {
	entries, _ := headers["x-death"].([]any)
	found := deaths{origin: headerText(headers, "x-first-death-queue")}
	var oldest string
	for _, entry := range entries {
		death, ok := entry.(amqp.Table)
		if !ok {
			continue
		}
		oldest = cmp.Or(headerText(death, "queue"), oldest)
		found.cause = cmp.Or(found.cause, headerText(death, "reason"))
		if at, ok := death["time"].(time.Time); ok && found.at.IsZero() {
			found.at = at
		}
	}
	found.origin = cmp.Or(found.origin, oldest)
	for _, entry := range entries {
		if death, ok := entry.(amqp.Table); ok && headerText(death, "queue") == found.origin && headerText(death, "reason") == "rejected" {
			found.tries += min(wholeNumber(death["count"]), math.MaxInt32-found.tries) // an int may have 32 bits
		}
	}
	found.cause = cmp.Or(found.cause, headerText(headers, "x-last-death-reason"), headerText(headers, "x-first-death-reason"))
	return found
}

// keyOf tells a letter from the others of its queue. It leaves out what changes with every look: how often it was delivered.
func keyOf(d *amqp.Delivery) string {
	h := sha256.New()
	for _, text := range []string{
		d.MessageId, d.Type, d.ContentType, d.ContentEncoding, d.CorrelationId, d.ReplyTo, d.Expiration, d.UserId, d.AppId,
	} {
		fmt.Fprintf(h, "%q", text)
	}
	fmt.Fprintf(h, "%d %d ", d.Priority, d.Timestamp.Unix())
	digestTable(h, d.Headers)
	h.Write(d.Body)
	sum := hex.EncodeToString(h.Sum(nil)[:6])
	if d.MessageId == "" {
		return sum
	}
	return d.MessageId + " " + sum
}

func digestTable(h hash.Hash, t amqp.Table) {
	for _, name := range slices.Sorted(maps.Keys(t)) {
		if name != "x-delivery-count" && name != "x-acquired-count" {
			fmt.Fprintf(h, "%q", name)
			digestValue(h, t[name])
		}
	}
	h.Write([]byte{0})
}

func digestValue(h hash.Hash, value any) {
	switch v := value.(type) {
	case amqp.Table:
		digestTable(h, v)
	case []any:
		for _, item := range v {
			digestValue(h, item)
		}
		h.Write([]byte{1})
	case time.Time:
		fmt.Fprintf(h, "%d", v.Unix()) // its String tells the zone of this machine
	default:
		fmt.Fprintf(h, "%T%q", v, fmt.Sprint(v))
	}
}
