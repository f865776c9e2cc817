package worker

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"carousel/broker"
)

// The headers that tell the endpoint about a task. Texts are percent-encoded as CloudEvents' HTTP binding does it, so that
// any text of a producer fits into a header, and adds none: what is not a visible ASCII character, '"' and '%' become %XX of
// their UTF-8.
const (
	headerTaskID        = "X-Carousel-Task-Id"
	headerTaskType      = "X-Carousel-Task-Type"
	headerQueue         = "X-Carousel-Queue"
	headerAttempt       = "X-Carousel-Attempt"     // from 1
	headerAttempts      = "X-Carousel-Attempts"    // tries in all before the task is given up
	headerRedelivered   = "X-Carousel-Redelivered" // "true" or "false": the broker has handed it out before
	headerCreated       = "X-Carousel-Created"     // RFC 3339, UTC
	headerCorrelationID = "X-Carousel-Correlation-Id"
	headerReplyTo       = "X-Carousel-Reply-To"
	headerAppID         = "X-Carousel-App-Id" // of the program that made it, where that is not carousel
	headerIdempotency   = "Idempotency-Key"   // the task's id: a try that is repeated, here or by net/http, has the same
)

// taskHeaders are the headers of a try, apart from those of the config. What the task does not carry is left out.
func taskHeaders(t Try) http.Header {
	h := http.Header{}
	text := func(name, value string) {
		if value != "" {
			h[name] = []string{headerText(value)}
		}
	}
	text(headerTaskID, t.ID)
	text(headerIdempotency, t.ID)
	text(headerTaskType, t.Type)
	text(headerQueue, t.Queue)
	text(headerCorrelationID, t.CorrelationID)
	text(headerReplyTo, t.ReplyTo)
	text(headerAppID, t.AppID)
	text(headerAttempt, strconv.Itoa(max(1, t.Attempt)))
	text(headerAttempts, strconv.Itoa(max(1, t.Attempts)))
	text(headerRedelivered, strconv.FormatBool(t.Redelivered))
	if !t.Created.IsZero() {
		text(headerCreated, t.Created.UTC().Format(time.RFC3339Nano))
	}
	h["Content-Type"] = []string{contentType(t.ContentType)}
	if coding, ok := contentCoding(t.ContentEncoding); ok {
		h["Content-Encoding"] = []string{coding}
	}
	h["User-Agent"] = []string{userAgent()}
	return h
}

// headerText percent-encodes what a header should not hold.
func headerText(s string) string {
	plain := func(c byte) bool { return c > ' ' && c < 0x7f && c != '"' && c != '%' }
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; plain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// contentType is the task's own where it can be one; bytes of an unknown kind otherwise. It is not percent-encoded: it would
// mean another one.
func contentType(own string) string {
	kind, _, _ := strings.Cut(own, ";")
	major, minor, found := strings.Cut(strings.TrimSpace(kind), "/")
	if !found || !isToken(major) || !isToken(minor) || !isHeaderValue(own) {
		return "application/octet-stream"
	}
	return own
}

// contentCoding is the task's own where HTTP knows it. AMQP producers put other things there, such as the "utf-8" of Celery, and
// an endpoint would refuse those.
func contentCoding(own string) (string, bool) {
	switch coding := strings.ToLower(own); coding {
	case "gzip", "deflate", "br", "zstd", "compress":
		return coding, true
	}
	return "", false
}

// isToken reports whether s is a token of RFC 9110, section 5.6.2, such as a header's name.
func isToken(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"(),/:;<=>?@[\\]{}", c) >= 0 {
			return false
		}
	}
	return s != ""
}

// isHeaderValue reports whether s is ASCII that fits into one line of a header.
func isHeaderValue(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' && c != '\t' || c >= 0x7f {
			return false
		}
	}
	return true
}

// parseHeader reads "Name: value". Its errors do not repeat the value, which may be a secret.
func parseHeader(line string) (name, value string, err error) {
	name, value, found := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch {
	case !found || !isToken(name):
		return "", "", errors.New("write a header as \"Name: value\"")
	case value == "":
		return "", "", fmt.Errorf("the header %s has no value", name)
	case !isHeaderValue(value):
		return "", "", fmt.Errorf("the value of the header %s has letters that a header cannot hold: visible ASCII, spaces and tabs are allowed", name)
	}
	name = textproto.CanonicalMIMEHeaderKey(name)
	switch name {
	case "Host", "Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Upgrade", "Te", "Keep-Alive", "Proxy-Connection", "Expect":
		return "", "", fmt.Errorf("the header %s is the connection's own and cannot be set", name)
	case headerIdempotency:
		return "", "", fmt.Errorf("the header %s is the task's id and cannot be set", name)
	}
	if strings.HasPrefix(name, "X-Carousel-") {
		return "", "", fmt.Errorf("the header %s tells about the task and cannot be set", name)
	}
	return name, value, nil
}

// basicLogin is the Authorization header for the login in an address; "" when it has none.
func basicLogin(u *url.URL) string {
	if u.User == nil {
		return ""
	}
	password, _ := u.User.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
}

// userAgent names carousel and its version, as far as the build recorded one.
func userAgent() string { return "carousel/" + moduleVersion }

var moduleVersion = func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	version := "devel"
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == "carousel" && isToken(m.Version) {
			version = m.Version
		}
	}
	return broker.Plain(version)
}()
