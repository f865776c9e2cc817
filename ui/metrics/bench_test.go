//go:build unix

package metrics

import (
	"context"
	"io"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// endless is a queue in memory that always has another task.
type endless struct{}

type endlessConsumer struct {
	tasks chan *broker.Delivery
	stop  chan struct{}
	once  sync.Once
}

func (endless) Consume(context.Context, broker.ConsumeOptions) (worker.Consumer, error) {
	c := &endlessConsumer{tasks: make(chan *broker.Delivery, 16), stop: make(chan struct{})}
	go func() {
		defer close(c.tasks)
		task := broker.NewTask([]byte("task"))
		task.Type = "resize"
		for tag := uint64(1); ; tag++ {
			select {
			case c.tasks <- broker.NewDelivery(task, tag, c):
			case <-c.stop:
				return
			}
		}
	}()
	return c, nil
}

func (endless) Retry(context.Context, *broker.Delivery, string, time.Duration, time.Duration) error {
	return nil
}
func (endless) DeadLetter(context.Context, *broker.Delivery, string) error { return nil }

func (c *endlessConsumer) Next(wake <-chan struct{}) (d *broker.Delivery, open bool) {
	select {
	case d, open = <-c.tasks:
		return d, open
	case <-wake:
		return nil, true
	}
}
func (c *endlessConsumer) SetPrefetch(context.Context, int) error { return nil }
func (c *endlessConsumer) Cancel(context.Context) error {
	c.once.Do(func() { close(c.stop) })
	return nil
}
func (c *endlessConsumer) Close() error              { return c.Cancel(context.Background()) }
func (c *endlessConsumer) Err() error                { return nil }
func (c *endlessConsumer) Tag() string               { return "w" }
func (c *endlessConsumer) Stale() bool               { return false }
func (c *endlessConsumer) Ack(uint64) error          { return nil }
func (c *endlessConsumer) Nack(uint64, bool) error   { return nil }
func (c *endlessConsumer) Reject(uint64, bool) error { return nil }

// BenchmarkPoolWhileScraped is the throughput of a pool whose tasks cost nothing, alone, with its journal counted as the
// work command does, and with its figures scraped ten times a second besides. Run by turns, the three show what being watched
// costs: go test -run xx -bench PoolWhileScraped -count 5 ./ui/metrics
func BenchmarkPoolWhileScraped(b *testing.B) {
	for _, c := range []struct {
		name            string
		counts, scrapes bool
	}{{"alone", false, false}, {"counted", true, false}, {"counted and scraped", true, true}} {
		b.Run(c.name, func(b *testing.B) {
			cfg := worker.DefaultConfig()
			cfg.Count = 256
			p := worker.New(cfg, endless{}, worker.HandlerFunc(func(context.Context, worker.Try) error { return nil }),
				worker.Options{MaxTasks: b.N})
			meter := NewMeter(DefaultConfig())
			s := seen()
			server, err := Listen(Config{Listen: "127.0.0.1:0"})
			if err != nil {
				b.Fatal(err)
			}
			server.Serve(Figures{Broker: s, Pool: func() Pool { return p }, Meter: meter}, well, well)
			defer server.Close()
			done := make(chan struct{})
			var watching sync.WaitGroup
			every := func(pause time.Duration, do func()) { watching.Go(func() { repeat(pause, done, do) }) }
			var missed uint64
			if c.counts {
				var cursor uint64
				var events []worker.Event
				every(25*time.Millisecond, func() {
					var lost uint64
					events, cursor, lost = p.Journal().Since(cursor, events[:0])
					meter.Count(events, lost)
					missed += lost
				})
			}
			if c.scrapes {
				every(100*time.Millisecond, func() { scrape("http://" + server.Address() + "/metrics") })
			}
			before := cpu(b)
			b.ResetTimer()
			p.Start(b.Context())
			for p.Status().State != worker.PoolStopped {
				time.Sleep(100 * time.Microsecond)
			}
			b.StopTimer()
			b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/task")
			close(done)
			watching.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
			b.ReportMetric(float64(missed), "missed")
		})
	}
}

// repeat does it again and again until done is closed.
func repeat(pause time.Duration, done <-chan struct{}, do func()) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			do()
		case <-done:
			return
		}
	}
}

func scrape(url string) {
	if answer, err := http.Get(url); err == nil {
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
}

// cpu is the processor time of this process so far: it says what watching costs also where other programs take their share.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
