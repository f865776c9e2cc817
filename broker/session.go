package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// session is one connection from its handshake to its end. A link makes them one after the other; nothing outlives its
// session: channels, delivery tags and outstanding confirms all end with it.
type session struct {
	conn       *amqp.Connection
	socket     net.Conn
	endpoint   Endpoint
	generation uint64
	rpcTimeout time.Duration
	sought     int // times that its node was asked for; under the link's mutex

	done chan struct{} // closed when the connection has ended
	err  error         // why it ended; read it after done is closed
}

// dial makes one connection. It blocks for at most the connect timeout, and not beyond ctx. Its errors are *Fault.
func dial(ctx context.Context, e Endpoint, cfg *Config, ends *endpoints, role Role, generation uint64) (*session, error) {
	e = ends.renewed(e)
	deadline := time.Now().Add(cfg.ConnectTimeout.D())
	socket, err := (&net.Dialer{Deadline: deadline}).DialContext(ctx, "tcp", e.Address())
	if err != nil {
		return nil, dialFault(e, err)
	}
	cut := context.AfterFunc(ctx, func() { _ = socket.Close() })
	defer cut()
	// Covers TLS and AMQP handshakes; the client library clears it when the connection is open.
	_ = socket.SetDeadline(deadline)
	conn, err := handshake(socket, e, cfg, ends, role)
	if err != nil {
		_ = socket.Close()
		return nil, wrongPort(e, ends, dialFault(e, err))
	}
	s := &session{conn: conn, socket: socket, endpoint: e, generation: generation,
		rpcTimeout: cfg.RPCTimeout.D(), done: make(chan struct{})}
	return s, nil
}

func handshake(socket net.Conn, e Endpoint, cfg *Config, ends *endpoints, role Role) (*amqp.Connection, error) {
	heartbeat := cfg.Heartbeat.D()
	if e.heartbeat > 0 {
		heartbeat = e.heartbeat
	}
	transport, err := secureTransport(socket, e, ends)
	if err != nil {
		return nil, err
	}
	// A fresh table for each dial: the library writes its capabilities into it.
	properties := amqp.Table{"product": "carousel", "platform": "Go", "connection_name": connectionName(role)}
	seen := &witness{Conn: transport}
	line := newWire(seen, !e.TLS)
	conn, err := amqp.Open(line, amqp.Config{
		SASL:       []amqp.Authentication{login{e.User, e.password, properties}},
		Vhost:      e.VHost,
		FrameSize:  frameSize,
		Heartbeat:  heartbeat,
		Properties: properties,
		Locale:     "en_US",
		Recovery:   nil, // the library's own recovery acknowledges old delivery tags on the new connection
	})
	if err != nil {
		_ = line.Close()
		return nil, seen.reason(err)
	}
	line.hush(conn.Config.Heartbeat * 3 / 2)
	return conn, nil
}

// login is SASL PLAIN (RFC 4616) that also asks the broker to say when it refuses: without that capability, which the client
// library does not declare, a refusal is a closed socket, and a link cut at that moment would look like a wrong password.
// The library asks for the response after it has put its own capabilities into the properties, and before it sends them.
type login struct {
	user       string
	password   secret
	properties amqp.Table
}

func (login) Mechanism() string { return "PLAIN" }

func (l login) Response() string {
	if capabilities, ok := l.properties["capabilities"].(amqp.Table); ok {
		capabilities["authentication_failure_close"] = true
	}
	return "\x00" + l.user + "\x00" + string(l.password)
}

// secureTransport wraps the socket in TLS where the endpoint asks for it. The socket's deadline bounds the handshake.
func secureTransport(socket net.Conn, e Endpoint, ends *endpoints) (net.Conn, error) {
	if !e.TLS {
		return socket, nil
	}
	config := ends.tls.Clone()
	config.ServerName = e.Host
	client := tls.Client(socket, config)
	return client, client.Handshake()
}

// frameSize is what RabbitMQ proposes by default; a message's header frame may not be larger.
const frameSize = 131072

// connectionName is what RabbitMQ's own tools show for the connection: "carousel work web-1 4711".
func connectionName(role Role) string {
	return fmt.Sprintf("carousel %s %s %d", role, hostname(), os.Getpid())
}

// WorkerProcess reads back what a carousel process calls the connections that its workers consume over, as FleetRow and
// TracedConsumer have it. ok is false for every other name.
func WorkerProcess(client string) (host string, pid int, ok bool) {
	rest, ok := strings.CutPrefix(client, "carousel "+string(RoleWork)+" ")
	at := strings.LastIndexByte(rest, ' ')
	if !ok || at < 0 {
		return "", 0, false
	}
	pid, err := strconv.Atoi(rest[at+1:])
	return rest[:at], pid, err == nil
}

func hostname() string {
	host, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return host
}

// rpc runs one exchange with the broker and cuts the connection when it takes longer than the RPC timeout: the client
// library has no deadline of its own, and a late answer would be taken for the next call's.
func (s *session) rpc(exchange func() error) error {
	expired := make(chan struct{})
	cut := time.AfterFunc(s.rpcTimeout, func() {
		close(expired)
		_ = s.socket.Close()
	})
	err := exchange()
	if cut.Stop() || err == nil {
		return err
	}
	<-expired
	return &Fault{Kind: TimedOut, What: "the broker did not answer within " + s.rpcTimeout.String(),
		Why: "the link was cut and will be made again", Err: err}
}

// channel opens a channel.
func (s *session) channel() (ch *amqp.Channel, err error) {
	err = s.rpc(func() (err error) {
		ch, err = s.conn.Channel()
		return err
	})
	return ch, err
}

// fault says why an exchange on one of the session's channels failed; what completes "cannot …". When the whole connection
// is gone, that is the reason, whatever the exchange was told; except for a refusal of its own, which came first.
func (s *session) fault(what string, err error) error {
	var (
		server  *amqp.Error
		network net.Error
		fault   *Fault
	)
	refused := errors.As(err, &server) && server != nil && channelRefusal(server.Code)
	switch {
	case errors.As(err, &fault), refused:
	case errors.As(err, &network):
		return closeFault(s.endpoint, &amqp.Error{Code: amqp.FrameError, Reason: err.Error()})
	case s.conn.IsClosed():
		return closeFault(s.endpoint, server)
	}
	err = callFault(what, err)
	if errors.As(err, &fault) {
		fault.Why = s.endpoint.discreet(fault.Why)
	}
	return err
}

// alive reports whether the connection was still open a moment ago.
func (s *session) alive() bool {
	select {
	case <-s.done:
		return false
	default:
		return !s.conn.IsClosed()
	}
}

// close ends the connection, politely when the broker answers within a second.
func (s *session) close() {
	const patience = time.Second
	cut := time.AfterFunc(patience, func() { _ = s.socket.Close() })
	defer cut.Stop()
	_ = s.conn.Close()
	_ = s.socket.Close()
}
