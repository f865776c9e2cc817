package worker

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"carousel/broker"
)

// answering answers each connection with f, in order, and closes it then.
func answering(t *testing.T, f func(net.Conn)) (address string, accepted *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted = &atomic.Int64{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			f(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return "http://" + l.Addr().String(), accepted
}

// nobody is an address where nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// readRequest reads up to the end of the headers; the tests send no bodies.
func readRequest(conn net.Conn) {
	var all []byte
	buf := make([]byte, 1024)
	for !strings.HasSuffix(string(all), "\r\n\r\n") {
		n, err := conn.Read(buf)
		all = append(all, buf[:n]...)
		if err != nil {
			return
		}
	}
}

// What comes of a connection that is not there, or ends: whether it has a rest, and what it says.
func TestHTTPFaults(t *testing.T) {
	t.Parallel()
	answers := func(text string) string {
		address, _ := answering(t, func(conn net.Conn) {
			readRequest(conn)
			_, _ = io.WriteString(conn, text)
		})
		return address
	}
	hangs := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	drips := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "one")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	trusted := serveTLS(t, func(http.ResponseWriter, *http.Request) {}, nil)
	short := func(c *HTTPConfig) { c.Timeout = broker.Duration(3 * time.Second) }
	for name, c := range map[string]struct {
		address string
		change  func(*HTTPConfig)
		want    string
		says    string
	}{
		"nobody":            {nobody(t), nil, "rest 1s, hold", "cannot reach http://127.0.0.1:"},
		"hangs":             {hangs.URL, short, "retry", "within 3s"},
		"drips":             {drips.URL, short, "retry", "within 3s"},
		"no answer":         {answers(""), nil, "retry", "it closed the connection"},
		"half a status":     {answers("HTTP/1.1 20"), nil, "retry", "not HTTP"},
		"half a body":       {answers("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), nil, "retry", "closed the connection"},
		"half a chunk":      {answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), nil, "retry", "closed the connection"},
		"something else":    {answers("220 mail.example ESMTP\r\n"), nil, "retry", "not HTTP"},
		"hostile":           {answers("HTTP/1.1 \x1b[2J\r\n\r\n"), nil, "retry", "not HTTP"},
		"endless headers":   {answers("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n"), nil, "retry", "header"},
		"another protocol":  {answers("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"), nil, "hold", "101"},
		"TLS wanted":        {strings.Replace(plain.URL, "http:", "https:", 1), nil, "rest 1s, hold", "HTTP without TLS"},
		"unknown authority": {trusted.URL, nil, "rest 1s, hold", "ca_file under [handler.http.tls]"},
		"another name": {strings.Replace(trusted.URL, "127.0.0.1", "localhost", 1), func(c *HTTPConfig) { c.TLS.CAFile = caFile(t, trusted) },
			"rest 1s, hold", "use a name that the certificate is made out to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := posting(t, c.address, func(cfg *HTTPConfig) {
				cfg.RestMax = broker.Duration(time.Minute)
				if c.change != nil {
					c.change(cfg)
				}
			})
			err := h.Handle(t.Context(), Try{})
			if got := meant(err); got != c.want || !strings.Contains(err.Error(), c.says) || broker.Plain(err.Error()) != err.Error() {
				t.Errorf("%s: %v; want %s, %q", got, err, c.want, c.says)
			}
			if ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second); strings.Contains(c.want, "hold") && c.want != "hold" {
				defer cancel()
				if probed := h.Probe(ctx); probed == nil {
					t.Error("the probe finds nothing")
				}
			} else {
				defer cancel()
				if probed := h.Probe(ctx); probed != nil {
					t.Errorf("the probe finds %v", probed)
				}
			}
		})
	}
}

// serveTLS starts an endpoint with a certificate for 127.0.0.1 that nobody signed but itself.
func serveTLS(t *testing.T, h http.HandlerFunc, change func(*httptest.Server)) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if change != nil {
		change(s)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// caFile writes the certificate of a server to a file.
func caFile(t *testing.T, s *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(path, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// With TLS, HTTP/2 carries all tasks over one connection; a server that speaks only HTTP/1.1 is as good.
func TestHTTPOverTLS(t *testing.T) {
	t.Parallel()
	for _, major := range []int{1, 2} {
		var spoken atomic.Int64
		s := serveTLS(t, func(_ http.ResponseWriter, r *http.Request) { spoken.Store(int64(r.ProtoMajor)) },
			func(s *httptest.Server) { s.EnableHTTP2 = major == 2 })
		h := posting(t, s.URL, func(c *HTTPConfig) { c.TLS.CAFile = caFile(t, s) })
		for range 3 {
			try, _ := tryOf(broker.NewTask([]byte("body")))
			if err := h.Handle(t.Context(), try); err != nil {
				t.Fatal(err)
			}
		}
		if spoken.Load() != int64(major) {
			t.Errorf("spoke HTTP/%d, want %d", spoken.Load(), major)
		}
		if err := h.Probe(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// A server that wants a client certificate is told of as such, and given one.
func TestHTTPClientCertificate(t *testing.T) {
	t.Parallel()
	s := serveTLS(t, func(http.ResponseWriter, *http.Request) {}, func(s *httptest.Server) {
		s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	})
	h := posting(t, s.URL, func(c *HTTPConfig) { c.TLS.CAFile, c.RestMax = caFile(t, s), broker.Duration(time.Minute) })
	if err := h.Handle(t.Context(), Try{}); meant(err) != "rest 1s, hold" || !strings.Contains(err.Error(), "cert_file and key_file under [handler.http.tls]") {
		t.Errorf("%s: %v", meant(err), err)
	}
}

// A kept connection that the server closes meanwhile does not fail a task: it is sent again, with the same Idempotency-Key.
func TestHTTPClosedKeptConnection(t *testing.T) {
	t.Parallel()
	s, fresh := countedServer(t, func(http.ResponseWriter, *http.Request) {}, func() {})
	h := posting(t, s.URL, nil)
	for range 5 {
		try, _ := tryOf(broker.NewTask([]byte("body")))
		if err := h.Handle(t.Context(), try); err != nil {
			t.Fatal(err)
		}
		s.CloseClientConnections()
	}
	if fresh.Load() < 5 {
		t.Errorf("%d connections", fresh.Load())
	}
}

// Names are not looked up in tests: what comes of it is made up.
func TestHTTPNames(t *testing.T) {
	t.Parallel()
	h := posting(t, "http://tasks.example:8080/?token=hush", nil)
	for want, err := range map[string]error{
		"cannot reach http://tasks.example:8080: there is no host of the name tasks.example":                        &net.DNSError{Name: "tasks.example", IsNotFound: true},
		"cannot reach http://tasks.example:8080: the name tasks.example could not be looked up: server misbehaving": &net.DNSError{Name: "tasks.example", Err: "server misbehaving"},
		"cannot reach http://tasks.example:8080: the proxy on the way: connection refused":                          &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED},
		"cannot reach http://tasks.example:8080: no connection within 5s":                                           &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded},
		"cannot reach http://tasks.example:8080: invalid proxy address \"http://***@[::1\", ***":                    errors.New("invalid proxy address \"http://me:hunter2@[::1\", token=hush"),
	} {
		if got := h.explain(err, false).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
