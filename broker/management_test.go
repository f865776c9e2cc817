package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// captured is an answer of a real RabbitMQ 3.10.8.
func captured(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile("testdata/" + name + "-3.10.8.json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func FuzzQueueAnswer(f *testing.F) {
	f.Add(captured(f, "queue"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var q queueAnswer
		if json.Unmarshal(body, &q) != nil {
			return
		}
		q.rates()
		q.arguments()
		if list, _ := q.consumers(); len(list) > 0 && Plain(list[0].Tag) != list[0].Tag {
			t.Errorf("a tag came through raw: %q", list[0].Tag)
		}
	})
}

// api serves what handle says; its management talks to it.
func api(t *testing.T, handle http.HandlerFunc) *management {
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management = []string{"amqp://me:hunter2@127.0.0.1:1"}, []string{server.URL}
	ends, err := cfg.resolve()
	if err != nil {
		t.Fatal(err)
	}
	m := newManagement(context.Background(), ends)
	t.Cleanup(m.close)
	return m
}

func TestManagementAsksForOneQueueOnly(t *testing.T) {
	m := api(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		q := r.URL.Query()
		if user != "me" || password != "hunter2" || r.URL.EscapedPath() != "/api/queues/%2F" || q.Get("page_size") != "100" ||
			q.Get("name") != `^a\.b\+c(\.retry\.[0-9]+)?$` || q.Get("enable_queue_totals") != "true" || q.Get("disable_stats") != "true" {
			t.Errorf("asked %s by %s", r.URL, user)
		}
		answer := bytes.ReplaceAll(captured(t, "totals"), []byte("task_queue"), []byte("a.b+c"))
		_, _ = w.Write(bytes.Replace(answer, []byte(`"items":[`), []byte(`"items":[{"name":"a.b+c.retry.500","messages":9,"messages_ready":7},`), 1))
	})
	found, err := m.totals("/", "a.b+c")
	q, retries := found.work, found.retries
	if err != nil || q.Ready.value != 438 || q.Unacked.value != 2 || !q.Unacked.known {
		t.Errorf("got %+v, %v", q, err)
	}
	if len(retries) != 1 || retries[0].Name.raw != "a.b+c.retry.500" || retries[0].moving() != 2 {
		t.Errorf("beside it %+v", retries)
	}
}

func TestManagementFailuresAreSaid(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		kind   Kind
		want   string
	}{
		"wrong password": {401, `{"error":"not_authorized","reason":"Login failed"}`, NoRight, "password is wrong"},
		"no tag":         {401, `{"error":"not_authorized","reason":"Not management user"}`, NoRight, "no management tag"},
		"no monitoring":  {401, `{"error":"not_authorized","reason":"Not monitor user"}`, NoRight, "no monitoring tag"},
		"a proxy's 401":  {401, `<html>`, NoRight, "401"},
		"broken":         {500, `{"error":"oops"}`, Failed, "500"},
		"html":           {200, `<html>Welcome to nginx</html>`, Failed, "not the JSON"},
		"empty":          {200, ``, Failed, "not the JSON"},
		"cut off":        {200, `{"items":[{"name":"task`, Failed, "not the JSON"},
		"no such queue":  {200, `{"items":[]}`, QueueMissing, "does not list"},
		"not found":      {404, `{"error":"Object Not Found","reason":"Not Found"}`, QueueMissing, "not found"},
	} {
		t.Run(name, func(t *testing.T) {
			m := api(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			_, err := m.totals("/", "task_queue")
			if KindOf(err) != c.kind || !strings.Contains(fmt.Sprint(err), c.want) {
				t.Errorf("kind %v, %v; want %v with %q", KindOf(err), err, c.kind, c.want)
			}
			if strings.Contains(fmt.Sprint(err), "hunter2") {
				t.Errorf("tells the password: %v", err)
			}
		})
	}
}

func TestManagementMovesOnToTheNextAddress(t *testing.T) {
	m := api(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"status":"ok"}`)) })
	dead := m.endpoints[0]
	dead.Port = 1
	m.endpoints = []Endpoint{dead, m.endpoints[0]}
	for range 2 {
		if list, err := m.alarms(); err != nil || len(list) != 0 {
			t.Errorf("the second address says %v, %v", list, err)
		}
	}
	m.endpoints = []Endpoint{dead, dead}
	if _, err := m.alarms(); KindOf(err) != Unreachable || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("where both are dead it says %v", err)
	}
}

// A node that has an answer, though a bad one, is left for the next request only: what was asked for may have been done.
func TestManagementAsksOnceWhereItWasHeard(t *testing.T) {
	heard := 0
	m := api(t, func(w http.ResponseWriter, _ *http.Request) {
		heard++
		w.WriteHeader(http.StatusInternalServerError)
	})
	m.endpoints = append(m.endpoints, m.endpoints[0])
	if _, err := m.overview(); KindOf(err) != Failed || heard != 1 || m.next != 1 {
		t.Errorf("heard %d times, next %d: %v", heard, m.next, err)
	}
}

func TestAlarms(t *testing.T) {
	m := api(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(503)
		_, _ = w.Write([]byte(`{"status":"failed","reason":"x","alarms":[{"node":"rabbit@a","resource":"memory"},{"node":"rabbit@b","resource":"disk"}]}`))
	})
	list, err := m.alarms()
	if err != nil || strings.Join(list, ", ") != "memory on rabbit@a, disk on rabbit@b" {
		t.Errorf("got %v, %v", list, err)
	}
}

func TestAnswerIsBounded(t *testing.T) {
	m := api(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := []byte(strings.Repeat(" ", 1<<20))
		for range maxAnswer>>20 + 1 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	if _, err := m.overview(); err == nil || !strings.Contains(err.Error(), "larger than 32 MB") {
		t.Errorf("got %v", err)
	}
}

// watched is a monitor whose AMQP side never comes up, over an API that handle plays.
func watched(t *testing.T, handle http.HandlerFunc) *Client {
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	cfg := DefaultConfig()
	cfg.Refresh = Duration(100 * time.Millisecond)
	cfg.URLs, cfg.Management = []string{"amqp://127.0.0.1:1"}, []string{server.URL}
	c, err := Open(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestSnapshotKeepsWhatItKnew(t *testing.T) {
	var broken atomic.Bool
	c := watched(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case broken.Load():
			http.Error(w, "<html>", http.StatusBadGateway)
		case r.URL.Query().Has("page"):
			_, _ = w.Write(captured(t, "totals"))
		case strings.HasSuffix(r.URL.Path, "/task_queue"):
			_, _ = w.Write(captured(t, "queue"))
		case strings.HasSuffix(r.URL.Path, "/alarms"):
			_, _ = w.Write(captured(t, "alarms"))
		default:
			_, _ = w.Write(captured(t, "overview"))
		}
	})
	eventually(t, "both halves of the API", func() bool {
		s := c.Snapshot()
		return s.Unacked.Known() && s.In.Known() && s.AMQP.Err != nil
	})
	s := c.Snapshot()
	if s.Ready.Value != 438 || s.Ready.From != "api" || s.In.Value != 50 || s.Version.Value != "3.10.8" || s.API.Err != nil {
		t.Errorf("got %+v", s)
	}
	if s.Consumers.Known() {
		t.Error("nothing told the number of consumers")
	}
	if KindOf(s.AMQP.Err) != Unreachable {
		t.Errorf("AMQP: %v", s.AMQP.Err)
	}
	broken.Store(true)
	eventually(t, "the failure", func() bool { return c.Snapshot().Totals.Err != nil })
	if s := c.Snapshot(); s.Unacked.Value != 2 || !strings.Contains(s.Totals.Err.Error(), "502") {
		t.Errorf("what was known is gone, or the reason is: %+v", s)
	}
}

func TestClientClosesWhileTheAPIHangs(t *testing.T) {
	asked := make(chan struct{}, 10)
	c := watched(t, func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	})
	<-asked
	start := time.Now()
	c.Close()
	if took := time.Since(start); took >= apiTimeout {
		t.Errorf("took %v", took)
	}
}

func TestFigureAgeIsNeverNegative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "at"), 0)
		now := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "now"), 0)
		if (Figure[int64]{At: at}).Age(now) < 0 {
			t.Fatal("negative")
		}
	})
}

// eventually polls until ok, for at most patience.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s did not come within %v", what, patience)
		}
	}
}
