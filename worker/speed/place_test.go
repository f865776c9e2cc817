package speed

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"carousel/broker"
	"carousel/broker/brokertest"
	"carousel/broker/sandbox"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The brokers that can be measured on.
const (
	onRabbitMQ = "rabbitmq" // a private node
	onSandbox  = "sandbox"  // in a process of its own, whose CPU does not count
)

// place is a broker to measure on.
type place struct {
	Name, URL, Management string
}

// openPlace starts the broker, for as long as the test runs.
func openPlace(tb testing.TB, name string) place {
	tb.Helper()
	switch name {
	case onRabbitMQ:
		node := brokertest.Shared(tb)
		return place{name, node.VHost(tb).URL(), node.ManagementURL()}
	case onSandbox:
		return startSandbox(tb)
	}
	tb.Fatalf("-brokers: %q is not known; allowed are %s and %s", name, onRabbitMQ, onSandbox)
	return place{}
}

// envSandbox makes the test binary serve a sandbox instead of running tests.
const envSandbox = "CAROUSEL_SPEED_SANDBOX"

// startSandbox runs this very binary again, as a sandbox that ends with its standard input.
func startSandbox(tb testing.TB) place {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envSandbox+"=1")
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	must(tb, err)
	output, err := cmd.StdoutPipe()
	must(tb, err)
	must(tb, cmd.Start())
	tb.Cleanup(func() {
		input.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(output).ReadBytes('\n')
	must(tb, err)
	var p place
	must(tb, json.Unmarshal(line, &p))
	return p
}

// serveSandbox is the other end of startSandbox.
func serveSandbox() error {
	b, err := sandbox.Start(sandbox.Options{MemoryLimit: 4 << 30}) // a million tasks, or a thousand large ones, stay below it
	if err != nil {
		return err
	}
	defer b.Close()
	if err := json.NewEncoder(os.Stdout).Encode(place{onSandbox, b.URL(), b.ManagementURL()}); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// newQueue declares a queue with a name of its own, and returns what deletes it and says how many tasks were left in it.
func (p place) newQueue(kind string) (name string, end func() (left int, err error), err error) {
	conn, err := amqp.Dial(p.URL)
	if err != nil {
		return "", nil, err
	}
	ch, err := conn.Channel()
	if err != nil {
		return "", nil, err
	}
	name = "speed-" + strings.ToLower(rand.Text()[:8])
	if _, err := ch.QueueDeclare(name, true, false, false, false, amqp.Table{"x-queue-type": kind}); err != nil {
		return "", nil, err
	}
	return name, func() (int, error) {
		defer conn.Close()
		return ch.QueueDelete(name, false, false, false)
	}, nil
}

// config is carousel's for the queue, as a program that names no more than these would have it.
func (p place) config(queue, kind string) broker.Config {
	cfg := broker.ConfigFor(p.URL, queue)
	cfg.Queue.Type = kind
	cfg.Management = []string{p.Management}
	return cfg
}

// notAll says that the broker did not confirm every task.
func notAll(confirmed, tasks int) error {
	return fmt.Errorf("%d of %d publishes were confirmed", confirmed, tasks)
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
