package broker

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"time"

	"carousel/broker/brokertest"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Any wait will do where a test only wants the copy to come back.
const (
	soon = 50 * time.Millisecond
	wait = 150 * time.Millisecond
)

// failing opens a client in a vhost of its own, with a worker's channel on its queue.
func failing(t *testing.T, kind string) (*Client, *Consumer, brokertest.VHost) {
	t.Helper()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.URL(), func(cfg *Config) {
		cfg.Queue.Type, cfg.RetryWaits = kind, []Duration{Duration(wait)}
	})
	c.sides.newborn = 0 // these tests kill no broker
	k, err := c.Consume(within(t, 20*time.Second), ConsumeOptions{Name: "w01", Prefetch: 1})
	must(t, err)
	return c, k, vhost
}

// odd is a message with everything that a producer can put into one.
func odd(user string, body []byte) amqp.Publishing {
	return amqp.Publishing{
		Headers: amqp.Table{
			"tenant": "blue", "deep": amqp.Table{"list": []any{int32(1), "two", nil}},
			"CC":      []any{"other"},
			"x-death": []any{amqp.Table{"queue": "task_queue", "reason": "expired", "count": int64(1), "exchange": ""}},
			// as a quorum queue leaves it
			"x-delivery-count": int64(99),
		},
		ContentType: "application/octet-stream", ContentEncoding: "identity", DeliveryMode: amqp.Persistent, Priority: 3,
		CorrelationId: "c-1", ReplyTo: "answers", Expiration: "60000", Timestamp: time.Unix(1700000000, 0), Type: "resize",
		UserId: user, AppId: "shop", Body: body,
	}
}

// sendAway lets a fresh task fail once: it is in the retry queue then, and nowhere else.
func sendAway(t *testing.T, c *Client, k *Consumer, soonest, wait time.Duration) {
	t.Helper()
	ctx := within(t, 30*time.Second)
	must(t, c.Enqueue(ctx, bodies(1), &Progress{}))
	d := take(t, k)
	must(t, c.Retry(ctx, d, "no", soonest, wait))
	must(t, d.Ack())
}

func publishRaw(t *testing.T, url, queue string, message amqp.Publishing) {
	t.Helper()
	conn, err := amqp.Dial(url)
	must(t, err)
	defer conn.Close()
	ch, err := conn.Channel()
	must(t, err)
	must(t, ch.Confirm(false))
	confirm, err := ch.PublishWithDeferredConfirm("", queue, true, false, message)
	must(t, err)
	if !confirm.Wait() {
		t.Fatal("not confirmed")
	}
}

func TestRetriedTaskComesBackWhole(t *testing.T) {
	for _, kind := range []string{"classic", "quorum"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c, k, vhost := failing(t, kind)
			ctx := within(t, 30*time.Second)
			body := make([]byte, 1<<20)
			_, _ = rand.Read(body)
			other := brokertest.Connect(t, vhost.URL())
			address, err := url.Parse(vhost.URL())
			must(t, err)
			publishRaw(t, vhost.URL(), "task_queue", odd(address.User.Username(), body))
			other.DeclareQueue("other") // what CC names: it must get no copy

			d := take(t, k)
			first := d.Task
			for try := 2; try <= 4; try++ { // RabbitMQ takes the second time round for a cycle, if the headers say so
				stored := time.Now()
				must(t, c.Retry(ctx, d, "no disk\x00 at all", soon, wait))
				must(t, d.Ack())
				d = take(t, k)
				if early := time.Since(stored); early < soon {
					t.Errorf("came back after %v", early)
				}
				if f := d.Task.Failed; d.Task.Attempt != try || f == nil || f.Err != "no disk\x00 at all" || f.Origin != "task_queue" ||
					time.Since(f.At) > time.Minute || d.Redelivered || d.Last {
					t.Errorf("try %d, failed %+v, %+v", d.Task.Attempt, f, d)
				}
			}
			if !bytes.Equal(d.Task.Body, body) {
				t.Error("the body has changed")
			}
			same := d.Task
			same.ID, same.Attempt, same.Failed, same.Headers = first.ID, 1, nil, first.Headers
			if !reflect.DeepEqual(same, first) {
				t.Errorf("came back as\n%+v\nwas\n%+v", same, first)
			}
			for _, name := range []string{"tenant", "deep"} {
				if !reflect.DeepEqual(d.Task.Headers[name], first.Headers[name]) {
					t.Errorf("header %s is %v", name, d.Task.Headers[name])
				}
			}
			if d.Task.Headers["x-carousel-cc"] == nil || d.Task.Headers["CC"] != nil || other.Ready("other") != 0 {
				t.Errorf("CC was followed again: %v, %d copies", d.Task.Headers, other.Ready("other"))
			}
			must(t, d.Ack())
		})
	}
}

func TestWaitingTasksAreCounted(t *testing.T) {
	t.Parallel()
	c, k, _ := failing(t, "classic")
	ctx := within(t, 30*time.Second)
	if w, err := c.Waiting(ctx); err != nil || w != (Waiting{}) {
		t.Fatalf("before the first failure: %+v, %v", w, err)
	}
	var p Progress
	must(t, c.Enqueue(ctx, bodies(2), &p))
	const long = 6 * time.Second
	for range 2 {
		d := take(t, k)
		must(t, c.Retry(ctx, d, "no", long, long))
		must(t, d.Ack())
	}
	w, err := c.Waiting(ctx)
	must(t, err)
	if until := time.Until(w.Until); w.Tasks != 2 || w.Bound != long || until < time.Second || until > long+unseenFor {
		t.Errorf("waiting: %+v, until in %v", w, until)
	}
	eventually(t, "the count in the snapshot", func() bool {
		s := c.Snapshot()
		return s.Retrying.Value == 2 && !s.RetryNext.IsZero()
	})
	if s := c.Snapshot(); s.RetryBound != long || time.Until(s.RetryNext) > long {
		t.Errorf("next at %v, bound %v", s.RetryNext, s.RetryBound)
	}
	for range 2 {
		must(t, take(t, k).Ack())
	}
	eventually(t, "nothing to be on its way", func() bool {
		w, err := c.Waiting(ctx)
		return err == nil && w == Waiting{}
	})
}

// Another client's retry queue is found by the management API, whatever waits its own config names.
func TestWaitingTasksOfOthersAreFound(t *testing.T) {
	t.Parallel()
	c, k, vhost := failing(t, "classic")
	watcher := connect(t, vhost.Node, vhost.URL(), nil)
	sendAway(t, c, k, time.Minute, time.Minute)
	eventually(t, "the other's count", func() bool { return watcher.Snapshot().Retrying.Value == 1 })
	if s := watcher.Snapshot(); !s.RetryNext.IsZero() || s.RetryBound != time.Minute {
		t.Errorf("next %v, bound %v", s.RetryNext, s.RetryBound)
	}
}

// A copy in a queue that was made a moment ago outlives a broker that is killed as soon as the task may be acknowledged.
func TestFirstCopyOutlivesAKilledBroker(t *testing.T) {
	t.Parallel()
	node := brokertest.Start(t)
	c := connect(t, node, node.URL(), nil)
	ctx := within(t, 60*time.Second)
	d := NewDelivery(NewTask([]byte("task")), 1, new(countingSettler))
	must(t, c.Retry(ctx, d, "no", time.Minute, time.Minute))
	must(t, c.DeadLetter(ctx, d, "no"))
	node.Kill()
	must(t, node.Restart())
	other := brokertest.Connect(t, node.URL())
	for _, queue := range []string{"task_queue.retry.60000", "task_queue.dead"} {
		eventually(t, "the copy in "+queue, func() bool { return other.Ready(queue) == 1 })
	}
}

func TestDeletedRetryQueueIsMadeAgain(t *testing.T) {
	t.Parallel()
	c, k, vhost := failing(t, "classic")
	ctx := within(t, 30*time.Second)
	sendAway(t, c, k, soon, wait)
	d := take(t, k)
	vhost.Node.Management().Call(t, http.MethodDelete, "/api/queues/"+vhost.Name+"/task_queue.retry.150", nil, nil)
	must(t, c.Retry(ctx, d, "no", soon, wait))
	must(t, d.Ack())
	if d = take(t, k); d.Task.Attempt != 3 {
		t.Errorf("try %d", d.Task.Attempt)
	}
}

// A task waits on while its work queue is gone: the retry queue lets it go only when the work queue has it.
func TestTaskOutlivesTheWorkQueue(t *testing.T) {
	t.Parallel()
	c, k, vhost := failing(t, "classic")
	ctx := within(t, 30*time.Second)
	sendAway(t, c, k, time.Second, time.Second)
	vhost.Node.Management().Call(t, http.MethodDelete, "/api/queues/"+vhost.Name+"/task_queue", nil, nil)
	other := brokertest.Connect(t, vhost.URL())
	eventually(t, "the wait to be over", func() bool { return other.Ready("task_queue.retry.1000") == 0 })
	w, err := c.Waiting(ctx) // the broker counts it as ready nowhere
	if err != nil || w.Until.IsZero() {
		t.Errorf("taken for back: %+v, %v", w, err)
	}
	eventually(t, "the task on its way to be seen", func() bool {
		w, err := c.Waiting(ctx)
		return err == nil && w.Tasks == 1
	})
	eventually(t, "the task on its way on the board", func() bool { return c.Snapshot().Retrying.Value == 1 })
}

func TestLastDeliveryIsTold(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.URL(), func(cfg *Config) {
		cfg.Queue.Type, cfg.Queue.Arguments = "quorum", map[string]any{"x-delivery-limit": 3}
	})
	ctx := within(t, 30*time.Second)
	k, err := c.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: 1})
	must(t, err)
	eventually(t, "the limit", func() bool { return c.Snapshot().DeliveryLimit.Value == 3 })
	var p Progress
	must(t, c.Enqueue(ctx, bodies(1), &p))
	for _, last := range []bool{false, false, true} {
		d := take(t, k)
		if d.Last != last {
			t.Errorf("delivery with count %d: last is %v", d.Count, d.Last)
		}
		if !last {
			must(t, d.Fail())
			continue
		}
		must(t, c.Retry(ctx, d, "too often", soon, wait))
		must(t, d.Ack())
	}
	if d := take(t, k); d.Last || d.Count > 0 || d.Task.Attempt != 2 {
		t.Errorf("the copy has the old count: %+v", d)
	}
}
