package worker_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"carousel/broker"
	"carousel/broker/sandbox"
	"carousel/worker"
)

// The whole of a program that works on a queue. This one makes its broker itself and ends after its only task; yours names RabbitMQ,
// such as amqp://guest:guest@localhost:5672/, and takes its context from signal.NotifyContext.
func Example() {
	sandboxed, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer sandboxed.Close()
	ctx, stop := context.WithCancel(context.Background())

	client, err := broker.Open(broker.ConfigFor(sandboxed.URL(), "pictures"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Publish(ctx, broker.NewTask([]byte("cat.png"))); err != nil {
		log.Fatal(err)
	}
	err = worker.Run(ctx, client, worker.Config{Count: 8}, func(_ context.Context, t worker.Try) error {
		fmt.Printf("resizing %s\n", t.Body)
		stop()
		return nil
	})
	fmt.Println("ended:", err)
	// Output:
	// resizing cat.png
	// ended: <nil>
}

// A pool is steered and watched while it runs.
func ExamplePool() {
	sandboxed, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer sandboxed.Close()
	client, err := broker.Open(broker.ConfigFor(sandboxed.URL(), "pictures"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	ctx, done := context.Background(), make(chan string)
	pool := worker.New(worker.Config{Count: 2}, worker.OnBroker(client), worker.HandlerFunc(
		func(_ context.Context, t worker.Try) error {
			done <- string(t.Body)
			return nil
		}), worker.Options{})
	pool.Start(ctx)
	if _, err := client.Publish(ctx, broker.NewTask([]byte("cat.png"))); err != nil {
		log.Fatal(err)
	}
	fmt.Println("done with", <-done)
	if err := pool.Resize(4); err != nil {
		log.Fatal(err)
	}
	fmt.Println(pool.Status().Target, "workers")
	if err := pool.Drain(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(pool.Totals().Done, "done,", pool.Status().State)
	// Output:
	// done with cat.png
	// 4 workers
	// 1 done, stopped
}

// What a handler returns says what becomes of its task.
func ExampleHandlerFunc() {
	overloaded, unreadable := errors.New("the printer is busy"), errors.New("this is no picture")
	print := worker.HandlerFunc(func(_ context.Context, t worker.Try) error {
		switch {
		case len(t.Body) == 0:
			return worker.Permanent(unreadable) // no further try; it becomes a dead letter
		case t.Attempt < 2:
			return worker.RetryAfter(overloaded, time.Minute) // again, no sooner than in a minute
		}
		return nil // done: the task is acknowledged
	})
	task := broker.NewTask([]byte("cat.png"))
	fmt.Println(print.Handle(context.Background(), worker.Try{Task: task}))
	task.Attempt = 2
	fmt.Println(print.Handle(context.Background(), worker.Try{Task: task}))
	// Output:
	// the printer is busy
	// <nil>
}
