package worker

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"carousel/broker"
)

func bodies(texts ...string) (bs [][]byte) {
	for _, t := range texts {
		bs = append(bs, []byte(t))
	}
	return bs
}

func TestLoadValidatesEachField(t *testing.T) {
	good := Load{Bodies: bodies("x"), Count: 1}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 256)
	for _, c := range []struct {
		field string
		spoil func(l *Load)
	}{
		{"Bodies", func(l *Load) { l.Bodies = nil }},
		{"Bodies", func(l *Load) { l.Bodies = [][]byte{make([]byte, MaxRead)} }},
		{"Count", func(l *Load) { l.Count = 0 }},
		{"Count", func(l *Load) { l.Count = MaxTasks + 1 }},
		{"Rate", func(l *Load) { l.Rate = -1 }},
		{"Rate", func(l *Load) { l.Rate = math.NaN() }},
		{"Rate", func(l *Load) { l.Rate = math.Inf(1) }},
		{"Type", func(l *Load) { l.Type = long }},
		{"ContentType", func(l *Load) { l.ContentType = "\xff" }},
		{"TTL", func(l *Load) { l.TTL = -time.Second }},
		{"TTL", func(l *Load) { l.TTL = time.Microsecond }},
		{"TTL", func(l *Load) { l.TTL = 50 * 24 * time.Hour }},
		{"Headers", func(l *Load) { l.Headers = map[string]string{"": "x"} }},
		{"Headers", func(l *Load) { l.Headers = map[string]string{long: "x"} }},
		{"Headers", func(l *Load) { l.Headers = map[string]string{"X-Carousel-Work": "1s"} }},
		{"Headers", func(l *Load) { l.Headers = map[string]string{"BCC": "elsewhere"} }},
		{"Headers", func(l *Load) { l.Headers = map[string]string{"x": strings.Repeat("x", 128<<10)} }},
		{"Fail", func(l *Load) { l.Fail = 1.1 }},
	} {
		l := good
		c.spoil(&l)
		var wrong FieldError
		if err := l.Validate(); !errors.As(err, &wrong) || err.Error() != c.field+": "+wrong.Msg || wrong.Msg == "" {
			t.Errorf("%s: %v", c.field, err)
		}
	}
	all := Load{Rate: -1, Fail: 2, TTL: 1}
	joined, ok := all.Validate().(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 5 {
		t.Errorf("of five mistakes: %v", all.Validate())
	}
}

// Whatever passes Validate, the broker client publishes.
func TestValidLoadsMakeTasksThatPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		work, err := ParseDist("lognormal:24h,5")
		if err != nil {
			t.Fatal(err)
		}
		l := Load{
			Bodies: bodies("x"), Count: 3, Work: &work, Fail: rapid.Float64Range(0, 1).Draw(t, "fail"),
			Type:    rapid.StringN(0, 256, 256).Draw(t, "type"),
			TTL:     time.Duration(rapid.IntRange(0, 2000).Draw(t, "ttl")) * time.Millisecond,
			Headers: map[string]string{"x": strings.Repeat("x", 100<<10-rapid.IntRange(0, 200).Draw(t, "room"))},
		}
		if l.Validate() != nil {
			return // refused before anything is made
		}
		batch := l.Batch()
		for task, more := batch.Next(); more; task, more = batch.Next() {
			if err := broker.CheckTask(task); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestBatchMakesTheTasks(t *testing.T) {
	work, err := ParseDist("uniform:1ms,9ms")
	if err != nil {
		t.Fatal(err)
	}
	l := Load{
		Bodies: bodies("plain", `{"a":1}`, "\xff\xfe"), Count: 7, Rate: 5,
		Type: "resize", Priority: 3, TTL: time.Second,
		Headers: map[string]string{"shop": "north"}, Work: &work, Fail: 0.25, Seed: 9,
	}
	first, again := l.Batch(), l.Batch()
	if first.Rate != 5 {
		t.Errorf("rate %v", first.Rate)
	}
	types := []string{"text/plain; charset=utf-8", "application/json", "application/octet-stream"}
	ids := map[string]bool{}
	for i := range 7 {
		task, more := first.Next()
		twin, _ := again.Next()
		if !more || ids[task.ID] || !task.Made || task.Attempt != 1 || task.Created.IsZero() {
			t.Fatalf("task %d: %v, %+v", i, more, task)
		}
		ids[task.ID] = true
		if string(task.Body) != string(l.Bodies[i%3]) || task.ContentType != types[i%3] {
			t.Errorf("task %d: body %q, %s", i, task.Body, task.ContentType)
		}
		if *task.Work != *twin.Work || *task.Work < time.Millisecond || *task.Work > 9*time.Millisecond {
			t.Errorf("task %d: work %v, again %v", i, *task.Work, *twin.Work)
		}
		if task.Type != "resize" || task.Priority != 3 || task.TTL != time.Second || task.Fail != 0.25 ||
			!reflect.DeepEqual(task.Headers, map[string]any{"shop": "north"}) {
			t.Errorf("task %d: %+v", i, task)
		}
	}
	if _, more := first.Next(); more {
		t.Error("an eighth task")
	}
}

func TestBatchWithoutExtras(t *testing.T) {
	task, _ := Load{Bodies: bodies(""), Count: 1, ContentType: "image/png"}.Batch().Next()
	if task.Work != nil || task.Headers != nil || task.ContentType != "image/png" {
		t.Errorf("%+v", task)
	}
}

func TestGuessContentType(t *testing.T) {
	const text, object, octets = "text/plain; charset=utf-8", "application/json", "application/octet-stream"
	for body, want := range map[string]string{
		"": text, "42": text, `"word"`: text, "{": text, "naïve": text,
		"[]": object, " \n{\"a\": [1]}": object, "{\"a\": \"\xff\"": octets, "\x80": octets,
	} {
		if got := guessContentType([]byte(body)); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	}
}
