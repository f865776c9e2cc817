package broker

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// death is an entry of x-death as RabbitMQ writes it.
func death(queue, reason string, count any) amqp.Table {
	return amqp.Table{"queue": queue, "reason": reason, "count": count, "exchange": "", "routing-keys": []any{queue},
		"time": time.Unix(1700000000, 0)}
}

func TestLetterOf(t *testing.T) {
	t.Parallel()
	at := time.Unix(1700000000, 0)
	own := amqp.Table{HeaderError: "no disk", HeaderOrigin: "jobs", HeaderFailedAt: "2026-03-01T10:00:00.250Z", HeaderAttempt: int64(5)}
	with := func(more amqp.Table) amqp.Table {
		all := amqp.Table{}
		for _, table := range []amqp.Table{own, more} {
			for key, value := range table {
				all[key] = value
			}
		}
		return all
	}
	ownAt := time.Date(2026, 3, 1, 10, 0, 0, 250e6, time.UTC)
	for name, c := range map[string]struct {
		headers amqp.Table
		want    Letter
	}{
		"nothing":       {nil, Letter{}},
		"carousel's":    {own, Letter{Origin: "jobs", Cause: "no disk", Tries: 5, FailedAt: ownAt}},
		"came back":     {with(amqp.Table{HeaderReplayed: int64(2)}), Letter{Origin: "jobs", Cause: "no disk", Tries: 5, FailedAt: ownAt, Replayed: 2}},
		"first try":     {amqp.Table{HeaderError: "no", HeaderOrigin: "jobs"}, Letter{Origin: "jobs", Cause: "no", Tries: 1}},
		"own and death": {with(amqp.Table{"x-death": []any{death("other", "expired", int64(9))}}), Letter{Origin: "jobs", Cause: "no disk", Tries: 5, FailedAt: ownAt}},
		"rejected":      {amqp.Table{"x-death": []any{death("jobs", "rejected", int64(3))}}, Letter{Origin: "jobs", Cause: "rejected", Tries: 3, FailedAt: at}},
		"expired":       {amqp.Table{"x-death": []any{death("jobs", "expired", int64(1))}}, Letter{Origin: "jobs", Cause: "expired", FailedAt: at}},
		"two queues": {amqp.Table{"x-death": []any{death("second", "maxlen", int64(1)), death("jobs", "rejected", int64(1))}},
			Letter{Origin: "jobs", Cause: "maxlen", Tries: 1, FailedAt: at}},
		"round by a retry queue": {amqp.Table{"x-first-death-queue": "jobs", "x-first-death-reason": "rejected",
			"x-death": []any{death("jobs", "rejected", int64(3)), death("jobs.retry", "expired", int64(2))}},
			Letter{Origin: "jobs", Cause: "rejected", Tries: 3, FailedAt: at}},
		"no list": {amqp.Table{"x-first-death-queue": "jobs", "x-first-death-reason": "delivery_limit"}, Letter{Origin: "jobs", Cause: "delivery_limit"}},
		"rubbish": {amqp.Table{"x-death": []any{nil, "jobs", int32(3), amqp.Table{}, amqp.Table{"queue": 7, "reason": []any{}, "count": "many", "time": "then"},
			death("jobs", "rejected", -1), death("jobs", "rejected", math.NaN())}, HeaderError: int64(1), HeaderOrigin: []byte("x"),
			HeaderFailedAt: "yesterday", HeaderReplayed: "often", "x-first-death-queue": true}, Letter{Origin: "jobs", Cause: "rejected", FailedAt: at}},
		"a table for a list": {amqp.Table{"x-death": death("jobs", "rejected", int64(1))}, Letter{}},
		"more than an int": {amqp.Table{"x-death": []any{death("jobs", "rejected", 1e300)}, HeaderReplayed: math.Inf(1)},
			Letter{Origin: "jobs", Cause: "rejected", Tries: math.MaxInt32, FailedAt: at, Replayed: math.MaxInt32}},
	} {
		got := letterOf(&amqp.Delivery{Headers: c.headers})
		if got.Origin != c.want.Origin || got.Cause != c.want.Cause || got.Tries != c.want.Tries || !got.FailedAt.Equal(c.want.FailedAt) ||
			got.Replayed != c.want.Replayed {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// Two letters differ in their keys when they differ in anything; the same letter keeps its key however often it is looked at.
func TestKeysTellLettersApart(t *testing.T) {
	t.Parallel()
	base := func() *amqp.Delivery {
		return &amqp.Delivery{MessageId: "1", Body: []byte("a"), Timestamp: time.Unix(1, 0), Headers: amqp.Table{
			"a": int64(1), "deep": amqp.Table{"x": []any{"y"}}, "at": time.Unix(5, 0)}}
	}
	key := keyOf(base())
	seen := map[string]string{key: "the first"}
	for name, change := range map[string]func(*amqp.Delivery){
		"id": func(d *amqp.Delivery) { d.MessageId = "2" }, "no id": func(d *amqp.Delivery) { d.MessageId = "" },
		"body": func(d *amqp.Delivery) { d.Body = []byte("b") }, "type": func(d *amqp.Delivery) { d.Type = "t" },
		"header": func(d *amqp.Delivery) { d.Headers["a"] = int64(2) }, "its type": func(d *amqp.Delivery) { d.Headers["a"] = "1" },
		"deep": func(d *amqp.Delivery) { d.Headers["deep"] = amqp.Table{"x": []any{"z"}} },
		"time": func(d *amqp.Delivery) { d.Timestamp = time.Unix(2, 0) },
	} {
		d := base()
		change(d)
		if other, taken := seen[keyOf(d)]; taken {
			t.Errorf("%s has the key of %s", name, other)
		}
		seen[keyOf(d)] = name
	}
	again := base()
	again.Redelivered, again.DeliveryTag, again.Headers["x-delivery-count"], again.Headers["x-acquired-count"] = true, 7, int64(3), int64(3)
	again.Headers["at"] = time.Unix(5, 0).UTC()
	if keyOf(again) != key || !strings.HasPrefix(key, "1 ") {
		t.Errorf("key %q, then %q", key, keyOf(again))
	}
}

// Whatever the headers hold: a letter is read, its figures are in range, and a copy can be made or is refused in words.
func FuzzLetter(f *testing.F) {
	f.Add("jobs", "rejected", int64(3), "2026-03-01T10:00:00Z", []byte("body"), uint8(0))
	f.Add("", "\x1b[2J", int64(-1), "\xff", []byte(nil), uint8(7))
	f.Add(strings.Repeat("q", 300), "expired", int64(math.MaxInt64), "", binary.BigEndian.AppendUint64(nil, 1), uint8(255))
	f.Fuzz(func(t *testing.T, queue, text string, n int64, at string, body []byte, shape uint8) {
		values := []any{queue, text, n, at, body, nil, float64(n), []any{queue, n}, amqp.Table{"queue": queue, "reason": text, "count": n},
			amqp.Table{"queue": n, "reason": body, "count": text}, time.Unix(n%1e9, 0)}
		pick := func(i int) any { return values[(int(shape)*7+i*(int(shape)%5+1))%len(values)] }
		d := &amqp.Delivery{MessageId: text, Body: body, Headers: amqp.Table{
			HeaderOrigin: pick(0), HeaderError: pick(1), HeaderFailedAt: pick(2), HeaderAttempt: pick(3), HeaderReplayed: pick(4),
			"x-death": []any{pick(5), pick(6), pick(7), pick(8)}, "x-first-death-queue": pick(9), queue: pick(10),
		}}
		l := letterOf(d)
		if l.Tries < 0 || l.Replayed < 0 || l.Tries > math.MaxInt32 || l.Key == "" || l.Key != letterOf(d).Key {
			t.Errorf("read %+v", l)
		}
		x := replayer{r: Replay{Queue: "graves"}, mark: "m"}
		target, m, err := x.copyOf(&l)
		if err != nil {
			if err.Error() == "" || Plain(err.Error()) != err.Error() {
				t.Errorf("says %q", err)
			}
			return
		}
		if target == "" || len(target) > 255 || m.Headers["x-death"] != nil || m.Headers[HeaderError] != nil || m.Headers[HeaderAttempt] != nil ||
			m.Headers[HeaderReplayed] != int64(l.Replayed)+1 || m.DeliveryMode != amqp.Persistent || string(m.Body) != string(body) {
			t.Errorf("a copy for %q: %+v", target, m)
		}
	})
}
