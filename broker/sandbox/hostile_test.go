package sandbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// knock opens a socket to the broker.
func knock(tb testing.TB, b *Broker) net.Conn {
	tb.Helper()
	socket, err := net.Dial("tcp", b.listener.Addr().String())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { socket.Close() })
	if err := socket.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		tb.Fatal(err)
	}
	return socket
}

// opened is what a client says to have channel 1.
func opened() []byte {
	buf := append([]byte{}, protocolHeader...)
	buf = appendMethod(buf, 0, connectionStartOK, table{}, "PLAIN", longstr("\x00guest\x00guest"), "en_US")
	buf = appendMethod(buf, 0, connectionTuneOK, uint16(channelMaxOffer), uint32(frameMaxOffer), uint16(0))
	buf = appendMethod(buf, 0, connectionOpen, "/", "", false)
	return appendMethod(buf, 1, channelOpen, "")
}

func header(size uint64) []byte {
	buf, start := openFrame(nil, frameHeader, 1)
	buf = big.AppendUint64(big.AppendUint32(buf, classBasic), size)
	return closeFrame(append(buf, 0, 0), start)
}

func deepTable(depth int) []byte {
	var t table
	for range depth {
		t = table{"t": t}
	}
	return appendTable(nil, t)
}

// Each of these ends the connection, and the broker goes on as if nothing had been.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	b := startBroker(t, Options{handshake: 100 * time.Millisecond})
	empty := b.snapshot().memory
	random := make([]byte, 10_000)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(random)
	publish := appendMethod(nil, 1, basicPublish, uint16(0), "", "k", false)
	declare := func(arguments []byte) []byte {
		buf, start := openFrame(nil, frameMethod, 1)
		buf = append(appendShortstr(append(big.AppendUint32(buf, uint32(queueDeclare)), 0, 0), "q"), 0)
		return closeFrame(append(buf, arguments...), start)
	}
	manyChannels := opened()
	for id := range uint16(channelMaxOffer + 1) {
		manyChannels = appendMethod(manyChannels, id+2, channelOpen, "")
	}
	var attacking sync.WaitGroup
	for name, octets := range map[string][]byte{
		"nothing":                nil,
		"half a header":          []byte("AMQP"),
		"noise":                  random,
		"noise after the header": append(append([]byte{}, protocolHeader...), random...),
		"noise after the login":  append(opened(), random...),
		"half a handshake":       opened()[:40],
		"a giant frame":          append(opened(), 1, 0, 1, 0xff, 0xff, 0xff, 0xff),
		"a giant first frame":    append(append([]byte{}, protocolHeader...), 1, 0, 0, 0, 1, 0, 0),
		"a giant table":          append(opened(), declare([]byte{0xff, 0xff, 0xff, 0xff, 1, 'a', 'V'})...),
		"a table in a giant one": append(opened(), declare([]byte{0, 0, 0, 7, 1, 'a', 'F', 0xff, 0xff, 0xff, 0xff})...),
		"a deep table":           append(opened(), declare(deepTable(1000))...),
		"a giant array":          append(opened(), declare([]byte{0, 0, 0, 7, 1, 'a', 'A', 0x7f, 0xff, 0xff, 0xff})...),
		"a body over its header": append(append(append(opened(), publish...), header(1)...),
			3, 0, 1, 0, 0, 0, 2, 'a', 'b', frameEnd),
		"an empty method":   append(opened(), 1, 0, 1, 0, 0, 0, 0, frameEnd),
		"too many channels": manyChannels,
		"bad properties": append(append(opened(), publish...),
			2, 0, 1, 0, 0, 0, 14, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, frameEnd),
	} {
		socket := knock(t, b)
		attacking.Go(func() { // all at once: the broker waits two seconds for each to agree to the end
			_, _ = socket.Write(octets) // it may have seen enough before the end
			if _, err := io.Copy(io.Discard, socket); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: the connection is still there", name)
			}
		})
	}
	attacking.Wait()
	await(t, func() string {
		if s := b.snapshot(); s.memory != empty || len(s.connections) > 0 {
			return fmt.Sprintf("%d bytes, %d connections", s.memory, len(s.connections))
		}
		return ""
	})
	await(t, func() string { // a tenth of a second may be too short for a login on a busy machine
		conn, err := amqp.Dial(b.URL())
		if err != nil {
			return err.Error()
		}
		conn.Close()
		return ""
	})
}

// Sizes that are declared but not sent cost a client its channel, or nothing.
func TestDeclaredSizeIsNotAllocated(t *testing.T) {
	t.Parallel()
	b := startBroker(t, Options{})
	socket := knock(t, b)
	publish := appendMethod(nil, 1, basicPublish, uint16(0), "", "k", false)
	say := append(append(opened(), publish...), header(1<<62)...)
	if _, err := socket.Write(say); err != nil {
		t.Fatal(err)
	}
	in := frames{in: bufio.NewReader(socket), max: frameMaxOffer}
	for {
		f, err := in.next()
		if err != nil {
			t.Fatal(err)
		}
		if method(big.Uint32(f.payload)) == channelClose {
			if code := big.Uint16(f.payload[4:]); code != preconditionFailed {
				t.Errorf("the channel closed with %d", code)
			}
			return
		}
	}
}

// A client that asks and asks but reads no answer is not read any more, long before its answers fill the memory.
func TestAnswersHaveABound(t *testing.T) {
	t.Parallel()
	b := startBroker(t, Options{})
	socket := knock(t, b)
	if _, err := socket.Write(opened()); err != nil {
		t.Fatal(err)
	}
	ask := bytes.Repeat(appendMethod(nil, 1, basicQos, uint32(0), uint16(1), false), 10_000)
	if err := socket.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := socket.Write(ask); err != nil {
			break
		}
	}
	if unsent := only(b).out.size(); unsent > answerBacklog+1<<20 {
		t.Errorf("%d octets wait for the client", unsent)
	}
}

// only is the broker's one connection.
func only(b *Broker) *conn {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		return c
	}
	return nil
}

func (o *outbox) size() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.unsent
}

// A consumer without acknowledgements that does not read gets no more than a bounded part of the queue; the rest when
// it reads again.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	const messages, size = 300, 100_000
	b := startBroker(t, Options{})
	slow := knock(t, b)
	say := appendMethod(opened(), 1, queueDeclare, uint16(0), "q", uint8(0), table{})
	say = appendMethod(say, 1, basicConsume, uint16(0), "q", "tag", uint8(1<<1), table{})
	if _, err := slow.Write(say); err != nil {
		t.Fatal(err)
	}
	await(t, func() string {
		if len(b.snapshot().consumers) == 0 {
			return "no consumer"
		}
		return ""
	})
	conn, ch := dial(t, b)
	defer conn.Close()
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}
	for i := range messages {
		c, err := ch.PublishWithDeferredConfirm("", "q", false, false, amqp.Publishing{Body: make([]byte, size)})
		if err != nil || !c.Wait() {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	if q := b.snapshot().queues[0]; q.ready < messages/3 {
		t.Errorf("%d of %d messages wait: the rest went to a client that does not read", q.ready, messages)
	}
	in := frames{in: bufio.NewReader(slow), max: frameMaxOffer}
	for got := 0; got < messages; {
		f, err := in.next()
		if err != nil {
			t.Fatal(err)
		}
		if f.kind == frameHeader && big.Uint64(f.payload[4:]) == size {
			got++
		}
	}
}

// Publishers that are faster than the memory allows wait, and are told; nothing of what they sent is lost.
func TestMemoryLimitBlocksPublishers(t *testing.T) {
	t.Parallel()
	const limit, messages, size = 1 << 20, 400, 10_000
	b := startBroker(t, Options{MemoryLimit: limit})
	conn, ch := dial(t, b)
	defer conn.Close()
	blockings := conn.NotifyBlocked(make(chan amqp.Blocking, 1000))
	if _, err := ch.QueueDeclare("q", false, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	var publishing sync.WaitGroup
	publishing.Go(func() {
		for range messages {
			if err := ch.Publish("", "q", false, false, amqp.Publishing{Body: make([]byte, size)}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	if blocked := <-blockings; !blocked.Active || blocked.Reason != "low on memory" {
		t.Errorf("got %+v", blocked)
	}
	if s := b.snapshot(); s.memory > limit || !s.blocked {
		t.Errorf("%d bytes with a limit of %d, blocked %t", s.memory, limit, s.blocked)
	}
	consuming, consumer := dial(t, b)
	defer consuming.Close()
	deliveries, err := consumer.Consume("q", "", true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range messages {
		if d := <-deliveries; len(d.Body) != size {
			t.Fatalf("a body of %d", len(d.Body))
		}
	}
	publishing.Wait()
	await(t, func() string {
		if s := b.snapshot(); s.blocked || s.queues[0].ready > 0 {
			return "still blocked"
		}
		return ""
	})
}

// Other things than messages are refused when there is no memory, with a word.
func TestMemoryLimitRefusesQueues(t *testing.T) {
	t.Parallel()
	b := startBroker(t, Options{MemoryLimit: 100_000})
	conn, ch := dial(t, b)
	defer conn.Close()
	for i := 0; ; i++ {
		_, err := ch.QueueDeclare(fmt.Sprint(i), false, false, false, false, nil)
		if err == nil && i < 1000 {
			continue
		}
		var refusal *amqp.Error
		if !errors.As(err, &refusal) || refusal.Code != resourceError || !strings.Contains(refusal.Reason, "100000 bytes") {
			t.Errorf("queue %d: %v", i, err)
		}
		return
	}
}
