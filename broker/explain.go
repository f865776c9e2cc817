package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	amqp "github.com/rabbitmq/amqp091-go"
)

var errClosed = &Fault{Kind: Closed, What: "the connection was closed", Why: "carousel is leaving"}

const (
	noAnswer   = "no answer in time"
	noAnswerDo = "is there a firewall between, another service on this port, or a link too slow for connect_timeout?"
)

// dialFault says in words why a connection could not be made.
func dialFault(e Endpoint, err error) *Fault {
	f := openFault(e, err)
	f.Why = e.discreet(f.Why)
	return f
}

func openFault(e Endpoint, err error) *Fault {
	f := &Fault{Kind: Unreachable, What: "cannot reach " + e.Address(), Err: err}
	var (
		server *amqp.Error
		dns    *net.DNSError
		record tls.RecordHeaderError
	)
	why, do, tlsFailed := Untrusted(err, tlsTable)
	switch {
	case tlsFailed:
		f.Kind, f.What, f.Why, f.Do = Refused, "no TLS with "+e.Address(), why, do
	case errors.Is(err, errWantsTLS):
		f.Kind, f.Why, f.Do = Refused, err.Error(), "use amqps://, or the port without TLS, usually 5672"
	case errors.As(err, &record):
		f.Kind, f.Why, f.Do = Refused, "it does not speak TLS on this port", "use amqp:// or the TLS port, usually 5671"
	case errors.As(err, &server):
		return handshakeFault(e, server)
	case errors.As(err, &dns):
		f.Why = "the name " + Plain(dns.Name) + " is not known"
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Why, f.Do = "connection refused", "is RabbitMQ running there?"
	case errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		f.Why, f.Do = noAnswer, noAnswerDo
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		f.Why, f.Do = "it closed the connection during the handshake", brokenOff(e)
	default:
		f.Why = plainError(err)
	}
	return f
}

// wrongPort adds to a handshake that came to nothing what can be told from the port.
func wrongPort(e Endpoint, ends *endpoints, f *Fault) *Fault {
	management := e.Port == 15672 || e.Port == 15671
	for _, m := range ends.management {
		management = management || m.Address() == e.Address()
	}
	if management && f.Kind != Refused {
		f.Do = "this is the management port; AMQP's is usually 5672, or 5671 with TLS"
	}
	return f
}

// brokenOff advises on a handshake that ended without a word: where the other side's last one was lost, too.
func brokenOff(e Endpoint) string {
	if e.TLS {
		return "it may want a client certificate: cert_file and key_file under [broker.tls]; TLS has port 5671 usually"
	}
	return "the AMQP port is usually 5672, with TLS (amqps://) 5671; 15672 is the management API's"
}

// handshakeFault says why the broker, or whatever answers there, did not open the connection.
func handshakeFault(e Endpoint, err *amqp.Error) *Fault {
	f := &Fault{Kind: Refused, Err: err}
	reason := plainError(errors.New(err.Reason))
	switch {
	case err == amqp.ErrCredentials || err == amqp.ErrVhost: // the library's guesses for a link that was cut at that step
		f.Kind, f.What, f.Why = Unreachable, "cannot reach "+e.Address(), "the connection was cut during the login"
	case err.Code == amqp.AccessRefused && !strings.Contains(err.Reason, "vhost"):
		f.What = fmt.Sprintf("login refused for user %s at %s", Plain(e.User), e.Address())
		f.Why = "the user or the password is wrong"
		if e.User == "guest" && !e.Loopback() {
			f.Why = "RabbitMQ lets the user guest in from its own machine only, or the password is wrong"
		}
		f.Do = "correct the URL or password_file"
	case err.Code == amqp.NotAllowed && (strings.Contains(err.Reason, "limit") || strings.HasSuffix(err.Reason, "is down")):
		// Connections that a lost link has left behind count until the broker misses their heartbeats. A vhost is down while
		// it starts.
		f.Kind, f.What, f.Why = Unreachable, "cannot open a connection to "+e.Address(), reason
	case err.Code == amqp.NotAllowed:
		f.What = fmt.Sprintf("vhost %s at %s refused user %s", Plain(e.VHost), e.Address(), Plain(e.User))
		f.Why, f.Do = reason, "check the vhost at the end of the URL and the user's permissions on it"
	case strings.Contains(err.Reason, "i/o timeout"):
		f.Kind, f.What = Unreachable, "cannot reach "+e.Address()
		f.Why, f.Do = noAnswer, noAnswerDo
	case err.Code == amqp.SyntaxError || err.Code == amqp.FrameError || err == amqp.ErrClosed:
		f.Kind, f.What = Unreachable, "cannot reach "+e.Address()
		f.Why, f.Do = "it closed the connection during the handshake, or does not speak AMQP 0-9-1", brokenOff(e)
	default:
		f.Kind, f.What, f.Why = Unreachable, "cannot open a connection to "+e.Address(), reason
	}
	return f
}

// closeFault says why a connection that was up has ended. A nil err, when we did not ask for it, is a loss too.
func closeFault(e Endpoint, err *amqp.Error) *Fault {
	f := &Fault{Kind: LinkLost, What: "the link to " + e.Address() + " was lost"}
	if err == nil {
		f.Why = "the connection was closed"
		return f
	}
	f.Err = err
	reason := e.discreet(plainError(errors.New(err.Reason)))
	switch {
	case err.Code == amqp.ConnectionForced && strings.Contains(reason, "reason 'shutdown'"):
		f.Why = "the broker was shut down by its operator"
	case err.Code == amqp.ConnectionForced:
		f.Why = "closed by an administrator (" + strings.TrimPrefix(reason, "CONNECTION_FORCED - ") + ")"
	case strings.Contains(err.Reason, "i/o timeout"):
		f.Why = "no heartbeat came in time"
	case undecodable(err.Reason):
		f.Kind, f.Why = Unreadable, "a message came that this client cannot decode ("+reason+")"
	case err.Code == amqp.FrameError || err == amqp.ErrClosed: // what the library makes of any error of the socket
		f.Why = "the connection was cut"
	default:
		f.Why = reason
	}
	return f
}

// undecodable recognises what the library's reader says of a frame that it cannot read.
func undecodable(reason string) bool {
	for _, known := range []*amqp.Error{amqp.ErrSyntax, amqp.ErrFrame, amqp.ErrFieldType, amqp.ErrFrameTooLarge} {
		if strings.Contains(reason, known.Reason) {
			return true
		}
	}
	return false
}

// channelRefusal reports whether a code is one that closes a channel for what was asked on it.
func channelRefusal(code int) bool {
	switch code {
	case amqp.AccessRefused, amqp.NotFound, amqp.ResourceLocked, amqp.PreconditionFailed:
		return true
	}
	return false
}

// callFault says why an exchange on a channel failed; what completes "cannot …".
func callFault(what string, err error) error {
	var fault *Fault
	if errors.As(err, &fault) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	f := &Fault{Kind: Failed, What: "cannot " + what, Err: err}
	var server *amqp.Error
	if !errors.As(err, &server) {
		f.Why = plainError(err)
		return f
	}
	if server == nil { // what the library sends for an end that was asked for
		f.Kind, f.Why = LinkLost, "the connection was closed"
		return f
	}
	if server == amqp.ErrChannelMax {
		f.Why, f.Do = "the broker allows no more channels on one connection", "raise connections under [workers]"
		return f
	}
	f.Why = plainError(errors.New(server.Reason))
	switch server.Code {
	case amqp.NotFound:
		f.Kind = QueueMissing
	case amqp.AccessRefused:
		f.Kind = NoRight
		if strings.Contains(server.Reason, "exclusive") {
			f.Kind = Busy
		}
	case amqp.ResourceLocked:
		f.Kind, f.Why, f.Do = Busy, "it is exclusive to another connection", "end that program, or work on another queue"
	case amqp.PreconditionFailed:
		f.Kind = Mismatch
	case amqp.ChannelError: // the library's own "channel/connection is not open"
		f.Kind, f.Why = LinkLost, "the link was lost meanwhile"
	}
	return f
}

// plainError is err's text made safe for a terminal, without the protocol's shouting prefix.
func plainError(err error) string {
	text := Plain(err.Error())
	for _, prefix := range []string{"ACCESS_REFUSED - ", "NOT_FOUND - ", "NOT_ALLOWED - ", "PRECONDITION_FAILED - ", "RESOURCE_LOCKED - ",
		"INTERNAL_ERROR - ", "COMMAND_INVALID - "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}
