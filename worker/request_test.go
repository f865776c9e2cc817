package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"carousel/broker"

	"pgregory.net/rapid"
)

// What a persistent command reads, and what it may answer.
func Example_persistent() {
	task := broker.Task{
		ID: "0193", Type: "resize", Body: []byte("cat.png"), Priority: 3, Attempt: 2, Made: true,
		Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Headers: map[string]any{"width": 640},
		Failed: &broker.Failure{Err: "exit status 1: no space left"},
	}
	line, _ := requestOf(Try{Task: task, Queue: "task_queue", Worker: 1, Attempts: 5}).line()
	fmt.Print(string(line))
	for _, said := range []string{
		`{"id":"0193","result":"done","output":"640x480"}`,
		`{"id":"0193","result":"retry","error":"no space left"}`,
		`{"id":"0193","result":"dead-letter","error":"not a picture"}`,
	} {
		a, _ := parseAnswer([]byte(said))
		fmt.Println(a.Result, a.err())
	}
	// Output:
	// {"id":"0193","queue":"task_queue","type":"resize","attempt":2,"attempts":5,"worker":1,"priority":3,"created":"2026-01-02T03:04:05Z","app_id":"carousel","error":"exit status 1: no space left","headers":{"width":640},"body":"cat.png"}
	// done <nil>
	// retry no space left
	// dead-letter not a picture
}

// A request is one line, whatever the task holds, and says all of it.
func TestRequestProperties(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	rapid.Check(t, func(t *rapid.T) {
		task := broker.Task{
			ID: text.Draw(t, "id"), Type: text.Draw(t, "type"), Body: []byte(text.Draw(t, "body")),
			Headers: map[string]any{text.Draw(t, "header"): []any{[]byte(text.Draw(t, "bytes")), text.Draw(t, "value")}},
		}
		sent := requestOf(Try{Task: task, Queue: "q"})
		line, err := sent.line()
		if err != nil || strings.Count(string(line), "\n") != 1 || line[len(line)-1] != '\n' {
			t.Fatalf("%v, %q", err, line)
		}
		var got request
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatal(err)
		}
		body := got.BodyBase64
		if got.Body != nil {
			body = []byte(*got.Body)
		}
		if string(body) != string(task.Body) || (got.Body != nil) != utf8.Valid(task.Body) {
			t.Fatalf("body %q became %q", task.Body, body)
		}
		if got.ID != sent.ID || utf8.ValidString(task.ID) && got.ID != task.ID {
			t.Fatalf("id %q became %q, and the answer is to have %q", task.ID, got.ID, sent.ID)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"id":"1","result":"done"}`, `{"id":"1","result":"retry","error":"e","output":"o","more":[1]}`, `{"ID":1}`, `null`, `"x"`, ``, `{`,
		`{"result":"dead-letter"}`, `{"id":"\u001b[2J","result":"\u202e"}`, "\xff", `{"id":"1","result":"done"}{"id":"2"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		a, err := parseAnswer(line)
		if err != nil {
			if text := err.Error(); broker.Plain(text) != text || len(text) > 600 {
				t.Errorf("%q is refused in a way that a terminal would act on: %q", line, text)
			}
			return
		}
		switch err := a.err(); a.Result {
		case resultDone:
			if err != nil {
				t.Errorf("%q is a failure: %v", line, err)
			}
		case resultRetry, resultDead:
			if err == nil || strings.TrimSpace(err.Error()) == "" || errors.As(err, new(permanent)) != (a.Result == resultDead) {
				t.Errorf("%q is %v", line, err)
			}
		default:
			t.Errorf("%q has the result %q", line, a.Result)
		}
	})
}

// The output of a command is taken apart in the same way however it arrives, and the pipe is never blocked.
func TestAnswersInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{
			`{"id":"1","result":"done"}`, "", " ", `{"id":"2","result":"retry"}` + "\r", "hello", "{}", strings.Repeat(" ", maxAnswer+1),
		}), 0, 4).Draw(t, "lines")
		all := strings.Join(lines, "\n") + "\n"
		read := func(pieces func() int) (said []string) {
			a := answers{heard: make(chan heard, 2)}
			for rest := all; len(rest) > 0; {
				n := min(len(rest), pieces())
				if _, err := a.Write([]byte(rest[:n])); err != nil {
					break
				}
				rest = rest[n:]
			}
			close(a.heard)
			for h := range a.heard {
				said = append(said, fmt.Sprint(h.answer, h.err))
			}
			return said
		}
		whole := read(func() int { return len(all) })
		pieces := read(func() int { return rapid.SampledFrom([]int{1, 7, 40, maxAnswer}).Draw(t, "piece") })
		if !slices.Equal(whole, pieces) {
			t.Fatalf("%q: %q as a whole, %q in pieces", lines, whole, pieces)
		}
	})
}
