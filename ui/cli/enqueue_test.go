package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"carousel/broker"
)

// sent runs "enqueue" and returns the tasks that the broker was given.
func sent(t *testing.T, stdin string, args ...string) (tasks []broker.Task, rate float64, status int, stdout, stderr string) {
	t.Helper()
	b := newFakeBroker()
	b.enqueue = func(_ context.Context, batch broker.Batch) error {
		rate = batch.Rate
		for task, more := batch.Next(); more; task, more = batch.Next() {
			tasks = append(tasks, task)
		}
		return nil
	}
	status, stdout, stderr = invocation{args: append([]string{"enqueue"}, args...), broker: b, stdin: strings.NewReader(stdin)}.run(t)
	if !b.closed {
		t.Error("the client was not closed")
	}
	return tasks, rate, status, stdout, stderr
}

func TestBodies(t *testing.T) {
	file := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(file, []byte("a\nb\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, stdin, args string
		want              []string
	}{
		{"argument", "not read", "hello", []string{"hello"}},
		{"empty argument", "", "|", []string{""}},
		{"argument, counted", "", "x --count 3", []string{"x", "x", "x"}},
		{"file, whole", "", "--file " + file, []string{"a\nb\x00"}},
		{"file from standard input, whole", "a\nb\n", "--file -", []string{"a\nb\n"}},
		{"lines", "a\nb c\r\n\n d", "", []string{"a", "b c", " d"}},
		{"lines, said so", "a\nb", "-", []string{"a", "b"}},
		{"nothing", "", "", nil},
		{"count alone reads nothing", "a\nb", "--count 2", []string{"task", "task"}},
		{"JSON is a body without --json", `{"id": 1}`, "", []string{`{"id": 1}`}},
		{"objects", `{"body":"a"}` + "\n" + `{"body":""}`, "--json", []string{"a", ""}},
		{"argument with --json", "", `{"id":1} --json`, []string{`{"id":1}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := strings.Fields(c.args)
			for i := range args {
				args[i] = strings.TrimPrefix(args[i], "|")
			}
			tasks, _, status, _, stderr := sent(t, c.stdin, args...)
			var got []string
			for _, task := range tasks {
				got = append(got, string(task.Body))
				if !task.Made || task.ID == "" {
					t.Errorf("task %+v is not one of ours", task)
				}
			}
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) || status != exitDone {
				t.Errorf("sent %q; want %q; status %d, %s", got, c.want, status, stderr)
			}
		})
	}
}

func TestTaskFlags(t *testing.T) {
	tasks, rate, _, _, _ := sent(t, "", "x", "--type", "resize", "--priority", "7", "--ttl", "30s", "--header", "k=v=w", "--header", "l=",
		"--work", "5ms", "--fail", "0.25", "--rate", "12.5")
	task := tasks[0]
	if task.Type != "resize" || task.Priority != 7 || task.TTL != 30*time.Second || task.Headers["k"] != "v=w" ||
		task.Headers["l"] != "" || len(task.Headers) != 2 || *task.Work != 5*time.Millisecond || task.Fail != 0.25 || rate != 12.5 {
		t.Errorf("rate %v, task %+v", rate, task)
	}
}

func TestLinesOverFlags(t *testing.T) {
	lines := `{"body":"a","type":"t","priority":0,"ttl":"1m","work":"7ms","fail":0.5,"headers":{"h":"1"}}` + "\n" + `{"body":"[1]"}`
	tasks, _, status, _, stderr := sent(t, lines, "--json", "--type", "flag", "--priority", "9", "--ttl", "5s", "--header", "k=v")
	if status != exitDone || len(tasks) != 2 {
		t.Fatalf("status %d, %d tasks\n%s", status, len(tasks), stderr)
	}
	if a := tasks[0]; a.Type != "t" || a.Priority != 0 || a.TTL != time.Minute || *a.Work != 7*time.Millisecond || a.Fail != 0.5 ||
		a.Headers["h"] != "1" || len(a.Headers) != 1 {
		t.Errorf("the line does not win: %+v", a)
	}
	if b := tasks[1]; b.Type != "flag" || b.Priority != 9 || b.TTL != 5*time.Second || b.Headers["k"] != "v" || b.ContentType != "application/json" {
		t.Errorf("the flags do not fill in: %+v", b)
	}
}

func TestSeedRepeatsTheTimesOfLines(t *testing.T) {
	times := func() (all []time.Duration) {
		tasks, _, _, _, _ := sent(t, "a\nb\nc\n", "--work", "exp:1s", "--seed", "3")
		for _, task := range tasks {
			all = append(all, *task.Work)
		}
		return all
	}
	first, second := times(), times()
	if fmt.Sprint(first) != fmt.Sprint(second) || first[0] == first[1] || first[1] == first[2] {
		t.Errorf("drew %v, then %v", first, second)
	}
}

func TestMistakenLines(t *testing.T) {
	for line, want := range map[string]string{
		`{"id":1}`:                       "it is not a task as a JSON object",
		`[1]`:                            "it is not a task as a JSON object",
		`{"body":1}`:                     "it is not a task as a JSON object",
		`{"body":"a"} {"body":"b"}`:      "there is something after the JSON object",
		`{"type":"t"}`:                   "the task has no body",
		`{"body":"a","ttl":"5"}`:         "it is not a task as a JSON object",
		`{"body":"a","ttl":"1us"}`:       "TTL: the time to live must be a whole number of milliseconds",
		`{"body":"a","work":"soon"}`:     "is not a distribution",
		`{"body":"a","fail":2}`:          "Fail: the failure share must be between 0 and 1",
		`{"body":"a","headers":{"":""}}`: "Headers: \"\" is not a name that AMQP allows",
	} {
		tasks, _, status, _, stderr := sent(t, `{"body":"ok"}`+"\n"+line+"\n"+`{"body":"never"}`, "--json")
		if len(tasks) != 1 || status == exitDone || !strings.Contains(stderr, "line 2 of standard input: ") || !strings.Contains(stderr, want) {
			t.Errorf("%s: status %d, %d tasks, %q is not told in\n%s", line, status, len(tasks), want, stderr)
		}
	}
}

func TestSkippedLinesAreCounted(t *testing.T) {
	if _, _, _, _, stderr := sent(t, "a\n\n\nb\n"); stderr != "carousel: empty lines skipped: 2\n" {
		t.Errorf("told %q", stderr)
	}
}

func TestInterruptedWhileWaitingForALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read, write := io.Pipe()
		defer write.Close() // lets the reader of standard input end
		signals := make(chan os.Signal, 1)
		b := newFakeBroker()
		tasks := 0
		b.enqueue = func(_ context.Context, batch broker.Batch) error {
			for _, more := batch.Next(); more; _, more = batch.Next() {
				tasks++
			}
			return context.Canceled
		}
		go func() {
			fmt.Fprintln(write, "a")
			synctest.Wait() // until the command waits for the next line
			signals <- syscall.SIGINT
		}()
		status, stdout, stderr := invocation{args: []string{"enqueue", "--type", "t"}, broker: b, stdin: read, signals: signals}.run(t)
		if status != exitInterrupted || tasks != 1 || !strings.HasPrefix(stdout, "0 confirmed") || !strings.Contains(stderr, "interrupted") {
			t.Errorf("status %d, %d tasks, stdout %q, stderr %q", status, tasks, stdout, stderr)
		}
	})
}

func TestEnqueueWithoutABroker(t *testing.T) {
	b := newFakeBroker()
	b.link = broker.LinkState{Status: broker.LinkRefused, Err: &broker.Fault{Kind: broker.Refused, What: "login refused"}}
	status, stdout, stderr := invocation{args: []string{"enqueue", "x"}, broker: b}.run(t)
	if status != exitFailed || stdout != "" || stderr != "carousel: login refused\n" {
		t.Errorf("status %d, stdout %q, stderr %q", status, stdout, stderr)
	}
}

func TestEnqueuedReport(t *testing.T) {
	for _, c := range []struct {
		name   string
		r      enqueued
		status int
		json   string
		text   string
		told   string
	}{
		{"all", enqueued{tally: broker.Tally{Sent: 2, Confirmed: 2}, took: time.Second}, exitDone,
			`{"event":"enqueued","confirmed":2,"returned":0,"rejected":0,"unknown":0,"seconds":1}`, "2 confirmed in 1.00 s (2/s)", ""},
		{"some", enqueued{tally: broker.Tally{Sent: 5, Confirmed: 2, Returned: 1, Rejected: 1, Unknown: 1, Trouble: "queue full"},
			took: 1500 * time.Millisecond}, exitPartly,
			`{"event":"enqueued","confirmed":2,"returned":1,"rejected":1,"unknown":1,"seconds":1.5}`,
			"2 confirmed, 1 returned, 1 rejected, 1 unknown in 1.50 s (1/s)",
			"not confirmed: queue full\n1 tasks may or may not be stored; sending them again may run them twice"},
		{"none", enqueued{tally: broker.Tally{Sent: 1, Rejected: 1, Trouble: "queue full"}}, exitFailed,
			`{"event":"enqueued","confirmed":0,"returned":0,"rejected":1,"unknown":0,"seconds":0}`,
			"0 confirmed, 1 rejected in 0.00 s (–)", "not confirmed: queue full"},
		{"refused half-way", enqueued{tally: broker.Tally{Sent: 1, Confirmed: 1}, took: time.Second, err: errors.New("login refused")}, exitPartly,
			`{"event":"enqueued","confirmed":1,"returned":0,"rejected":0,"unknown":0,"seconds":1}`, "1 confirmed in 1.00 s (1/s)", "login refused"},
		{"interrupted", enqueued{tally: broker.Tally{Sent: 1, Confirmed: 1}, took: time.Second, stopped: true, err: context.Canceled}, exitInterrupted,
			`{"event":"enqueued","confirmed":1,"returned":0,"rejected":0,"unknown":0,"seconds":1}`, "1 confirmed in 1.00 s (1/s)",
			"interrupted; tasks after these were not made"},
		{"first line wrong", enqueued{mistake: errors.New("line 1")}, exitUsage,
			`{"event":"enqueued","confirmed":0,"returned":0,"rejected":0,"unknown":0,"seconds":0}`, "0 confirmed in 0.00 s (–)", "line 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for asJSON, want := range map[bool]string{true: c.json, false: c.text} {
				var out, errs bytes.Buffer
				p := &program{Process: Process{Stdout: &out, Stderr: &errs}}
				status := p.status(p.reportEnqueued(c.r, asJSON))
				told := strings.TrimSuffix(strings.ReplaceAll(errs.String(), "carousel: ", ""), "\n")
				if status != c.status || out.String() != want+"\n" || told != c.told {
					t.Errorf("status %d, stdout\n%sstderr\n%s", status, out.String(), told)
				}
			}
		})
	}
}

func TestProgressText(t *testing.T) {
	tally := broker.Tally{Sent: 9, Confirmed: 4, Unknown: 1, Waiting: "blocked:\x1b[2J memory"}
	if got := progressText(tally, 10); strings.Contains(got, "\x1b") || !strings.HasPrefix(got, "4 of 10 confirmed, 1 unknown · waiting: blocked:") {
		t.Errorf("got %q", got)
	}
	if got := progressText(broker.Tally{Confirmed: 4}, 0); got != "4 confirmed" {
		t.Errorf("got %q", got)
	}
}

// Whatever lines come: as many tasks as lines that hold something, with the same bytes, in order.
func TestEveryLineIsOneTask(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.StringMatching(`[^\n\r]{0,40}`)).Draw(t, "lines")
		s := &taskStream{ctx: context.Background(), lines: readLines(context.Background(), strings.NewReader(strings.Join(lines, "\n")))}
		var got []string
		for task, more := s.next(); more; task, more = s.next() {
			got = append(got, string(task.Body))
		}
		var want []string
		for _, l := range lines {
			if l != "" {
				want = append(want, l)
			}
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) || s.mistake != nil {
			t.Fatalf("sent %q of %q; %v", got, lines, s.mistake)
		}
	})
}

func FuzzTaskLine(f *testing.F) {
	for _, seed := range []string{`{"body":"a","ttl":"5s","work":"exp:1ms","fail":0.5,"headers":{"a":"b"}}`, `{"body":"\u0000"}`, `null`, `{}{}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s := &taskStream{objects: true}
		task, err := s.task(line{text: text})
		if err == nil && (task.ID == "" || task.Fail < 0 || task.Fail > 1 || task.TTL < 0) {
			t.Errorf("made %+v", task)
		}
	})
}

func TestExpand(t *testing.T) {
	body := func(tasks []broker.Task) (all []string) {
		for _, task := range tasks {
			all = append(all, string(task.Body)+" "+task.Type+" "+fmt.Sprint(task.Headers["h"]))
		}
		return all
	}
	for _, c := range []struct {
		name, stdin string
		args        []string
		want        []string
	}{
		{"off", "", []string{"{{seq}}", "--type", "{{x"}, []string{"{{seq}} {{x <nil>"}},
		{"an argument", "", []string{"n{{seq}}{{{{", "--count", "2", "--type", "t{{seq}}", "--header", "h={{pick a}}", "--expand"},
			[]string{"n1{{ t1 a", "n2{{ t2 a"}},
		{"lines go on counting", "a{{seq}}\n\nb{{seq}}\n", []string{"--expand"}, []string{"a1  <nil>", "b2  <nil>"}},
		{"objects", `{"body":"{{seq}}","type":"x"}` + "\n" + `{"body":"{{seq}}","headers":{"h":"{{rand 4 4}}"}}`, []string{"--json", "--expand"},
			[]string{"1 x <nil>", "2  4"}},
	} {
		tasks, _, status, _, stderr := sent(t, c.stdin, c.args...)
		if got := body(tasks); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) || status != exitDone {
			t.Errorf("%s: sent %q, want %q; status %d, %s", c.name, got, c.want, status, stderr)
		}
	}
	status, _, stderr := invocation{args: []string{"enqueue", "{{nope}}", "--expand"}, broker: newFakeBroker()}.run(t)
	if status != exitUsage || !strings.Contains(stderr, "the body: {{nope}} is no placeholder; there are {{seq}}") {
		t.Errorf("status %d, %s", status, stderr)
	}
	tasks, _, _, _, stderr := sent(t, "ok\n{{nope}}\nnever\n", "--expand")
	if len(tasks) != 1 || !strings.Contains(stderr, "line 2 of standard input: Bodies: {{nope}} is no placeholder") {
		t.Errorf("%d tasks were sent, %s", len(tasks), stderr)
	}
}
