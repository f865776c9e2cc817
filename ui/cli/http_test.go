package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// ledger is an endpoint that notes the tries of each task.
type ledger struct {
	mu     sync.Mutex
	tries  map[string]int // by task
	done   map[string]int
	busy   int // so many requests are answered with 503 first
	strays []string
}

func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	id := r.Header.Get("X-Carousel-Task-Id")
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tries[id]++
	switch {
	case r.Header.Get("Idempotency-Key") != id || r.Header.Get("X-Carousel-Queue") != "task_queue" || r.Method != http.MethodPost:
		l.strays = append(l.strays, fmt.Sprint(r.Method, r.Header))
	case l.busy > 0:
		l.busy--
		w.WriteHeader(http.StatusServiceUnavailable)
	case string(body) == "bad":
		http.Error(w, "this is no picture", http.StatusUnprocessableEntity)
	case string(body) == "later" && r.Header.Get("X-Carousel-Attempt") == "1":
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooEarly)
	default:
		l.done[id]++
	}
}

// Every task reaches the endpoint, whatever it answers at first, and the ones it refuses are dead letters that say why.
func TestWorkOverHTTP(t *testing.T) {
	t.Parallel()
	l := &ledger{tries: map[string]int{}, done: map[string]int{}, busy: 1}
	s := httptest.NewServer(l)
	defer s.Close()
	r := onSandbox(t)
	for body, n := range map[string]string{"good": "200", "later": "5", "bad": "3"} {
		if status, _, stderr := r.run(t, "", "enqueue", body, "--count", n); status != exitDone {
			t.Fatal(stderr)
		}
	}
	status, stdout, stderr := r.run(t, "", "check", "--handler", "http", "--post", s.URL+"/tasks?key=hush")
	if want := "ok   handler    http: " + s.URL + " takes connections\n"; status != exitDone || !strings.Contains(stdout, want) || len(l.tries) > 0 {
		t.Errorf("check: status %d, %d tasks sent\n%s%s", status, len(l.tries), stdout, stderr)
	}
	status, stdout, stderr = r.run(t, "", "work", "--handler", "http", "--post", s.URL+"/tasks?key=hush", "--workers", "4", "--drain", "--json")
	var out worked
	if err := json.Unmarshal([]byte(stdout), &out); err != nil || status != exitDone || out.Done != 205 || out.Dead != 3 {
		t.Errorf("work: status %d, %v\n%s%s", status, err, stdout, stderr)
	}
	if !strings.Contains(stderr, "resting: 503 Service Unavailable from "+s.URL) || !strings.Contains(stderr, "going on") || strings.Contains(stderr, "hush") {
		t.Errorf("the log says\n%s", stderr)
	}
	if len(l.done) != 205 || len(l.tries) != 208 || len(l.strays) > 0 {
		t.Errorf("%d tasks done of %d; strays %v", len(l.done), len(l.tries), l.strays)
	}
	for id, n := range l.done {
		if n != 1 {
			t.Errorf("task %s was done %d times", id, n)
		}
	}
	if _, stdout, _ = r.run(t, "", "dead", "list"); !strings.Contains(stdout, "422 Unprocessable Entity from "+s.URL+": this") {
		t.Errorf("dead letters:\n%s", stdout)
	}
}

// What cannot work at all is told before the first task is taken: as a wrong config, or as a hold that says what to do.
func TestWorkOverHTTPThatCannotWork(t *testing.T) {
	t.Parallel()
	moved := httptest.NewServer(http.RedirectHandler("https://elsewhere.example/tasks?key=hush", http.StatusMovedPermanently))
	defer moved.Close()
	r := onSandbox(t)
	if status, _, stderr := r.run(t, "", "enqueue", "task", "--count", "3"); status != exitDone {
		t.Fatal(stderr)
	}
	none := filepath.Join(t.TempDir(), "none.pem")
	file := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(file, fmt.Appendf(nil, "[handler]\nkind = \"http\"\n[handler.http]\nurl = \"https://127.0.0.1:1/\"\n[handler.http.tls]\nca_file = %q\n", none), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--handler", "http"}, exitUsage, "carousel: handler.http.url: the http handler needs an address; name it with --post"},
		{[]string{"--handler", "http", "--post", "http://host/#hush"}, exitUsage, "carousel: --post: the address has a part after #"},
		{[]string{"--config", file}, exitUsage, "carousel: handler.http.tls.ca_file cannot be used: open " + none},
		{[]string{"--handler", "http", "--post", moved.URL}, exitFailed, "carousel: 301 Moved Permanently from " + moved.URL + ", to https://elsewhere.example/tasks: redirects are not followed"},
	} {
		status, _, stderr := r.run(t, "", append([]string{"work"}, c.args...)...)
		if status != c.status || !strings.Contains(stderr, c.want) || strings.Contains(stderr, "hush") {
			t.Errorf("%q: status %d\n%s", c.args, status, stderr)
		}
	}
	if ready, consumers := r.queue(t); ready != 3 || consumers != 0 {
		t.Errorf("%d tasks ready, %d consumers", ready, consumers)
	}
}
