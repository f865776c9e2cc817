package sandbox

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func TestListenRefused(t *testing.T) {
	b := startBroker(t, Options{})
	_, err := Start(Options{Listen: b.listener.Addr().String()})
	if err == nil || !strings.Contains(err.Error(), "cannot listen on 127.0.0.1:") {
		t.Errorf("got %v", err)
	}
}

func TestOwnLogin(t *testing.T) {
	t.Parallel()
	b := startBroker(t, Options{User: "me/you", Password: "p@ss:/?#"})
	conn, _ := dial(t, b)
	conn.Close()
}

// A client that cannot be told just loses its socket, which it takes for wrong credentials.
func TestRefusedLoginIsSilent(t *testing.T) {
	t.Parallel()
	b := startBroker(t, Options{Password: "secret"})
	_, err := amqp.Dial(strings.Replace(b.URL(), "secret", "guess", 1))
	if !errors.Is(err, amqp.ErrCredentials) {
		t.Errorf("got %v, want %v", err, amqp.ErrCredentials)
	}
}

// Clients are told that the broker shuts down; it does not wait for those that do not read.
func TestCloseTellsClients(t *testing.T) {
	t.Parallel()
	b := startBroker(t, Options{})
	conn, ch := dial(t, b)
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	if _, err := ch.QueueDeclare("q", false, false, false, false, amqp.Table{
		"x-message-ttl": int32(3_600_000), "x-expires": int32(3_600_000),
	}); err != nil {
		t.Fatal(err)
	}
	if err := ch.Publish("", "q", false, false, amqp.Publishing{}); err != nil {
		t.Fatal(err)
	}
	deaf := knock(t, b)
	if _, err := deaf.Write(opened()); err != nil {
		t.Fatal(err)
	}
	_ = knock(t, b) // says nothing at all
	await(t, func() string {
		if n := len(b.snapshot().connections); n != 2 {
			return fmt.Sprintf("%d connections", n)
		}
		return ""
	})
	started := time.Now()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(started); took > 10*closePatience {
		t.Errorf("closing took %s", took)
	}
	if err := <-closed; err == nil || err.Code != connectionForced || !strings.Contains(err.Reason, "shutdown") {
		t.Errorf("the client was told %v", err)
	}
}

// Both sides send heartbeats, and one that does not is cut off.
func TestHeartbeats(t *testing.T) {
	t.Parallel()
	b := startBroker(t, Options{})
	alive, err := amqp.DialConfig(b.URL(), amqp.Config{Heartbeat: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	silent := knock(t, b)
	buf := append([]byte{}, protocolHeader...)
	buf = appendMethod(buf, 0, connectionStartOK, table{}, "PLAIN", longstr("\x00guest\x00guest"), "en_US")
	buf = appendMethod(buf, 0, connectionTuneOK, uint16(1), uint32(frameMinSize), uint16(1))
	buf = appendMethod(buf, 0, connectionOpen, "/", "", false)
	if _, err := silent.Write(buf); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	heard, err := io.ReadAll(silent)
	if err != nil || time.Since(started) > 20*time.Second {
		t.Errorf("cut off after %s, %v", time.Since(started), err)
	}
	if beat := string(appendHeartbeat(nil)); strings.Count(string(heard), beat) < 2 {
		t.Errorf("%d heartbeats in %q", strings.Count(string(heard), beat), heard)
	}
	if alive.IsClosed() {
		t.Error("the client that sends heartbeats was cut off")
	}
}

// An operator's acts, and what a look shows before and after them.
func TestOperator(t *testing.T) {
	t.Parallel()
	b := startBroker(t, Options{})
	conn, ch := dial(t, b)
	if _, err := ch.QueueDeclare("q", true, false, false, false, amqp.Table{"x-max-length": int32(9)}); err != nil {
		t.Fatal(err)
	}
	if err := ch.QueueBind("q", "k", "amq.topic", false, nil); err != nil {
		t.Fatal(err)
	}
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c, err := ch.PublishWithDeferredConfirm("amq.topic", "k", true, false, amqp.Publishing{
			Body: []byte("12345"), Timestamp: time.Unix(1_000_000, 0),
		})
		if err != nil || !c.Wait() {
			t.Fatalf("publish: %v", err)
		}
	}
	if err := ch.Qos(1, 0, false); err != nil {
		t.Fatal(err)
	}
	deliveries, err := ch.Consume("q", "tag", false, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	<-deliveries
	look(t, b)

	name := b.snapshot().connections[0].name
	if !b.purgeQueue("q") || b.snapshot().queues[0].ready != 0 || b.snapshot().queues[0].unacked != 1 {
		t.Error("the purge did not leave just what is being worked")
	}
	if b.removeQueue("q", false, false) != queueRemoved || len(b.snapshot().queues) != 0 || len(b.snapshot().bindings) != 0 {
		t.Error("the queue or its binding is still there")
	}
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	if !b.closeConnection(name, "Closed via management plugin") {
		t.Error("the connection was not found")
	}
	if err := <-closed; err == nil || err.Code != connectionForced ||
		err.Reason != "CONNECTION_FORCED - Closed via management plugin" {
		t.Errorf("the client was told %v", err)
	}
	if b.purgeQueue("q") || b.removeQueue("q", false, false) != queueMissing || b.closeConnection(name, "again") {
		t.Error("what is gone was found")
	}
}

// look holds a snapshot against what TestOperator did.
func look(t *testing.T, b *Broker) {
	t.Helper()
	s := b.snapshot()
	q := s.queues[0]
	if q.name != "q" || q.ready != 2 || q.unacked != 1 || q.readySize != 10 || q.unackedSize != 5 || q.consumers != 1 ||
		q.oldest != 1_000_000 || q.activity.count[statPublish] != 3 || q.activity.count[statDeliver] != 1 {
		t.Errorf("the queue is seen as %+v", q)
	}
	if c := s.consumers[0]; c.tag != "tag" || c.queue != "q" || c.prefetch != 1 || !c.active ||
		c.channel != s.channels[0].name {
		t.Errorf("the consumer is seen as %+v", c)
	}
	if c := s.channels[0]; c.unacked != 1 || !c.confirms || c.number != 1 || c.connection != s.connections[0].name ||
		c.activity.count[statConfirm] != 3 || c.activity.rate[statPublish] <= 0 {
		t.Errorf("the channel is seen as %+v", c)
	}
	if c := s.connections[0]; c.user != "guest" || c.channels != 1 || c.activity.count[statReceived] == 0 ||
		c.activity.count[statSent] == 0 || c.properties["product"] == nil {
		t.Errorf("the connection is seen as %+v", c)
	}
	if bd := s.bindings[0]; bd.source != "amq.topic" || bd.destination != "q" || !bd.toQueue || bd.key != "k" {
		t.Errorf("the binding is seen as %+v", bd)
	}
	if s.activity.count[statPublish] != 3 || len(s.exchanges) != 7 || s.memory <= 0 || s.blocked {
		t.Errorf("the broker is seen as %+v", s)
	}
}

func TestThousandConnections(t *testing.T) {
	t.Parallel()
	const connections, dialers = 1000, 20
	b := startBroker(t, Options{})
	var dialling sync.WaitGroup
	conns := make([]*amqp.Connection, connections)
	for first := range dialers {
		dialling.Go(func() {
			for i := first; i < connections; i += dialers {
				conn, err := amqp.DialConfig(b.URL(), amqp.Config{Heartbeat: time.Minute})
				if err != nil {
					t.Error(err)
					return
				}
				conns[i] = conn
			}
		})
	}
	dialling.Wait()
	if n := len(b.snapshot().connections); n != connections {
		t.Errorf("%d connections", n)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	for _, conn := range conns {
		if conn != nil {
			_ = conn.CloseDeadline(time.Now().Add(time.Second)) // so that the client's goroutines end too
		}
	}
}
