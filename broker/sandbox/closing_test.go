package sandbox

import (
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// backlogged is the socket of a client that has a large answer to read, and does not.
func backlogged(t *testing.T, b *Broker) io.Writer {
	t.Helper()
	socket := knock(t, b)
	if err := socket.(*net.TCPConn).SetReadBuffer(16 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := socket.Write(opened()); err != nil {
		t.Fatal(err)
	}
	await(t, func() string {
		if len(b.snapshot().channels) == 0 {
			return "no channel"
		}
		return ""
	})
	if err := only(b).socket.(*net.TCPConn).SetWriteBuffer(16 << 10); err != nil { // nor does the kernel take it
		t.Fatal(err)
	}
	conn, ch := dial(t, b)
	defer conn.Close()
	if _, err := ch.QueueDeclare("q", false, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := ch.Publish("", "q", false, false, amqp.Publishing{Body: make([]byte, 3<<20)}); err != nil {
		t.Fatal(err)
	}
	await(t, func() string {
		if s := b.snapshot(); len(s.queues) == 0 || s.queues[0].ready == 0 {
			return "no message"
		}
		return ""
	})
	get := appendMethod(nil, 1, basicGet, uint16(0), "q", true)
	if _, err := socket.Write(get); err != nil {
		t.Fatal(err)
	}
	await(t, func() string {
		if b.snapshot().queues[0].ready > 0 {
			return "the message was not asked for"
		}
		return ""
	})
	return socket
}

// A client that says goodbye and reads nothing of what waits for it keeps its place for a while, and then is cut.
func TestCloseOutlivesNoUnreadBacklog(t *testing.T) {
	t.Parallel()
	b := startBroker(t, Options{})
	socket := backlogged(t, b)
	goodbye := appendMethod(nil, 0, connectionClose, uint16(replySuccess), "", uint16(0), uint16(0))
	if _, err := socket.Write(goodbye); err != nil {
		t.Fatal(err)
	}
	await(t, func() string {
		if len(b.snapshot().connections) > 0 {
			return "the goodbye was not heard"
		}
		return ""
	})
	b.mu.Lock()
	listed := len(b.conns)
	b.mu.Unlock()
	if listed == 0 {
		t.Error("a socket that is still open does not count against the limit")
	}
	started := time.Now()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(started); took > 10*closePatience {
		t.Errorf("closing took %s", took)
	}
}

// A request that is being answered when the broker closes gets its answer.
func TestCloseWaitsForRequests(t *testing.T) {
	t.Parallel()
	b := startBroker(t, Options{Management: "off"})
	begun, finish := make(chan struct{}), make(chan struct{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &api{broker: b, listener: listener}
	a.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-finish
		w.WriteHeader(http.StatusNoContent)
	})
	b.running.Go(func() { _ = a.server.Serve(a.listener) })
	b.mu.Lock()
	b.api = a
	b.mu.Unlock()
	answered := make(chan error, 1)
	go func() {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		r, err := client.Get(b.ManagementURL())
		if err == nil {
			err = r.Body.Close()
		}
		answered <- err
	}()
	<-begun
	a.server.RegisterOnShutdown(func() { close(finish) })
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Errorf("the request was cut: %v", err)
	}
}
