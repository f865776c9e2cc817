package sandbox

import (
	"fmt"
	"net"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// deafConsumers are clients that consume without acknowledgements from a queue each, bound to amq.fanout, and that read
// nothing. Their connections are returned.
func deafConsumers(t *testing.T, b *Broker, n int) map[*conn]net.Conn {
	t.Helper()
	deaf := map[*conn]net.Conn{}
	for i := range n {
		socket := knock(t, b)
		q := fmt.Sprint(i)
		if err := socket.(*net.TCPConn).SetReadBuffer(16 << 10); err != nil {
			t.Fatal(err)
		}
		say := appendMethod(opened(), 1, queueDeclare, uint16(0), q, uint8(0), table{})
		say = appendMethod(say, 1, queueBind, uint16(0), q, "amq.fanout", "", false, table{})
		say = appendMethod(say, 1, basicConsume, uint16(0), q, "tag", uint8(1<<1), table{})
		if _, err := socket.Write(say); err != nil {
			t.Fatal(err)
		}
		await(t, func() string {
			if len(b.snapshot().consumers) != i+1 {
				return "no consumer"
			}
			return ""
		})
		b.mu.Lock()
		for c := range b.conns {
			if deaf[c] == nil {
				deaf[c] = socket
				if err := c.socket.(*net.TCPConn).SetWriteBuffer(16 << 10); err != nil {
					t.Error(err)
				}
			}
		}
		b.mu.Unlock()
	}
	return deaf
}

// A large message that waits for several readers is kept, and counted, once, until the last of them is gone.
func TestUnreadMessageCountsOnce(t *testing.T) {
	t.Parallel()
	const size = 3 << 20
	b := startBroker(t, Options{})
	deaf := deafConsumers(t, b, 5)
	before := b.snapshot().memory
	conn, ch := dial(t, b)
	if err := ch.Publish("amq.fanout", "", false, false, amqp.Publishing{Body: make([]byte, size)}); err != nil {
		t.Fatal(err)
	}
	await(t, func() string {
		for c := range deaf {
			if c.out.size() < size/2 {
				return "a client got nothing"
			}
		}
		return ""
	})
	conn.Close()
	if grown := b.snapshot().memory - before; grown < size || grown > size+size/10 {
		t.Errorf("the message takes %d octets", grown)
	}
	for _, socket := range deaf {
		socket.Close()
	}
	await(t, func() string {
		if memory := b.snapshot().memory; memory >= before {
			return fmt.Sprintf("%d octets", memory)
		}
		return ""
	})
}

// What waits for slow readers in small messages has the memory limit too.
func TestUnreadDeliveriesHaveTheLimit(t *testing.T) {
	t.Parallel()
	const limit, size, readers, messages = 1 << 20, 1000, 8, 2000
	b := startBroker(t, Options{MemoryLimit: limit})
	deaf := deafConsumers(t, b, readers)
	conn, ch := dial(t, b)
	defer conn.CloseDeadline(time.Now().Add(time.Second))
	blocked := conn.NotifyBlocked(make(chan amqp.Blocking, messages))
	for range messages {
		if len(blocked) > 0 {
			break
		}
		if err := ch.Publish("amq.fanout", "", false, false, amqp.Publishing{Body: make([]byte, size)}); err != nil {
			t.Fatal(err)
		}
	}
	await(t, func() string {
		if len(blocked) == 0 {
			return "the publisher goes on"
		}
		return ""
	})
	unsent := 0
	for c := range deaf {
		unsent += c.out.size()
	}
	if unsent < limit/2 || unsent > limit+limit/4+2*readers*size {
		t.Errorf("%d octets are unsent with a limit of %d", unsent, limit)
	}
}
