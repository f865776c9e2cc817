package metrics

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve serves the figures of a pool that stands still, until the test ends.
func serve(t *testing.T, f *Figures, alive, ready func() string) (url string) {
	t.Helper()
	s, err := Listen(Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	s.Serve(*f, alive, ready)
	t.Cleanup(s.Close)
	return "http://" + s.Address()
}

func well() string { return "" }

// ask sends one request on a connection of its own.
func ask(t *testing.T, method, url string) (status int, header http.Header, body string) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(text)
}

func TestServer(t *testing.T) {
	url := serve(t, seen().figures(NewMeter(DefaultConfig())), well, func() string { return "the link is down" })
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/metrics", 200, "carousel_tasks_in_hand 3\n"},
		{"HEAD", "/metrics", 200, ""},
		{"GET", "/healthz", 200, "ok\n"},
		{"GET", "/readyz", 503, "the link is down\n"},
		{"HEAD", "/readyz", 503, ""},
		{"GET", "/", 404, ""},
		{"GET", "/metrics/x", 404, ""},
		{"POST", "/metrics", 405, "only GET and HEAD\n"},
		{"DELETE", "/readyz", 405, "only GET and HEAD\n"},
		{"PUT", "/", 405, "only GET and HEAD\n"},
	} {
		status, header, body := ask(t, c.method, url+c.path)
		if status != c.status || !strings.Contains(body, c.body) || c.method == "HEAD" && body != "" {
			t.Errorf("%s %s: %d, %q", c.method, c.path, status, body)
		}
		if c.path == "/metrics" && status == 200 && header.Get("Content-Type") != contentType {
			t.Errorf("type %q", header.Get("Content-Type"))
		}
		if status == 405 && header.Get("Allow") != "GET, HEAD" {
			t.Errorf("allows %q", header.Get("Allow"))
		}
		if status == 200 {
			lint(t, strings.TrimPrefix(body, "ok\n"))
		}
	}
}

// A port that is taken is told in one sentence, and one that is closed can be had again.
func TestPortIsTaken(t *testing.T) {
	first, err := Listen(Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Listen(Config{Listen: first.Address()})
	if want := "the metrics cannot be served on " + first.Address() + ": another program listens there"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v", err)
	}
	first.Close()
	again, err := Listen(Config{Listen: first.Address()})
	if err != nil {
		t.Fatal(err)
	}
	if again.Open() {
		t.Error("other machines can reach it")
	}
	again.Close()
}

func TestAddresses(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:9464": "127.0.0.1:9464", ":9464": "127.0.0.1:9464", "[::1]:0": "[::1]:0", "0.0.0.0:1": "0.0.0.0:1",
		"9464": "", "127.0.0.1": "", "h:http": "", "h:65536": "", "h:-1": "", "amqp://u:s3cret@h:1/": "", "h:01": "", ":": "",
	} {
		got, err := Config{Listen: listen}.address()
		if got != want || (err == nil) != (want != "") || err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %q, %v", listen, got, err)
		}
	}
}

// More scrapes at once than there is room for are told to come again, and whoever reads nothing holds up nobody else.
func TestScrapesAtOnceAreBounded(t *testing.T) {
	enter, leave := make(chan struct{}), make(chan struct{})
	f := seen().figures(NewMeter(DefaultConfig()))
	var calls atomic.Int64
	still := f.Pool
	f.Pool = func() Pool {
		if calls.Add(1) <= maxAtOnce {
			enter <- struct{}{}
			<-leave
		}
		return still()
	}
	url := serve(t, f, well, well)
	var scraping sync.WaitGroup
	for range maxAtOnce {
		scraping.Go(func() {
			if status, _, body := ask(t, "GET", url+"/metrics"); status != 200 {
				t.Errorf("%d %s", status, body)
			}
		})
	}
	for range maxAtOnce {
		<-enter
	}
	if status, header, _ := ask(t, "GET", url+"/metrics"); status != 503 || header.Get("Retry-After") == "" {
		t.Errorf("status %d, %v", status, header)
	}
	if status, _, _ := ask(t, "GET", url+"/healthz"); status != 200 {
		t.Errorf("health: status %d", status)
	}
	close(leave)
	scraping.Wait()
	if status, _, _ := ask(t, "GET", url+"/metrics"); status != 200 {
		t.Errorf("afterwards: status %d", status)
	}
}

// A server that is closed leaves nothing behind, also while a client has asked half a question.
func TestServerCloses(t *testing.T) {
	s, err := Listen(Config{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	s.Serve(*seen().figures(NewMeter(DefaultConfig())), well, well)
	half, err := net.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer half.Close()
	fmt.Fprint(half, "GET /metrics HTTP/1.1\r\n")
	idle, err := net.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	fmt.Fprint(idle, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n")
	if line, err := bufio.NewReader(idle).ReadString('\n'); err != nil || !strings.Contains(line, "200") {
		t.Fatalf("%q, %v", line, err)
	}
	began := time.Now()
	s.Close()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := net.Dial("tcp", s.Address()); err == nil {
		t.Error("it still listens")
	}
}
