package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"carousel/broker"
)

// serve starts an endpoint that ends with the test.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// posting is a handler for the address, its connections closed with the test. It never rests.
func posting(t *testing.T, address string, change func(*HTTPConfig)) *httpHandler {
	t.Helper()
	c := defaultHTTPConfig()
	c.URL, c.RestMax = address, 0
	if change != nil {
		change(&c)
	}
	if err := c.validate(true); err != nil {
		t.Fatal(err)
	}
	h, err := newHTTP(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for worker := range 40 {
			h.Leave(context.Background(), worker)
		}
	})
	return h
}

// tryOf is a task's first try, whose output can be looked at.
func tryOf(task broker.Task) (Try, *Output) {
	said := &Output{}
	return Try{Task: task, Queue: "task_queue", Worker: 1, Attempts: 5, output: said}, said
}

// meant names what an error tells the pool.
func meant(err error) string {
	var (
		after retryAfter
		marks []string
	)
	if d, rests := restOf(err); rests {
		marks = append(marks, "rest "+d.String())
	}
	switch {
	case err == nil:
		marks = append(marks, "done")
	case isHold(err):
		marks = append(marks, "hold")
	case errors.As(err, new(permanent)):
		marks = append(marks, "permanent")
	case errors.As(err, &after):
		marks = append(marks, "after "+after.wait.String())
	default:
		marks = append(marks, "retry")
	}
	return strings.Join(marks, ", ")
}

func TestHTTPStatuses(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(r.Header.Get("X-Status"))
		if wait := r.Header.Get("X-Wait"); wait != "" {
			w.Header().Set("Retry-After", wait)
		}
		if to := r.Header.Get("X-To"); to != "" {
			w.Header().Set("Location", to)
		}
		w.WriteHeader(status)
	})
	for _, c := range []struct {
		status int
		wait   string
		to     string
		want   string
		says   string
	}{
		{200, "", "", "done", ""}, {201, "9", "", "done", ""}, {202, "", "", "done", ""}, {204, "", "", "done", ""}, {299, "", "", "done", ""},
		{301, "", "https://elsewhere.example/new?token=secret", "hold", "to https://elsewhere.example/new: redirects are not followed"},
		{302, "", "/login", "hold", "/login: redirects are not followed"},
		{304, "", "", "hold", "no answer to a task"},
		{307, "", s.URL + "/tasks/", "hold", "to " + s.URL + "/tasks/:"},
		{308, "", "//evil.example/\x1b[2J", "hold", "redirects"},
		{400, "30", "", "permanent", "400 Bad Request from http://"}, {403, "", "", "permanent", "403 Forbidden"},
		{404, "", "", "permanent", "404 Not Found"}, {410, "", "", "permanent", "410 Gone"}, {413, "", "", "permanent", "413"},
		{422, "", "", "permanent", "422"}, {499, "", "", "permanent", "499 from"},
		{401, "", "", "hold", "; give it the login"}, {405, "", "", "hold", "takes no POST"}, {407, "", "", "hold", "proxy"},
		{408, "", "", "retry", "408 Request Timeout"}, {409, "", "", "retry", "409"}, {425, "7", "", "after 7s", "425 Too Early"},
		{429, "", "", "retry", "429 Too Many Requests"}, {429, "120", "", "after 2m0s", "429"},
		{500, "", "", "retry", "500 Internal Server Error"}, {500, "3", "", "after 3s", "500"}, {501, "", "", "retry", "501"},
		{502, "", "", "retry", "502"}, {503, "15", "", "after 15s", "503 Service Unavailable"}, {504, "", "", "retry", "504"},
		{599, "", "", "retry", "599 from"}, {999, "", "", "retry", "999 from"},
	} {
		h := posting(t, s.URL+"/tasks?key=hush", func(cfg *HTTPConfig) {
			cfg.Headers = []string{fmt.Sprint("X-Status: ", c.status)}
			if c.wait != "" {
				cfg.Headers = append(cfg.Headers, "X-Wait: "+c.wait)
			}
			if c.to != "" {
				cfg.Headers = append(cfg.Headers, "X-To: "+strings.ReplaceAll(c.to, "\x1b", "%1B"))
			}
		})
		try, _ := tryOf(broker.NewTask([]byte("body")))
		err := h.Handle(t.Context(), try)
		if got := meant(err); got != c.want {
			t.Errorf("%d: %s (%v), want %s", c.status, got, err, c.want)
		}
		if err != nil && (!strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%d says %q, want %q in it", c.status, err, c.says)
		}
	}
}

func TestHTTPStatusesByConfig(t *testing.T) {
	t.Parallel()
	status := http.StatusNotFound
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	h := posting(t, s.URL, func(c *HTTPConfig) { c.RetryStatuses = []int{404} })
	for code, want := range map[int]string{404: "retry", 429: "permanent", 408: "permanent", 503: "retry", 401: "hold"} {
		status = code
		if try, _ := tryOf(broker.NewTask(nil)); meant(h.Handle(t.Context(), try)) != want {
			t.Errorf("%d is not %s", code, want)
		}
	}
}

func TestHTTPRequest(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body []byte
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	})
	h := posting(t, strings.Replace(s.URL, "http://", "http://me:pass%20word@", 1)+"/tasks?key=1", func(c *HTTPConfig) {
		c.Headers = []string{"X-Tenant: blue", "x-tenant:  green ", "user-agent: shop"}
	})
	task := broker.NewTask([]byte("resize cat.png"))
	task.Type, task.ContentType, task.CorrelationID, task.Attempt = "resize", "text/plain; charset=utf-8", "c-1", 3
	task.ReplyTo, task.AppID = "answers", "shop"
	try, _ := tryOf(task)
	try.Redelivered = true
	if err := h.Handle(t.Context(), try); err != nil {
		t.Fatal(err)
	}
	if got.Method != "POST" || got.URL.String() != "/tasks?key=1" || string(body) != "resize cat.png" || got.ContentLength != 14 {
		t.Errorf("%s %s %q, length %d", got.Method, got.URL, body, got.ContentLength)
	}
	for name, want := range map[string]string{
		"X-Carousel-Task-Id": task.ID, "Idempotency-Key": task.ID, "X-Carousel-Task-Type": "resize", "X-Carousel-Queue": "task_queue",
		"X-Carousel-Attempt": "3", "X-Carousel-Attempts": "5", "X-Carousel-Redelivered": "true", "X-Carousel-Correlation-Id": "c-1",
		"X-Carousel-Reply-To": "answers", "X-Carousel-App-Id": "shop",
		"X-Carousel-Created": task.Created.UTC().Format(time.RFC3339Nano), "Content-Type": "text/plain; charset=utf-8",
		"X-Tenant": "blue,green", "User-Agent": "shop", "Authorization": "Basic bWU6cGFzcyB3b3Jk", "Cookie": "", "Accept-Encoding": "",
		"Content-Encoding": "", "Referer": "",
	} {
		if value := strings.Join(got.Header.Values(name), ","); value != want {
			t.Errorf("%s: %q, want %q", name, value, want)
		}
	}
}

// A foreign task may hold anything, or nothing.
func TestHTTPRequestOfAForeignTask(t *testing.T) {
	t.Parallel()
	var got http.Header
	var length int64
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { got, length = r.Header, r.ContentLength })
	h := posting(t, s.URL, nil)
	if err := h.Handle(t.Context(), Try{}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"X-Carousel-Attempt": "1", "X-Carousel-Redelivered": "false", "Content-Type": "application/octet-stream", "Idempotency-Key": "",
		"X-Carousel-Task-Id": "", "X-Carousel-Created": "",
	} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
	}
	if agent := got.Get("User-Agent"); length != 0 || !strings.HasPrefix(agent, "carousel/") {
		t.Errorf("length %d, agent %q", length, agent)
	}
	hostile := "a\r\nX-Evil: 1\x00\x1b[2J é\xff \"100%\""
	err := h.Handle(t.Context(), Try{Queue: hostile, Task: broker.Task{
		ID: hostile, Type: hostile, ContentType: "text/plain\r\nX-Evil: 1", ContentEncoding: "utf-8", CorrelationID: hostile, ReplyTo: hostile, AppID: hostile,
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := "a%0D%0AX-Evil:%201%00%1B[2J%20%C3%A9%FF%20%22100%25%22"
	for _, name := range []string{headerTaskID, headerTaskType, headerQueue, headerCorrelationID, headerIdempotency, headerReplyTo, headerAppID} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
	}
	if got.Get("X-Evil") != "" || got.Get("Content-Type") != "application/octet-stream" || got.Get("Content-Encoding") != "" {
		t.Errorf("%v", got)
	}
}

func TestHTTPOutputAndReason(t *testing.T) {
	t.Parallel()
	answer := ""
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, answer)
	})
	h := posting(t, s.URL, nil)
	for text, want := range map[string]string{
		"": "500 Internal Server Error from " + s.URL, "disk full\nmore": ": disk full", "\n\n  odd \r\n": ": odd",
		"<html><body>": s.URL, "\x1b[2Jred": ": ^[[2Jred", "\xff\xfe": s.URL,
		strings.Repeat("é", 500): ": " + strings.Repeat("é", 100) + "…",
	} {
		answer = text
		try, said := tryOf(broker.NewTask(nil))
		err := h.Handle(t.Context(), try)
		if err == nil || !strings.HasSuffix(err.Error(), want) || string(said.Head) != text {
			t.Errorf("%q: %v, said %q", text, err, said.Head)
		}
	}
}

func TestHTTPCancellation(t *testing.T) {
	t.Parallel()
	arrived, gone := make(chan struct{}), make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the server notices the end of the connection
		close(arrived)
		<-r.Context().Done()
		close(gone)
	})
	h := posting(t, s.URL, func(c *HTTPConfig) { c.RestMax = broker.Duration(time.Second) })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- h.Handle(ctx, Try{}) }()
	<-arrived
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) || h.breaker.row != 0 {
		t.Errorf("%v, breaker %d", err, h.breaker.row)
	}
	<-gone // the endpoint is told
}
