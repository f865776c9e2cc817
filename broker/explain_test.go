package broker

import (
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

func TestLostLinksAreNotPoison(t *testing.T) {
	for reason, want := range map[string]Kind{
		"EOF": LinkLost,
		"read tcp 127.0.0.1:1->127.0.0.1:2: read: connection reset by peer":                 LinkLost,
		"write tcp 127.0.0.1:1->127.0.0.1:2: write: broken pipe":                            LinkLost,
		"read tcp: wsarecv: An existing connection was forcibly closed by the remote host.": LinkLost,
		"read tcp 10.0.0.1:1->10.0.0.2:2: read: no route to host":                           LinkLost,
		"read tcp 10.0.0.1:1->10.0.0.2:2: i/o timeout":                                      LinkLost,
		`Exception (502) Reason: "invalid field or value inside of a frame"`:                Unreadable,
		`Exception (501) Reason: "frame size exceeds negotiated frame_max"`:                 Unreadable,
		`Exception (502) Reason: "unsupported table field type"`:                            Unreadable,
	} {
		if f := closeFault(Endpoint{}, &amqp.Error{Code: amqp.FrameError, Reason: reason}); f.Kind != want {
			t.Errorf("%s: kind %v, want %v (%v)", reason, f.Kind, want, f)
		}
	}
	if f := closeFault(Endpoint{}, nil); f.Kind != LinkLost {
		t.Errorf("a close without a reason: %v", f)
	}
}

func TestForcedClosesAreSaidInWords(t *testing.T) {
	e := Endpoint{Host: "rabbit", Port: 5672}
	for reason, want := range map[string]string{
		"CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'": "the broker was shut down by its operator",
		"CONNECTION_FORCED - user 'ops' is deleted":                                   "closed by an administrator (user 'ops' is deleted)",
		"CONNECTION_FORCED - Closed via management plugin":                            "closed by an administrator (Closed via management plugin)",
		"CONNECTION_FORCED - \x1b]52;c;aGk=\x07\r":                                    "closed by an administrator (^[]52;c;aGk=^G^M)",
	} {
		f := closeFault(e, &amqp.Error{Code: amqp.ConnectionForced, Reason: reason, Server: true})
		if f.Kind != LinkLost || f.Error() != "the link to rabbit:5672 was lost: "+want {
			t.Errorf("%q: %v", reason, f)
		}
	}
}

func TestHandshakeFaults(t *testing.T) {
	e := Endpoint{Host: "rabbit", Port: 5672, User: "ops", VHost: "/"}
	for _, c := range []struct {
		err  *amqp.Error
		kind Kind
		want string
	}{
		{&amqp.Error{Code: 403, Reason: "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN.", Server: true}, Refused, "login refused for user ops"},
		{&amqp.Error{Code: 530, Reason: "NOT_ALLOWED - vhost x not found", Server: true}, Refused, "vhost x not found"},
		{&amqp.Error{Code: 530, Reason: "NOT_ALLOWED - access to vhost '/' refused for user 'ops': connection limit (10) is reached", Server: true}, Unreachable, "connection limit (10)"},
		{&amqp.Error{Code: 530, Reason: "NOT_ALLOWED - access to vhost '/' refused for user 'ops': vhost '/' is down", Server: true}, Unreachable, "vhost '/' is down"},
		{amqp.ErrCredentials, Unreachable, "cut during the login"},
		{amqp.ErrVhost, Unreachable, "cut during the login"},
		{&amqp.Error{Code: 501, Reason: "read tcp: i/o timeout"}, Unreachable, "no answer in time"},
	} {
		if f := handshakeFault(e, c.err); f.Kind != c.kind || !strings.Contains(f.Error(), c.want) {
			t.Errorf("%v: kind %v, %v", c.err, f.Kind, f)
		}
	}
	refusal := &amqp.Error{Code: 403, Reason: "ACCESS_REFUSED - Login was refused", Server: true}
	for host, remote := range map[string]bool{"rabbit": true, "10.0.0.1": true, "localhost": false, "127.0.0.1": false} {
		f := handshakeFault(Endpoint{Host: host, Port: 5672, User: "guest", VHost: "/"}, refusal)
		if strings.Contains(f.Error(), "from its own machine only") != remote || f.Kind != Refused {
			t.Errorf("guest at %s: %v", host, f)
		}
	}
}

func TestCallFaults(t *testing.T) {
	var none *amqp.Error
	if f := callFault("look", none); KindOf(f) != LinkLost {
		t.Errorf("nil, which the library sends for a graceful close: %v", f)
	}
	for _, c := range []struct {
		err  error
		kind Kind
		want string
	}{
		{&amqp.Error{Code: 404, Reason: "NOT_FOUND - no queue 'q' in vhost '/'"}, QueueMissing, "cannot look: no queue 'q'"},
		{&amqp.Error{Code: 403, Reason: "ACCESS_REFUSED - access to queue 'q' refused"}, NoRight, "access to queue 'q' refused"},
		{&amqp.Error{Code: 403, Reason: "ACCESS_REFUSED - queue 'q' in exclusive use"}, Busy, "exclusive use"},
		{&amqp.Error{Code: 405, Reason: "RESOURCE_LOCKED - x"}, Busy, "exclusive to another connection; end that program"},
		{&amqp.Error{Code: 406, Reason: "PRECONDITION_FAILED - inequivalent arg"}, Mismatch, "inequivalent arg"},
		{amqp.ErrClosed, LinkLost, "lost meanwhile"},
		{amqp.ErrChannelMax, Failed, "no more channels"},
		{errors.New("\x1b[31mred"), Failed, "^[[31mred"},
	} {
		if f := callFault("look", c.err); KindOf(f) != c.kind || !strings.Contains(f.Error(), c.want) {
			t.Errorf("%v: kind %v, %v", c.err, KindOf(f), f)
		}
	}
}

func TestFollowingAddress(t *testing.T) {
	for _, c := range []struct {
		at      int
		refused []bool
		want    int
	}{
		{0, []bool{false}, 0}, {0, []bool{true}, -1}, {0, []bool{false, false}, 1}, {1, []bool{false, false}, 0},
		{0, []bool{true, false}, 1}, {1, []bool{true, false}, 1}, {2, []bool{false, true, true}, 0}, {1, []bool{true, true}, -1},
	} {
		if got := following(c.at, c.refused); got != c.want {
			t.Errorf("after %d of %v: %d, want %d", c.at, c.refused, got, c.want)
		}
	}
}

// The last word of the other side may be lost when it hangs up; the advice must not be.
func TestHandshakesThatBreakOff(t *testing.T) {
	for _, err := range []error{io.EOF, syscall.ECONNRESET, &amqp.Error{Code: amqp.FrameError, Reason: "EOF"}} {
		for want, tls := range map[string]bool{"cert_file": true, "amqps://": false} {
			if f := dialFault(Endpoint{Host: "h", Port: 5671, TLS: tls}, err); !strings.Contains(f.Error(), want) {
				t.Errorf("%v, TLS %v: %v", err, tls, f)
			}
		}
	}
}
