package speed

import (
	"context"
	"fmt"
	"sync"

	"carousel/broker"
	"carousel/worker"

	amqp "github.com/rabbitmq/amqp091-go"
)

// work is what one row of the pool's tables is about.
type work struct {
	place       place
	kind        string // of queue
	workers     int
	tasks       int
	size        int // of a body, in bytes
	connections int // carousel's; 0: the default
}

// round fills a queue, has one side work it off, and checks that nothing is left.
func (w work) round(run func(queue string, g *gate) error) (f figure, err error) {
	queue, end, err := w.place.newQueue(w.kind)
	if err != nil {
		return figure{}, err
	}
	defer func() {
		left, gone := end()
		switch {
		case err != nil:
		case gone != nil:
			err = gone
		case left != 0:
			err = fmt.Errorf("%d of %d tasks were still in the queue", left, w.tasks+w.workers)
		}
	}()
	tasks := w.tasks + w.workers // the first of each worker is not measured
	if err := fill(w.place.config(queue, w.kind), tasks, w.size); err != nil {
		return figure{}, err
	}
	g := newGate(w.workers, tasks)
	if err := run(queue, g); err != nil {
		return figure{}, err
	}
	return <-g.result, nil
}

// fill puts tasks as carousel makes them into the queue, as many as are wanted, each confirmed.
func fill(cfg broker.Config, tasks, size int) error {
	cfg.Management = nil
	client, err := broker.Open(cfg, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	return enqueue(client, tasks, size)
}

func enqueue(client *broker.Client, tasks, size int) error {
	var (
		progress broker.Progress
		body     = make([]byte, size)
		made     int
	)
	next := func() (broker.Task, bool) {
		made++
		return broker.NewTask(body), made <= tasks
	}
	if err := client.Enqueue(context.Background(), broker.Batch{Next: next}, &progress); err != nil {
		return err
	}
	if got := progress.Read(); got.Confirmed != uint64(tasks) {
		return notAll(int(got.Confirmed), tasks)
	}
	return nil
}

// bareWork is the plainest pool: one connection, a channel with prefetch 1 for each worker, an ack after nothing was done.
func bareWork(url string, workers int) func(string, *gate) error {
	return func(queue string, g *gate) error {
		conn, err := amqp.Dial(url)
		if err != nil {
			return err
		}
		defer conn.Close()
		var (
			all   sync.WaitGroup
			acked = make(chan error, g.tasks)
		)
		for range workers {
			ch, err := conn.Channel()
			if err != nil {
				return err
			}
			if err := ch.Qos(1, 0, false); err != nil {
				return err
			}
			deliveries, err := ch.Consume(queue, "", false, false, false, false, nil)
			if err != nil {
				return err
			}
			all.Go(func() {
				for d := range deliveries {
					g.pass()
					acked <- d.Ack(false)
				}
			})
		}
		for range g.tasks {
			if err := <-acked; err != nil {
				return err
			}
		}
		if err := conn.Close(); err != nil {
			return err
		}
		all.Wait()
		return nil
	}
}

// poolWork is carousel's pool with a handler that does nothing.
func poolWork(w work) func(string, *gate) error {
	return func(queue string, g *gate) error {
		cfg := w.place.config(queue, w.kind)
		cfg.Connections = worker.DefaultConfig().Connections
		if w.connections > 0 {
			cfg.Connections = w.connections
		}
		client, err := broker.Open(cfg, nil)
		if err != nil {
			return err
		}
		defer client.Close()
		nothing := worker.HandlerFunc(func(context.Context, worker.Try) error {
			g.pass()
			return nil
		})
		pool := worker.New(worker.Config{Count: w.workers}, worker.OnBroker(client), nothing, worker.Options{Slack: worker.UsualSlack})
		pool.Start(context.Background())
		result := <-g.result
		g.result <- result
		if err := pool.Drain(context.Background()); err != nil {
			return err
		}
		if done := pool.Totals().Done; done != uint64(g.tasks) {
			return fmt.Errorf("the pool has done %d of %d tasks", done, g.tasks)
		}
		return nil
	}
}

// compareWork measures the row.
func compareWork(w work, pairs int) (comparison, error) {
	return compare(pairs,
		func() (figure, error) { return w.round(bareWork(w.place.URL, w.workers)) },
		func() (figure, error) { return w.round(poolWork(w)) })
}
