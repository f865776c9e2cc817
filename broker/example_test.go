package broker_test

import (
	"context"
	"fmt"
	"log"

	"carousel/broker"
	"carousel/broker/sandbox"
)

// A task is published, and what became of that is known.
func ExampleClient_Publish() {
	sandboxed, err := sandbox.Start(sandbox.Options{}) // or RabbitMQ, at amqp://guest:guest@localhost:5672/
	if err != nil {
		log.Fatal(err)
	}
	defer sandboxed.Close()
	client, err := broker.Open(broker.ConfigFor(sandboxed.URL(), "pictures"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	task := broker.NewTask([]byte("cat.png"))
	task.Type = "resize"
	receipt, err := client.Publish(context.Background(), task)
	if err != nil {
		log.Fatal(err) // nothing was sent
	}
	fmt.Println(receipt.Outcome, receipt.Why)
	// Output:
	// confirmed
}

// Many tasks are on their way at a time; Enqueue returns when the outcome of each is known.
func ExampleClient_Enqueue() {
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

	n := 0
	next := func() (broker.Task, bool) {
		n++
		return broker.NewTask(fmt.Appendf(nil, "cat %d.png", n)), n <= 5000
	}
	var progress broker.Progress
	if err := client.Enqueue(context.Background(), broker.Batch{Next: next}, &progress); err != nil {
		log.Fatal(err)
	}
	fmt.Println(progress.Read().Confirmed, "confirmed")
	// Output:
	// 5000 confirmed
}
