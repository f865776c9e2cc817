package worker

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

const httpTLSTable = "handler.http.tls"

// What is read of an answer. A connection whose answer is longer is closed, rather than read on to be used again.
const (
	answerKept = 16 << 10 // bytes that are kept to be shown, half of them from its end
	answerRead = 1 << 20
)

// httpHandler sends each task to one address, as the body of a POST. It follows no redirect, keeps no cookies, and uses the proxy
// that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name, as other programs do. Each worker has a connection of its own, which it keeps:
// there are as many as workers, however their number changes. With https:// they may speak HTTP/2.
type httpHandler struct {
	target         *url.URL // without its login
	name           string   // what sentences call it
	timeout        time.Duration
	connectTimeout time.Duration
	retries        map[int]bool // statuses of 400 to 499 after which a task is tried again
	login          *login
	breaker        breaker
	proxy          *url.URL    // nil: none is on the way
	trust          *tls.Config // cloned for each use

	mu    sync.Mutex
	lines map[int]*http.Transport // by worker
}

// newHTTP wants a config that has passed Validate. It reads the files that the config names; its errors say which is wrong.
func newHTTP(c HTTPConfig) (*httpHandler, error) {
	target, err := parseTarget(c.URL)
	if err != nil {
		return nil, fmt.Errorf("handler.http.url: %w", err)
	}
	trust, err := c.TLS.Load(httpTLSTable)
	if err != nil {
		return nil, err
	}
	l, err := newLogin(c, target)
	if err != nil {
		return nil, err
	}
	target.User = nil
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: target})
	if err != nil {
		return nil, errors.New("the proxy that HTTP_PROXY or HTTPS_PROXY names is no address; correct it, or take it out of the environment")
	}
	h := &httpHandler{
		target: target, name: origin(target), timeout: c.Timeout.D(), connectTimeout: c.ConnectTimeout.D(),
		retries: map[int]bool{}, login: l, breaker: breaker{most: c.RestMax.D()}, proxy: proxy, trust: trust,
		lines: map[int]*http.Transport{},
	}
	trust.ClientSessionCache = tls.NewLRUClientSessionCache(0) // one handshake in full for all workers
	for _, status := range c.RetryStatuses {
		h.retries[status] = true
	}
	return h, nil
}

// String says where tasks go, as carousel check has found it.
func (h *httpHandler) String() string { return h.name + " takes connections" }

// line is a worker's connection to the endpoint, or how it gets one.
func (h *httpHandler) line(worker int) *http.Transport {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lines[worker] == nil {
		h.lines[worker] = &http.Transport{
			Proxy:                  http.ProxyURL(h.proxy),
			DialContext:            h.dialer().DialContext,
			TLSClientConfig:        h.trust.Clone(),
			TLSHandshakeTimeout:    h.connectTimeout,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // an answer is shown as it came, and no small one may grow here
			MaxIdleConnsPerHost:    1,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
		}
	}
	return h.lines[worker]
}

func (h *httpHandler) dialer() *net.Dialer { return &net.Dialer{Timeout: h.connectTimeout} }

// Leave closes a worker's connection.
func (h *httpHandler) Leave(_ context.Context, worker int) {
	h.mu.Lock()
	line := h.lines[worker]
	delete(h.lines, worker)
	h.mu.Unlock()
	if line != nil {
		line.CloseIdleConnections()
	}
}

// Handle sends the task and waits for the whole answer, which alone tells that it was done.
func (h *httpHandler) Handle(ctx context.Context, t Try) error {
	v := h.try(ctx, t)
	if v.err == nil {
		h.breaker.ended(v, time.Now())
		return nil
	}
	if ctx.Err() != nil { // says nothing of the endpoint
		return ctx.Err()
	}
	return v.mark(h.breaker.ended(v, time.Now()))
}

// try is one request and its answer.
func (h *httpHandler) try(ctx context.Context, t Try) verdict {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.target.String(), bytes.NewReader(t.Body))
	if err != nil {
		return verdict{err: errors.New("the request could not be made: " + h.plain(err)), means: configWrong}
	}
	req.Header = taskHeaders(t)
	h.login.add(req.Header, time.Now())
	res, err := h.line(t.Worker).RoundTrip(req) // not a Client, which would follow redirects, and repeat the address in its errors
	if err != nil {
		return h.failed(err, connected.Load())
	}
	said, err := h.read(res)
	t.Say(said)
	if err != nil {
		return h.failed(err, true)
	}
	v := h.judge(res, time.Now())
	if v.err != nil && v.means != configWrong {
		v.err = withReason(v.err, said.Head)
	}
	return v
}

// read reads the answer's body, in full unless it is too long, and closes it.
func (h *httpHandler) read(res *http.Response) (Output, error) {
	defer res.Body.Close()
	clip, most := NewClip(answerKept), int64(answerRead)
	if res.ContentLength >= 0 {
		most = min(most, res.ContentLength+1) // a small answer is read with a small buffer; + 1, so that its end is seen
	}
	n, err := io.Copy(clip, io.LimitReader(res.Body, most))
	said := clip.Take()
	said.Head, said.Tail = h.login.hide(said.Head), h.login.hide(said.Tail)
	switch {
	case n < answerRead:
	case res.ContentLength >= 0:
		said.Dropped += res.ContentLength - n
	default:
		said.Tail = append(said.Tail, "\n(what came after the first MB was not read)"...)
	}
	return said, err
}

// failed is a try without a whole answer.
func (h *httpHandler) failed(err error, connected bool) verdict {
	v := verdict{err: h.explain(err, connected), means: taskFailed}
	if _, _, distrusted := untrusted(err); distrusted || !connected {
		v.means = endpointOff
	}
	return v
}

// Probe connects to the endpoint, or to the proxy before it, with TLS where its address says so, and sends nothing.
func (h *httpHandler) Probe(ctx context.Context) error {
	err := h.connect(ctx)
	if err == nil {
		return nil
	}
	v := h.failed(err, false)
	return Rest(v.err, h.breaker.ended(v, time.Now()))
}

func (h *httpHandler) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, h.connectTimeout)
	defer cancel()
	to := h.target
	if h.proxy != nil {
		to = h.proxy
	}
	conn, err := h.dialer().DialContext(ctx, "tcp", hostPort(to))
	if err != nil {
		return err
	}
	defer conn.Close()
	if to.Scheme != "https" {
		return nil
	}
	trust := h.trust.Clone()
	trust.ServerName = to.Hostname()
	return tls.Client(conn, trust).HandshakeContext(ctx)
}

// hostPort is where to connect for an address.
func hostPort(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}
