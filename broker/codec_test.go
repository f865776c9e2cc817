package broker

import (
	"maps"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"pgregory.net/rapid"
)

// arrived is the message p as a consumer would get it.
func arrived(p amqp.Publishing) *amqp.Delivery {
	return &amqp.Delivery{
		Headers: p.Headers, ContentType: p.ContentType, DeliveryMode: p.DeliveryMode, Priority: p.Priority,
		Expiration: p.Expiration, MessageId: p.MessageId, Timestamp: p.Timestamp, Type: p.Type, AppId: p.AppId, Body: p.Body,
		ContentEncoding: p.ContentEncoding, CorrelationId: p.CorrelationId, ReplyTo: p.ReplyTo, UserId: p.UserId,
	}
}

func drawTask(t *rapid.T) Task {
	task := NewTask([]byte(rapid.String().Draw(t, "body")))
	task.Type = rapid.StringN(0, 20, 255).Draw(t, "type")
	task.ContentType = rapid.SampledFrom([]string{"", "text/plain", "application/json"}).Draw(t, "content type")
	task.Priority = rapid.Byte().Draw(t, "priority")
	task.TTL = time.Duration(rapid.Int64Range(0, maxTTL).Draw(t, "ttl")) * time.Millisecond
	if rapid.Bool().Draw(t, "has work") {
		work := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "work"))
		task.Work = &work
	}
	task.Fail = rapid.Float64Range(0, 1).Draw(t, "fail")
	task.Attempt = rapid.IntRange(1, math.MaxInt32).Draw(t, "attempt")
	task.Made = rapid.Bool().Draw(t, "made")
	if !task.Made {
		task.ID, task.Created = "", time.Unix(rapid.Int64Range(0, 1<<40).Draw(t, "seconds"), 0)
	}
	word := rapid.StringN(0, 20, 255)
	task.ContentEncoding, task.CorrelationID = word.Draw(t, "content encoding"), word.Draw(t, "correlation id")
	task.ReplyTo, task.UserID = word.Draw(t, "reply-to"), word.Draw(t, "user")
	if !task.Made {
		task.AppID = word.Filter(func(s string) bool { return s != appID }).Draw(t, "app id")
	}
	if rapid.Bool().Draw(t, "failed") {
		at := time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "failed at")).UTC()
		task.Failed = &Failure{Err: rapid.StringN(1, 50, -1).Draw(t, "error"), At: at, Origin: rapid.StringN(1, 20, 255).Draw(t, "origin")}
	}
	if n := rapid.IntRange(0, 4).Draw(t, "headers"); n > 0 {
		task.Headers = map[string]any{}
		for range n {
			task.Headers[rapid.StringMatching(`[a-z]{1,9}`).Draw(t, "key")] = rapid.OneOf(
				rapid.String().AsAny(), rapid.Int64().AsAny(), rapid.Bool().AsAny(),
				rapid.Just[any](amqp.Table{"k": []any{int32(1), "x", nil}}),
			).Draw(t, "value")
		}
	}
	return task
}

func TestTaskRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		task := drawTask(t)
		p, err := publishing(task)
		if err != nil {
			t.Fatal(err)
		}
		if p.DeliveryMode != amqp.Persistent {
			t.Fatal("not persistent: a restart of the broker would lose it")
		}
		back := taskOf(arrived(p))
		if !back.Created.Equal(task.Created) {
			t.Fatalf("created %v, came back %v", task.Created, back.Created)
		}
		back.Created = task.Created
		if !reflect.DeepEqual(back, task) {
			t.Fatalf("sent %+v\n got %+v", task, back)
		}
	})
}

// A copy is the same task, with what RabbitMQ itself has put into the headers left out.
func TestCopyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		task := drawTask(t)
		task.ID = "id"
		task.Created = time.Unix(1, 0)
		of := task
		of.Headers = maps.Clone(task.Headers)
		if of.Headers == nil {
			of.Headers = map[string]any{}
		}
		for _, name := range []string{"x-death", "x-first-death-queue", "x-last-death-reason", "x-delivery-count"} {
			of.Headers[name] = "stale"
		}
		p, err := copyOf(of)
		if err != nil {
			t.Fatal(err)
		}
		if p.Expiration != "" || p.DeliveryMode != amqp.Persistent {
			t.Fatalf("expiration %q, mode %d", p.Expiration, p.DeliveryMode)
		}
		if back := taskOf(arrived(p)); !reflect.DeepEqual(back, task) {
			t.Fatalf("copied %+v\n   got %+v", task, back)
		}
	})
}

func TestFailureIsNotedInFull(t *testing.T) {
	for in, want := range map[string]string{
		"no disk\n":                 "no disk",
		" ":                         "no reason given",
		"bad \xff byte":             "bad \uFFFD byte",
		strings.Repeat("é", 10_000): strings.Repeat("é", maxReason/2) + "…",
	} {
		var task Task
		if task.failed(in, "q"); task.Failed.Err != want || task.Failed.Origin != "q" || time.Since(task.Failed.At) > time.Minute {
			t.Errorf("%.20q became %.40q", in, task.Failed.Err)
		}
	}
}

func TestForeignMessages(t *testing.T) {
	for name, c := range map[string]struct {
		in   amqp.Delivery
		want Task
	}{
		"nothing but a body": {amqp.Delivery{Body: []byte("x")}, Task{Body: []byte("x"), Attempt: 1}},
		"headers that are not ours to read": {
			amqp.Delivery{Headers: amqp.Table{HeaderWork: int32(5), HeaderFail: "often", HeaderAttempt: 0.5}, Expiration: "soon"},
			Task{Attempt: 1, Headers: map[string]any{HeaderWork: int32(5), HeaderFail: "often", HeaderAttempt: 0.5}}},
		"numbers of any width": {
			amqp.Delivery{Headers: amqp.Table{HeaderFail: int8(1), HeaderAttempt: uint16(3)}, Expiration: "1500"},
			Task{Attempt: 3, Fail: 1, TTL: 1500 * time.Millisecond}},
		"an attempt and a chance beyond all sense": {
			amqp.Delivery{Headers: amqp.Table{HeaderAttempt: int64(math.MaxInt64), HeaderFail: math.Inf(1)}},
			Task{Attempt: 1, Headers: map[string]any{HeaderAttempt: int64(math.MaxInt64), HeaderFail: math.Inf(1)}}},
	} {
		if got := taskOf(&c.in); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestPublishingRefuses(t *testing.T) {
	negative := -time.Second
	for want, task := range map[string]Task{
		"id has 256":      {ID: strings.Repeat("x", 256)},
		"type is not":     {Type: "\xff"},
		"time to live":    {TTL: time.Microsecond},
		"49 days":         {TTL: 50 * 24 * time.Hour},
		"failure share":   {Fail: math.NaN()},
		"working time":    {Work: &negative},
		"headers take":    {Headers: map[string]any{"big": strings.Repeat("x", 200<<10)}},
		"a name":          {Headers: map[string]any{"": 1}},
		"does not carry":  {Headers: map[string]any{"odd": struct{}{}}},
		"failure share b": {Fail: 1.5},
	} {
		if _, err := publishing(task); err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(want, " b")) {
			t.Errorf("%q: got %v", want, err)
		}
	}
}

func FuzzTaskOf(f *testing.F) {
	f.Add("250ms", 0.5, int64(2), "1000", "0193e0a5-7a3b-7000-8000-000000000000", "carousel")
	f.Fuzz(func(t *testing.T, work string, fail float64, attempt int64, expiration, id, app string) {
		task := taskOf(&amqp.Delivery{
			Headers:    amqp.Table{HeaderWork: work, HeaderFail: fail, HeaderAttempt: attempt},
			Expiration: expiration, MessageId: id, AppId: app,
		})
		if task.Attempt < 1 || !(task.Fail >= 0 && task.Fail <= 1) || task.TTL < 0 || task.Work != nil && *task.Work < 0 {
			t.Errorf("out of range: %+v", task)
		}
	})
}

func TestNewTaskIsMadeNow(t *testing.T) {
	before := time.Now().Truncate(time.Millisecond)
	task := NewTask(nil)
	if task.Created.Before(before) || task.Created.After(time.Now()) {
		t.Errorf("made at %v, says %v", before, task.Created)
	}
	if second := NewTask(nil); second.ID == task.ID {
		t.Error("two tasks share an id")
	}
}

func TestDeliveryCount(t *testing.T) {
	for _, c := range []struct {
		headers amqp.Table
		want    int64
	}{
		{nil, -1},
		{amqp.Table{"x-delivery-count": int64(3)}, 3},
		{amqp.Table{"x-acquired-count": int32(7)}, 7},
		{amqp.Table{"x-acquired-count": int32(7), "x-delivery-count": int64(2)}, 2},
		{amqp.Table{"x-delivery-count": "many"}, -1},
	} {
		if got := deliveryCount(c.headers); got != c.want {
			t.Errorf("%v: %d, want %d", c.headers, got, c.want)
		}
	}
}
