package worker

import (
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"carousel/broker"
)

// verdict is what a try over HTTP says of its task, and of the endpoint.
type verdict struct {
	err   error         // nil: the task is done
	after time.Duration // the endpoint asked for no other try before; 0: it did not
	means meaning
}

// meaning is whose fault a failed try is.
type meaning uint8

const (
	taskDone    meaning = iota
	taskRefused         // the task's: another try would end the same
	taskFailed          // the task's or the endpoint's: tried again
	endpointOut         // the endpoint's, for a time: it had the task, and asks for patience
	endpointOff         // the endpoint's, for a time: nothing of the task reached it
	configWrong         // the config's: every task would end the same until somebody mends it
)

// judge decides what an answer means. It is a pure function of the status and the headers.
func (h *httpHandler) judge(res *http.Response, now time.Time) verdict {
	status := res.StatusCode
	answered := fmt.Errorf("%s from %s", statusText(status), h.name)
	if 200 <= status && status <= 299 {
		return verdict{}
	}
	v := verdict{err: answered, means: taskRefused}
	switch status {
	case http.StatusUnauthorized:
		v.means, v.err = configWrong, fmt.Errorf("%w; give it the login it wants: bearer_file or headers_file under [handler.http]", answered)
	case http.StatusProxyAuthRequired:
		v.means, v.err = configWrong, fmt.Errorf("%w: the proxy on the way wants a login, which HTTP_PROXY or HTTPS_PROXY can hold", answered)
	case http.StatusMethodNotAllowed:
		v.means, v.err = configWrong, fmt.Errorf("%w: it takes no POST at this address; correct url under [handler.http]", answered)
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		v.means = endpointOut
	default:
		switch {
		case status < 400:
			v.means, v.err = configWrong, redirected(answered, res)
		case status == http.StatusTooManyRequests && h.retries[status]:
			v.means = endpointOut
		case status >= 500 || h.retries[status]:
			v.means = taskFailed
		}
	}
	if v.means == taskFailed || v.means == endpointOut {
		v.after = askedWait(res.Header, now)
	}
	return v
}

// redirected says where an answer points to. It is not followed: the task, and the login that goes with it, are for the address
// that somebody wrote into the config.
func redirected(answered error, res *http.Response) error {
	to, err := res.Location()
	if err != nil {
		return fmt.Errorf("%w, which is no answer to a task; correct url under [handler.http]", answered)
	}
	to.User, to.RawQuery, to.Fragment = nil, "", "" // which may be secret
	return fmt.Errorf("%w, to %s: redirects are not followed; if that is the place, write it into url under [handler.http]",
		answered, broker.Plain(to.String()))
}

// statusText names a status in words where it has some: "503 Service Unavailable". What the server calls it is not repeated.
func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
}

// askedWait is how long the endpoint asks to wait: a number of seconds, or a date, which counts from the answer's own so that
// it does not matter how the clocks differ. 0 for none, for one in the past, and for one that cannot be read.
func askedWait(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if wait, ok := seconds(value); ok {
		return wait
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return min(max(0, at.Sub(now)), backoffCeil)
}

// seconds reads a whole number of seconds, as many digits as it may have: a day at most.
func seconds(digits string) (time.Duration, bool) {
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	digits = strings.TrimLeft(digits, "0")
	if len(digits) > len("86400") {
		return backoffCeil, true
	}
	n := 0
	for _, digit := range []byte(digits) {
		n = 10*n + int(digit-'0')
	}
	return min(time.Duration(n)*time.Second, backoffCeil), true
}

// mark makes of a failed try the error that tells the pool what it means. rest is how long the breaker wants the pool to rest.
func (v verdict) mark(rest time.Duration) error {
	err := v.err
	switch {
	case v.means == taskRefused:
		return Permanent(err)
	case v.means == configWrong:
		return Hold(err)
	case v.means == endpointOff && rest > 0:
		err = Hold(err)
	case v.after > 0:
		err = RetryAfter(err, v.after)
	}
	if rest > 0 {
		err = Rest(err, rest)
	}
	return err
}

// reasonShown bounds what a failure repeats of the answer, in bytes.
const reasonShown = 200

// withReason adds the first line of the answer to why a task failed, where it may be a sentence.
func withReason(err error, body []byte) error {
	line, _, _ := strings.Cut(strings.TrimSpace(string(body[:min(len(body), 4*reasonShown)])), "\n")
	if line = strings.TrimSpace(line); line == "" || line[0] == '<' || !utf8.ValidString(line) {
		return err
	}
	if line = broker.Plain(line); len(line) > reasonShown {
		line = strings.ToValidUTF8(line[:reasonShown], "") + "…"
	}
	return fmt.Errorf("%w: %s", err, line)
}
