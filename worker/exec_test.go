package worker

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

func TestExecHandsTheTaskOver(t *testing.T) {
	h := newExec(command(t, "cat", "$HOME `id`", "; exit 3", "*"))
	if r := do(t, h, bodied("to be\n")); r.err != nil || r.text() != "to be\n$HOME `id`|; exit 3|*" {
		t.Errorf("%v, %q", r.err, r.text())
	}
	if r := do(t, h, bodied("")); r.err != nil || r.text() != "$HOME `id`|; exit 3|*" {
		t.Errorf("without a body: %v, %q", r.err, r.text())
	}
}

func TestExecStreamsALargeBody(t *testing.T) {
	body := make([]byte, 20<<20)
	if r := do(t, newExec(command(t, "count")), broker.NewTask(body)); r.err != nil || r.text() != "20971520" {
		t.Errorf("%v, %q", r.err, r.text())
	}
	if r := do(t, newExec(command(t, "nothing")), broker.NewTask(body)); r.err != nil { // is not read
		t.Error(r.err)
	}
}

func TestExecSeesItsTaskAndNoSecret(t *testing.T) {
	t.Setenv("CAROUSEL_URL", "amqp://user:secret@host/")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("LICENSE", "passed on")
	t.Setenv("HOME", "/home/of/carousel")
	c := command(t, "env")
	c.Pass = []string{"LICENSE", "UNSET"}
	c.Env["MODE"], c.Env["HOME"] = "fast", "/srv"
	task := bodied("")
	task.ID, task.Type, task.ContentType, task.Priority = "0193", "resize", "image/png", 7
	task.ContentEncoding, task.CorrelationID, task.ReplyTo = "gzip", "c-1", "answers"
	task.Attempt, task.Created = 2, time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	task.Failed = &broker.Failure{Err: "nul \x00, bad \xff\xfe, line\nbreak"}
	task.Headers = map[string]any{"x": int64(1), "y": []any{true, nil}}
	r := do(t, newExec(c), task)
	if r.err != nil {
		t.Fatal(r.err)
	}
	got := strings.Split(strings.ReplaceAll(r.text(), "line\nbreak", "line, break"), "\n")
	for _, want := range []string{
		"LICENSE=passed on", "MODE=fast", "HOME=/srv", "CAROUSEL_ID=0193", "CAROUSEL_TYPE=resize", "CAROUSEL_CONTENT_TYPE=image/png",
		"CAROUSEL_CONTENT_ENCODING=gzip", "CAROUSEL_QUEUE=task_queue", "CAROUSEL_ATTEMPT=2", "CAROUSEL_ATTEMPTS=5", "CAROUSEL_REDELIVERED=0",
		"CAROUSEL_WORKER=1", "CAROUSEL_PRIORITY=7", "CAROUSEL_CREATED=2026-01-02T03:04:05.006Z", "CAROUSEL_CORRELATION_ID=c-1",
		"CAROUSEL_REPLY_TO=answers", "CAROUSEL_APP_ID=carousel", "CAROUSEL_ERROR=nul \uFFFD, bad \uFFFD, line, break",
		`CAROUSEL_HEADERS={"x":1,"y":[true,null]}`,
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, line := range got {
		name, value, _ := strings.Cut(line, "=")
		if strings.Contains(value, "secret") || name == "CAROUSEL_URL" || name == "UNSET" {
			t.Errorf("a command sees %s", line)
		}
		if !slices.Contains(passed, name) && !slices.Contains([]string{"LICENSE", "MODE", "HOME", "GORACE"}, name) &&
			!strings.HasPrefix(name, ourVariables) && !strings.HasPrefix(name, "PWD") {
			t.Errorf("a command sees %s", name)
		}
	}
}

func TestVariablesFit(t *testing.T) {
	with := func(value any) (text string, set bool) {
		for _, v := range (Try{Task: broker.Task{Headers: map[string]any{"h": value}}}).variables() {
			if text, set = strings.CutPrefix(v, "CAROUSEL_HEADERS="); set {
				return text, true
			}
		}
		return "", false
	}
	for value, want := range map[any]string{
		"a\x00b": `{"h":"a\u0000b"}`, 2.5: `{"h":2.5}`, uint8(3): `{"h":3}`, time.Unix(0, 0): `{"h":"1970-01-01T00:00:00Z"}`,
	} {
		if got, _ := with(value); got != want {
			t.Errorf("%v is %s, want %s", value, got, want)
		}
	}
	if got, _ := with(map[string]any{"raw": []byte{0xff}, "text": []byte("t")}); got != `{"h":{"raw":"/w==","text":"t"}}` {
		t.Error(got)
	}
	if _, set := with(strings.Repeat("x", maxHeaderText)); set {
		t.Error("headers are handed over that may not fit")
	}
}

func TestExecCapsWhatIsWritten(t *testing.T) {
	c := command(t, "spew", "20000000")
	c.Output = 10_000
	r := do(t, newExec(c), bodied("x"))
	if r.err == nil || r.err.Error() != "exit status 3: that was it" || len(r.out.Head) != 5000 || len(r.out.Tail) != 5000 {
		t.Fatalf("%v, %d and %d bytes", r.err, len(r.out.Head), len(r.out.Tail))
	}
	if r.out.Dropped < 19_000_000 {
		t.Errorf("%d bytes dropped", r.out.Dropped)
	}
}

func TestExitStatuses(t *testing.T) {
	c := ExecConfig{Retry: []int{75}, Dead: []int{65}, Others: othersRetry}
	strict := ExecConfig{Retry: []int{75}, Others: othersDead}
	for _, x := range []struct {
		by     ExecConfig
		status int
		dead   bool
	}{{c, 1, false}, {c, 75, false}, {c, 65, true}, {c, 126, false}, {c, 127, false}, {strict, 75, false}, {strict, 1, true}, {strict, 127, true}} {
		err := x.by.judge(x.status, "no space left")
		if err == nil || errors.As(err, new(permanent)) != x.dead || isHold(err) || !strings.HasSuffix(err.Error(), ": no space left") {
			t.Errorf("status %d with others = %q: %v", x.status, x.by.Others, err)
		}
	}
	if c.judge(0, "a warning") != nil {
		t.Error("status 0 is a failure")
	}
}

func TestExecHoldsWhenItsCommandCannotRun(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]ExecConfig{
		`the command "no-such-program" is in no folder of PATH; `:      {Command: []string{"no-such-program"}},
		"the command " + dir + "/gone does not exist; ":                {Command: []string{dir + "/gone"}},
		"the command " + filepath.Join(dir, "here") + " does not ex":   {Command: []string{"./here"}, Dir: dir},
		"the working folder /no/such cannot be used: no such file or ": {Command: []string{os.Args[0]}, Dir: "/no/such"},
	} {
		h := newExec(c)
		if err := h.(Checker).Check(); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("Check: %v, want %s", err, name)
		}
		if err := do(t, h, bodied("")).err; !isHold(err) || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("Handle: %v, want %s", err, name)
		}
	}
}

func TestExecStopsAfterItsTime(t *testing.T) {
	n := listen(t)
	c := command(t, "sit", n.address(), "patient")
	c.Timeout = broker.Duration(time.Second) // the command is there within it, or the test says less
	r := do(t, newExec(c), bodied(""))
	if r.err == nil || !strings.HasPrefix(r.err.Error(), "stopped after 1s, ") || errors.As(r.err, new(permanent)) {
		t.Error(r.err)
	}
}

// A pool that is cut tells the command to end, then kills it; the try says nothing of the task.
func TestExecEndsWithThePool(t *testing.T) {
	for _, name := range []string{"obedient", "deaf"} {
		n := listen(t)
		c := command(t, "sit", n.address(), name)
		c.Grace = broker.Duration(patience)
		if name == "deaf" {
			c.Grace = broker.Duration(300 * time.Millisecond)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := begun(ctx, newExec(c), Try{Task: bodied("")})
		r := n.next()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if got := r.last(t); got != "told" && name != "deaf" { // who has little time to say so
			t.Errorf("%s said %q", name, got)
		}
	}
}
