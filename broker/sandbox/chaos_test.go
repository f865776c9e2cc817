package sandbox

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func startBroker(tb testing.TB, o Options) *Broker {
	tb.Helper()
	b, err := Start(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := b.Close(); err != nil {
			tb.Error(err)
		}
	})
	return b
}

func dial(tb testing.TB, b *Broker) (*amqp.Connection, *amqp.Channel) {
	tb.Helper()
	conn, err := amqp.Dial(b.URL())
	if err != nil {
		tb.Fatal(err)
	}
	ch, err := conn.Channel()
	if err != nil {
		tb.Fatal(err)
	}
	return conn, ch
}

// await polls until there is nothing to complain about.
func await(tb testing.TB, complaint func() string) {
	tb.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		text := complaint()
		if text == "" {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("still so: %s", text)
		}
		time.Sleep(time.Millisecond)
	}
}

// Consumers come, settle at random and die at random, until every message was acknowledged; then nothing is left of it.
func TestChaosLosesNothing(t *testing.T) {
	t.Parallel()
	const messages, consumers = 20_000, 12
	b := startBroker(t, Options{})
	empty := b.snapshot().memory
	conn, ch := dial(t, b)
	if _, err := ch.QueueDeclare("q", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := ch.Confirm(false); err != nil {
		t.Fatal(err)
	}

	var ledger [messages]atomic.Int32 // acknowledgements sent, by id
	var done atomic.Int32             // ids with one
	var working sync.WaitGroup
	for i := range consumers {
		random := rand.New(rand.NewPCG(1, uint64(i)))
		working.Go(func() {
			for done.Load() < messages {
				if err := live(b, random, &ledger, &done); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	confirms := make([]*amqp.DeferredConfirmation, messages)
	for i := range messages {
		c, err := ch.PublishWithDeferredConfirm("", "q", true, false, amqp.Publishing{Body: fmt.Append(nil, i)})
		if err != nil {
			t.Fatal(err)
		}
		confirms[i] = c
	}
	for i, c := range confirms {
		if !c.Wait() {
			t.Fatalf("message %d was not confirmed", i)
		}
	}
	working.Wait()
	for i := range ledger {
		if ledger[i].Load() == 0 {
			t.Errorf("message %d was never acknowledged", i)
		}
	}
	drained(t, ch)
	if _, err := ch.QueueDelete("q", false, false, false); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	await(t, func() string {
		if s := b.snapshot(); s.memory != empty || len(s.connections)+len(s.channels)+len(s.consumers) > 0 {
			return fmt.Sprintf("%d bytes, %d connections, %d channels, %d consumers",
				s.memory, len(s.connections), len(s.channels), len(s.consumers))
		}
		return ""
	})
}

// drained takes what came back after its acknowledgement was lost with a connection, and wants nothing after that.
func drained(t *testing.T, ch *amqp.Channel) {
	t.Helper()
	for {
		_, ok, err := ch.Get("q", true)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
	}
}

// live is one life of a consumer: it settles some hundred deliveries, and ends in one way or another.
func live(b *Broker, random *rand.Rand, ledger *[20_000]atomic.Int32, done *atomic.Int32) error {
	conn, err := amqp.Dial(b.URL())
	if err != nil {
		return err
	}
	defer conn.CloseDeadline(time.Now().Add(time.Second))
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	if err := ch.Qos(1+random.IntN(50), 0, random.IntN(4) == 0); err != nil {
		return err
	}
	deliveries, err := ch.Consume("q", "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	idle := time.NewTimer(200 * time.Millisecond)
	defer idle.Stop()
	for range 100 + random.IntN(400) {
		select {
		case d := <-deliveries:
			if err := settleSomehow(d, random, ledger, done); err != nil {
				return err
			}
		case <-idle.C:
			return nil
		}
	}
	if random.IntN(2) == 0 {
		return ch.Close()
	}
	return nil
}

func settleSomehow(d amqp.Delivery, random *rand.Rand, ledger *[20_000]atomic.Int32, done *atomic.Int32) error {
	switch random.IntN(10) {
	case 0:
		return d.Nack(false, true)
	case 1:
		return d.Reject(true)
	case 2:
		return nil // kept until the channel ends
	}
	var id int
	if _, err := fmt.Sscan(string(d.Body), &id); err != nil {
		return err
	}
	if ledger[id].Add(1) == 1 {
		done.Add(1)
	}
	return d.Ack(false)
}
