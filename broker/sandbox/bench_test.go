package sandbox_test

import (
	"net/url"
	"runtime"
	"sync"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
)

// BenchmarkStart starts a broker and ends it, with one client's connection and without.
func BenchmarkStart(b *testing.B) {
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			start := must(b, sandbox.Start)
			if err := start.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("with a client", func(b *testing.B) {
		for b.Loop() {
			broker := must(b, sandbox.Start)
			conn, err := amqp.Dial(broker.URL())
			if err != nil {
				b.Fatal(err)
			}
			conn.Close()
			if err := broker.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func must(tb testing.TB, start func(sandbox.Options) (*sandbox.Broker, error)) *sandbox.Broker {
	tb.Helper()
	b, err := start(sandbox.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// BenchmarkThroughput measures the sandbox beside RabbitMQ, in the same run: one client program does the same to both.
func BenchmarkThroughput(b *testing.B) {
	for _, broker := range []struct {
		name string
		url  func(*testing.B) string
	}{
		{"sandbox", func(b *testing.B) string { return start(b, sandbox.Options{}).URL() }},
		{"RabbitMQ", func(b *testing.B) string { return brokertest.Shared(b).VHost(b).URL() }},
	} {
		b.Run("workers=16/"+broker.name, func(b *testing.B) { benchWorkers(b, broker.url(b)) })
		b.Run("confirmed/"+broker.name, func(b *testing.B) { benchConfirms(b, broker.url(b)) })
	}
}

func connect(b *testing.B, address string) *amqp.Channel {
	b.Helper()
	if _, err := url.Parse(address); err != nil {
		b.Fatal(err)
	}
	conn, err := amqp.Dial(address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		b.Fatal(err)
	}
	return ch
}

// publishAll publishes n tasks with a window of outstanding confirms.
func publishAll(b *testing.B, ch *amqp.Channel, n int) {
	const window = 1000
	pending := make(chan *amqp.DeferredConfirmation, window)
	var confirming sync.WaitGroup
	confirming.Go(func() {
		for c := range pending {
			if !c.Wait() {
				b.Error("a task was not confirmed")
			}
		}
	})
	body := make([]byte, 100)
	for range n {
		c, err := ch.PublishWithDeferredConfirm("", "bench", true, false, amqp.Publishing{
			DeliveryMode: amqp.Persistent, Body: body,
		})
		if err != nil {
			b.Error(err)
			break
		}
		pending <- c
	}
	close(pending)
	confirming.Wait()
}

func prepare(b *testing.B, url string) *amqp.Channel {
	b.Helper()
	ch := connect(b, url)
	if _, err := ch.QueueDeclare("bench", true, false, false, false, nil); err != nil {
		b.Fatal(err)
	}
	if err := ch.Confirm(false); err != nil {
		b.Fatal(err)
	}
	return ch
}

func benchConfirms(b *testing.B, url string) {
	ch := prepare(b, url)
	b.ResetTimer()
	publishAll(b, ch, b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}

// benchWorkers lets 16 workers with prefetch 1, each on a connection of its own, work off a queue.
func benchWorkers(b *testing.B, url string) {
	publishAll(b, prepare(b, url), b.N)
	const workers = 16
	var working sync.WaitGroup
	left := make(chan struct{}, b.N)
	for range b.N {
		left <- struct{}{}
	}
	close(left)
	done := make(chan struct{})
	var once sync.Once
	var channels []*amqp.Channel
	for range workers {
		ch := connect(b, url)
		if err := ch.Qos(1, 0, false); err != nil {
			b.Fatal(err)
		}
		channels = append(channels, ch)
	}
	b.ResetTimer()
	for _, ch := range channels {
		deliveries, err := ch.Consume("bench", "", false, false, false, false, nil)
		if err != nil {
			b.Fatal(err)
		}
		working.Go(func() {
			for {
				select {
				case d := <-deliveries:
					<-left
					if err := d.Ack(false); err != nil {
						b.Error(err)
					}
					if len(left) == 0 {
						once.Do(func() { close(done) })
					}
				case <-done:
					return
				}
			}
		})
	}
	working.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}

// BenchmarkMemory tells what a ready message of 256 octets takes.
func BenchmarkMemory(b *testing.B) {
	broker := must(b, sandbox.Start)
	defer broker.Close()
	conn, err := amqp.Dial(broker.URL())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := ch.QueueDeclare("bench", true, false, false, false, nil); err != nil {
		b.Fatal(err)
	}
	before := inUse()
	body := make([]byte, 256)
	for b.Loop() {
		if err := ch.Publish("", "bench", false, false, amqp.Publishing{Body: body}); err != nil {
			b.Fatal(err)
		}
	}
	if err := ch.Flow(true); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric((float64(inUse())-float64(before))/float64(b.N), "B/message")
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
