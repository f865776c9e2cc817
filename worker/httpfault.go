package worker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"carousel/broker"
)

// explain says in a sentence why there is no whole answer. connected tells whether there was a connection to send the task on.
func (h *httpHandler) explain(err error, connected bool) error {
	if why, do, ok := untrusted(err); ok {
		return fmt.Errorf("no TLS with %s: %s; %s", h.name, h.hide(why), do)
	}
	if !connected {
		return fmt.Errorf("cannot reach %s: %s", h.name, h.unreached(err))
	}
	return fmt.Errorf("no whole answer from %s%s", h.name, h.broken(err))
}

// unreached is why there was no connection.
func (h *httpHandler) unreached(err error) string {
	var (
		dns    *net.DNSError
		op     *net.OpError
		record tls.RecordHeaderError
	)
	through := ""
	if errors.As(err, &op) && op.Op == "proxyconnect" {
		through = "the proxy on the way: "
	}
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return through + "there is no host of the name " + broker.Plain(dns.Name)
	case errors.As(err, &dns):
		return through + "the name " + broker.Plain(dns.Name) + " could not be looked up: " + broker.Plain(dns.Err)
	case isTimeout(err):
		return through + "no connection within " + min(h.connectTimeout, h.timeout).String()
	case errors.Is(err, syscall.ECONNREFUSED):
		return through + "connection refused"
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return "it speaks HTTP without TLS; is its address http://?"
	case errors.As(err, &record):
		return "it does not speak TLS on this port"
	case errors.As(err, &op) && op.Err != nil:
		return through + h.plain(op.Err)
	}
	return h.plain(err)
}

// broken is how a connection came to nothing that had been there.
func (h *httpHandler) broken(err error) string {
	switch {
	case isTimeout(err):
		return " within " + h.timeout.String()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		strings.Contains(err.Error(), "server closed idle connection"):
		return ": it closed the connection"
	case strings.Contains(err.Error(), "malformed HTTP"):
		return ": what it says is not HTTP"
	}
	return ": " + h.plain(err)
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

// untrusted says in words why TLS came to nothing, and what to do about it.
func untrusted(err error) (why, do string, ok bool) { return broker.Untrusted(err, httpTLSTable) }

// hide takes what must not be shown out of a text.
func (h *httpHandler) hide(text string) string { return string(h.login.hide([]byte(text))) }

// plain is a library's sentence, safe to show.
func (h *httpHandler) plain(err error) string {
	return h.hide(broker.Plain(strings.TrimPrefix(err.Error(), "net/http: ")))
}
