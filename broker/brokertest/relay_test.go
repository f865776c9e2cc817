package brokertest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// echo is the address of a server that sends back what it gets. It ends with the test.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var tasks sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		tasks.Wait()
	})
	tasks.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			tasks.Go(func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn) // a reset is what some tests are about
			})
		}
	})
	return listener.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// exchange sends the text and waits until all of it is back.
func exchange(t *testing.T, conn net.Conn, text []byte) {
	t.Helper()
	failed := make(chan error, 1)
	go func() {
		_, err := conn.Write(text)
		failed <- err
	}()
	back := make([]byte, len(text))
	if _, err := io.ReadFull(conn, back); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(back, text) {
		t.Fatal("the bytes that came back are others")
	}
}

func TestRelayCarriesBytesWhole(t *testing.T) {
	t.Parallel()
	relay := NewRelay(t, echo(t))
	text := make([]byte, 3<<20)
	rand.Read(text)
	for range 3 {
		exchange(t, dial(t, relay.Addr()), text)
	}
	if got := relay.Dials(); got != 3 {
		t.Errorf("%d dials, want 3", got)
	}
}

func TestRelayFreezesAndLosesNothing(t *testing.T) {
	t.Parallel()
	relay := NewRelay(t, echo(t))
	conn := dial(t, relay.Addr())
	exchange(t, conn, []byte("before"))

	relay.Freeze()
	relay.Freeze() // once more changes nothing
	late := dial(t, relay.Addr())
	for _, c := range []net.Conn{conn, late} {
		if _, err := c.Write([]byte("held")); err != nil {
			t.Fatal(err)
		}
		c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if n, err := c.Read(make([]byte, 1)); !isTimeout(err) {
			t.Fatalf("through the frozen relay came %d bytes, %v", n, err)
		}
		c.SetReadDeadline(time.Now().Add(patience))
	}
	relay.Thaw()
	for _, c := range []net.Conn{conn, late} {
		back := make([]byte, len("held"))
		if _, err := io.ReadFull(c, back); err != nil || string(back) != "held" {
			t.Errorf("after the thaw came %q, %v", back, err)
		}
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func TestRelayDelaysBothWays(t *testing.T) {
	t.Parallel()
	relay := NewRelay(t, echo(t))
	conn := dial(t, relay.Addr())
	const delay = 60 * time.Millisecond
	relay.SetDelay(delay)
	start := time.Now()
	// A stream of many chunks is late once, not once a chunk.
	exchange(t, conn, make([]byte, 4<<20)) // 256 chunks each way
	if took := time.Since(start); took < 2*delay || took > 100*delay {
		t.Errorf("there and back took %s, want about %s", took, 2*delay)
	}
	relay.SetDelay(0)
	exchange(t, conn, []byte("at once"))
}

func TestRelayKeepsToItsRate(t *testing.T) {
	t.Parallel()
	relay := NewRelay(t, echo(t))
	conn := dial(t, relay.Addr())
	const rate, size = 100_000, 30_000
	relay.SetRate(rate)
	start := time.Now()
	exchange(t, conn, make([]byte, size))
	if took, least := time.Since(start), size*time.Second/rate; took < least {
		t.Errorf("%d bytes took %s, want at least %s", size, took, least)
	}
}

func TestRelayResetsAndCuts(t *testing.T) {
	t.Parallel()
	relay := NewRelay(t, echo(t))
	conn := dial(t, relay.Addr())
	exchange(t, conn, []byte("before"))
	relay.Reset()
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after the reset: %v, want a connection reset", err)
	}
	exchange(t, dial(t, relay.Addr()), []byte("a new one"))

	cut := dial(t, relay.Addr())
	exchange(t, cut, []byte("before"))
	relay.Cut()
	if _, err := cut.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after the cut: %v, want a connection reset", err)
	}
	if refused, err := net.Dial("tcp", relay.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		if err == nil {
			refused.Close()
		}
		t.Errorf("dial while cut: %v, want refused", err)
	}
	if err := relay.Mend(); err != nil {
		t.Fatal(err)
	}
	exchange(t, dial(t, relay.Addr()), []byte("mended"))
	if got := relay.Dials(); got != 4 {
		t.Errorf("%d dials, want 4", got)
	}
}

func TestRelayEndsWhereTheBrokerEnds(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	relay := NewRelay(t, listener.Addr().String())
	conn := dial(t, relay.Addr())
	broker, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	broker.Close()
	if n, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the broker closed, the client read %d bytes, %v", n, err)
	}
	listener.Close()
	if n, err := dial(t, relay.Addr()).Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("no broker, the client read %d bytes, %v", n, err)
	}
}

func TestRelayToARealBroker(t *testing.T) {
	t.Parallel()
	vhost := Shared(t).VHost(t)
	relay := NewRelay(t, vhost.Node.AMQPAddress())
	address, err := relay.URL(vhost.URL())
	if err != nil {
		t.Fatal(err)
	}
	program := Connect(t, address)
	closed := program.conn.NotifyClose(make(chan *amqp.Error, 1))
	program.DeclareQueue("q")
	program.Publish("q", "task")
	if task := <-program.Consume("q"); string(task.Body) != "task" {
		t.Errorf("got task %q", task.Body)
	}
	relay.Reset()
	if err := <-closed; err == nil {
		t.Error("the client saw an orderly close")
	}
	direct := Connect(t, vhost.URL())
	poll(t, patience, func() error {
		if ready := direct.Ready("q"); ready != 1 {
			return fmt.Errorf("%d tasks are back, want 1", ready)
		}
		return nil
	})
}
