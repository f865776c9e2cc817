package worker

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"carousel/broker"
)

// No cookie that an answer sets comes with the next task.
func TestHTTPKeepsNoCookies(t *testing.T) {
	t.Parallel()
	var cookies atomic.Int64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cookies.Add(int64(len(r.Cookies())))
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1"})
	})
	h := posting(t, s.URL, nil)
	for range 3 {
		if err := h.Handle(t.Context(), Try{}); err != nil {
			t.Fatal(err)
		}
	}
	if cookies.Load() > 0 {
		t.Errorf("%d cookies", cookies.Load())
	}
}

// countedServer starts an endpoint that counts connections, and tells of each that ends.
func countedServer(t *testing.T, h http.HandlerFunc, closed func()) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var fresh atomic.Int64
	s := httptest.NewUnstartedServer(h)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			fresh.Add(1)
		case http.StateClosed:
			closed()
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s, &fresh
}

// However an answer ends, and whatever it says, its connection serves the next task.
func TestHTTPKeepsConnections(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	s, fresh := countedServer(t, func(w http.ResponseWriter, r *http.Request) {
		switch n.Add(1) % 4 {
		case 0:
			http.Error(w, "no", http.StatusInternalServerError)
		case 1:
			_, _ = w.Write(make([]byte, 300<<10))
		case 2:
			w.WriteHeader(http.StatusNoContent)
		case 3:
			for range 3 { // chunked
				_, _ = io.WriteString(w, "chunk\n")
				w.(http.Flusher).Flush()
			}
		}
	}, func() {})
	h := posting(t, s.URL, nil)
	for range 40 {
		try, _ := tryOf(broker.NewTask([]byte("body")))
		_ = h.Handle(t.Context(), try)
	}
	if fresh.Load() > 20 { // 1, where the machine is not very busy
		t.Errorf("%d connections for 40 tasks one after the other", fresh.Load())
	}
}

// Each worker has a connection, which it keeps from task to task and takes along when it leaves. On a machine that is very busy
// net/http may give one up early; so not each is counted on.
func TestHTTPConnectionsFollowTheWorkers(t *testing.T) {
	t.Parallel()
	const tasks = 20
	gone := make(chan struct{}, 1000)
	s, fresh := countedServer(t, func(http.ResponseWriter, *http.Request) {}, func() { gone <- struct{}{} })
	h := posting(t, s.URL, nil)
	for _, workers := range []int{4, 16, 2} {
		before := fresh.Load()
		var team sync.WaitGroup
		for id := range workers {
			team.Go(func() {
				for range tasks {
					if err := h.Handle(t.Context(), Try{Worker: id}); err != nil {
						t.Error(err)
					}
				}
				h.Leave(t.Context(), id)
			})
		}
		team.Wait()
		opened := int(fresh.Load() - before)
		if opened < workers || opened > workers*tasks/2 {
			t.Errorf("%d workers opened %d connections for %d tasks each", workers, opened, tasks)
		}
		for range opened {
			<-gone // or the test ends by its deadline
		}
	}
}

func TestHTTPHugeAnswers(t *testing.T) {
	t.Parallel()
	const size = 3 << 20
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Length") != "" {
			w.Header().Set("Content-Length", strconv.Itoa(size))
		}
		_, _ = io.WriteString(w, "begin"+strings.Repeat("x", size-len("beginend"))+"end")
	})
	for _, known := range []bool{true, false} {
		h := posting(t, s.URL, func(c *HTTPConfig) {
			if known {
				c.Headers = []string{"X-Length: 1"}
			}
		})
		try, said := tryOf(broker.NewTask(nil))
		if err := h.Handle(t.Context(), try); err != nil {
			t.Fatal(err)
		}
		if len(said.Head)+len(said.Tail) > answerKept+100 || !strings.HasPrefix(string(said.Head), "begin") {
			t.Errorf("kept %d and %d bytes", len(said.Head), len(said.Tail))
		}
		if kept := int64(len(said.Head) + len(said.Tail)); known && said.Dropped+kept != size {
			t.Errorf("kept %d, dropped %d of %d", kept, said.Dropped, size)
		}
		if !known && !strings.HasSuffix(string(said.Tail), "was not read)") {
			t.Errorf("the tail ends with %q", said.Tail[max(0, len(said.Tail)-50):])
		}
	}
}
