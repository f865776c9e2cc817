package broker

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"sync/atomic"
)

// Untrusted says in words why TLS with another program came to nothing, and what to do about it in the config's table of that
// name; ok is false when err is about something else.
func Untrusted(err error, table string) (why, do string, ok bool) {
	var (
		hostname x509.HostnameError
		unknown  x509.UnknownAuthorityError
		system   x509.SystemRootsError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		op       *net.OpError
	)
	switch {
	case errors.As(err, &hostname):
		do = "use a name that the certificate is made out to"
	case errors.As(err, &unknown), errors.As(err, &system):
		do = "name the authority that signed it with ca_file under [" + table + "]"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		do = "it must be renewed, or this machine's clock set"
	case errors.As(err, &invalid), errors.As(err, &verify):
		do = "it needs another certificate"
	case errors.As(err, &op) && op.Op == "remote error": // an alert: the other side gave up
		return tlsReason(op.Err), "it may want a client certificate that it trusts: cert_file and key_file under [" + table + "]", true
	default:
		return "", "", false
	}
	return tlsReason(err), do, true
}

// BeforeLogin reports whether a connection failed over TLS, before there was a login that could be refused.
func BeforeLogin(err error) bool {
	var record tls.RecordHeaderError
	_, _, failed := Untrusted(err, tlsTable)
	return failed || errors.As(err, &record) || errors.Is(err, errWantsTLS)
}

// tlsReason is err's text without the names of Go's packages.
func tlsReason(err error) string {
	text := plainError(err)
	for _, prefix := range []string{"tls: ", "failed to verify certificate: ", "x509: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}

// errWantsTLS stands for what the client library makes of a TLS record where AMQP should come.
var errWantsTLS = errors.New("it speaks TLS on this port")

// witness is a connection that remembers how the first read from it went, and whether one came too late. The client library says
// of every handshake that breaks off that it broke off; only what was read tells why.
type witness struct {
	net.Conn
	late  atomic.Bool // a read has met the deadline
	seen  atomic.Bool // first and err are written
	first []byte      // what a TLS record begins with: its kind and the protocol's major version
	err   error
}

func (w *witness) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		w.late.Store(true)
	}
	if !w.seen.Load() { // the library has one reader
		w.first, w.err = bytes.Clone(p[:min(n, 2)]), err
		w.seen.Store(true)
	}
	return n, err
}

// reason is why the handshake failed: what the witness has seen where that says more than err, else err.
func (w *witness) reason(err error) error {
	const alert, major = 21, 3
	var op *net.OpError
	switch {
	case !w.seen.Load():
	case bytes.Equal(w.first, []byte{alert, major}):
		return errWantsTLS
	case errors.As(w.err, &op) && op.Op == "remote error":
		return w.err
	case w.late.Load():
		return os.ErrDeadlineExceeded
	}
	return err
}
