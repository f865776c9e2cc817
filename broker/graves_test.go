package broker

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"carousel/broker/brokertest"
	"carousel/broker/sandbox"
)

// graves is a broker with dead letters, and a client of it.
type graves struct {
	t        *testing.T
	url, api string
	kind     string // of the queues
	c        *Client
	conn     *amqp.Connection
	ch       *amqp.Channel // another program's, with confirms
}

// eachGraves runs a test on the sandbox and on RabbitMQ, with queues of either type.
func eachGraves(t *testing.T, test func(*testing.T, *graves)) {
	t.Parallel()
	for _, on := range []string{"sandbox", "RabbitMQ"} {
		for _, kind := range []string{"classic", "quorum"} {
			t.Run(on+", "+kind, func(t *testing.T) {
				t.Parallel()
				test(t, newGraves(t, on, kind))
			})
		}
	}
}

func newGraves(t *testing.T, on, kind string) *graves {
	t.Helper()
	g := &graves{t: t, kind: kind}
	if on == "sandbox" {
		b, err := sandbox.Start(sandbox.Options{})
		must(t, err)
		t.Cleanup(func() { _ = b.Close() })
		g.url, g.api = b.URL(), b.ManagementURL()
	} else {
		node := brokertest.Shared(t)
		g.url, g.api = node.VHost(t).URL(), node.ManagementURL()
	}
	g.c = g.connect(nil)
	conn, err := amqp.Dial(g.url)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	g.conn = conn
	g.ch, err = conn.Channel()
	must(t, err)
	must(t, g.ch.Confirm(false))
	return g
}

func (g *graves) connect(change func(*Config)) *Client {
	g.t.Helper()
	cfg := DefaultConfig()
	cfg.URLs, cfg.Management, cfg.Queue.Type = []string{g.url}, []string{g.api}, g.kind
	if change != nil {
		change(&cfg)
	}
	c, err := Open(cfg, slog.New(slog.DiscardHandler))
	must(g.t, err)
	g.t.Cleanup(c.Close)
	return c
}

// limit is how many returns a queue of the broker's kind allows that was declared without a limit; 0: any number.
func (g *graves) limit() int64 {
	if g.kind == "quorum" && g.atLeast(4, 0) {
		return defaultLimit
	}
	return 0
}

// atLeast reports whether the broker is of this version or a later one.
func (g *graves) atLeast(major, minor int) bool {
	version := g.conn.Properties["version"]
	return atLeast(fmt.Sprint(version), major, minor)
}

// declare makes queues of the broker's kind, with these arguments.
func (g *graves) declare(args amqp.Table, names ...string) {
	g.t.Helper()
	for _, name := range names {
		all := amqp.Table{"x-queue-type": g.kind}
		for key, value := range args {
			all[key] = value
		}
		_, err := g.ch.QueueDeclare(name, true, false, false, false, all)
		must(g.t, err)
	}
}

func (g *graves) put(queue string, messages ...amqp.Publishing) {
	g.t.Helper()
	var last *amqp.DeferredConfirmation
	for _, m := range messages {
		m.DeliveryMode = amqp.Persistent
		var err error
		last, err = g.ch.PublishWithDeferredConfirm("", queue, true, false, m)
		must(g.t, err)
	}
	if last != nil && !last.Wait() {
		g.t.Fatal("not confirmed")
	}
}

// bury puts n letters of a work queue into its dead-letter queue, as carousel does, with ids from "1" on; the cause of each is
// "disk" or, of every third, "net".
func (g *graves) bury(dead, origin string, n int) {
	g.t.Helper()
	letters := make([]amqp.Publishing, n)
	for i := range letters {
		task := NewTask(fmt.Appendf(nil, "body %d", i+1))
		task.ID, task.Attempt = fmt.Sprint(i+1), 3
		task.failed([]string{"net", "disk", "disk"}[(i+1)%3], origin)
		m, err := copyOf(task)
		must(g.t, err)
		letters[i] = m
	}
	g.put(dead, letters...)
}

// drain takes all that a queue has, in its order.
func (g *graves) drain(queue string) []amqp.Delivery {
	g.t.Helper()
	var all []amqp.Delivery
	for {
		d, ok, err := g.ch.Get(queue, true)
		must(g.t, err)
		if !ok {
			return all
		}
		all = append(all, d)
	}
}

func (g *graves) ready(queue string) int {
	g.t.Helper()
	q, err := g.ch.QueueDeclarePassive(queue, true, false, false, false, nil)
	must(g.t, err)
	return q.Messages
}

func idsOf(all []amqp.Delivery) string {
	var ids []string
	for _, d := range all {
		ids = append(ids, d.MessageId)
	}
	return strings.Join(ids, " ")
}

func idsOfLetters(all []Letter) string {
	var ids []string
	for _, l := range all {
		ids = append(ids, l.Task.ID)
	}
	return strings.Join(ids, " ")
}

func numbers(from, to int) string {
	var all []string
	for i := from; i <= to; i++ {
		all = append(all, fmt.Sprint(i))
	}
	return strings.Join(all, " ")
}

func byCause(cause string) func(*Letter) bool {
	return func(l *Letter) bool { return l.Cause == cause }
}
