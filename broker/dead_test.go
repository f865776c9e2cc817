package broker

import (
	"strings"
	"sync"
	"testing"
	"time"

	"carousel/broker/brokertest"

	amqp "github.com/rabbitmq/amqp091-go"
)

func TestDeadLetterQueueKeepsTheTask(t *testing.T) {
	for _, kind := range []string{"classic", "quorum"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c, k, vhost := failing(t, kind)
			ctx := within(t, 30*time.Second)
			eventually(t, "the type", func() bool { return c.Snapshot().Type.Known() })
			task := NewTask([]byte("resize cat.png"))
			task.Attempt = 5
			_, err := c.Publish(ctx, task)
			must(t, err)
			d := take(t, k)
			must(t, c.DeadLetter(ctx, d, "no disk"))
			must(t, d.Ack())
			eventually(t, "the count", func() bool { return c.Snapshot().Dead.Value == 1 })

			dead := connect(t, vhost.Node, vhost.URL(), func(cfg *Config) { cfg.Queue.Name = "task_queue.dead" })
			from, err := dead.Consume(ctx, ConsumeOptions{Name: "w01", Prefetch: 1})
			must(t, err)
			got := take(t, from).Task
			if f := got.Failed; got.ID != task.ID || got.Attempt != 5 || string(got.Body) != "resize cat.png" || !got.Made ||
				f == nil || f.Err != "no disk" || f.Origin != "task_queue" || time.Since(f.At) > time.Minute {
				t.Errorf("dead letter %+v, failed %+v", got, f)
			}
			eventually(t, "the dead-letter queue's type", func() bool { return dead.Snapshot().Type.Known() })
			if s := dead.Snapshot(); s.Type.Value != kind || !s.Durable.Value {
				t.Errorf("the dead-letter queue is %s, durable %v", s.Type.Value, s.Durable.Value)
			}
		})
	}
}

func TestCopiesThatCannotBeKept(t *testing.T) {
	t.Parallel()
	c, k, vhost := failing(t, "classic")
	c.sides.patience = time.Second
	ctx := within(t, 60*time.Second)
	var p Progress
	must(t, c.Enqueue(ctx, bodies(1), &p))
	task := take(t, k)
	other, err := amqp.Dial(vhost.URL())
	must(t, err)
	t.Cleanup(func() { _ = other.Close() })
	ch, err := other.Channel()
	must(t, err)
	_, err = ch.QueueDeclare("task_queue.retry.77", true, false, false, false, nil)
	must(t, err)
	_, err = ch.QueueDeclare("task_queue.dead", true, false, false, false,
		amqp.Table{"x-max-length": int64(0), "x-overflow": "reject-publish"})
	must(t, err)
	huge := NewDelivery(task.Task, task.Tag, k)
	huge.Task.Headers = map[string]any{"much": strings.Repeat("x", frameSize)}
	mute := connect(t, vhost.Node, vhost.User(t, "mute-"+vhost.Name, "pw", "", "^$", ".*", ".*"), nil)
	reader := connect(t, vhost.Node, vhost.URL(), func(cfg *Config) { cfg.ReadOnly = true })
	long := connect(t, vhost.Node, vhost.URL(), func(cfg *Config) { cfg.Queue.Name = strings.Repeat("q", 250) })

	for name, c := range map[string]struct {
		err  error
		kind Kind
		want string
	}{
		"other arguments":   {c.Retry(ctx, task, "no", soon, 77*time.Millisecond), Mismatch, "; delete that queue once it is empty"},
		"full queue":        {c.DeadLetter(ctx, task, "no"), Failed, "could not store it; make room in that queue"},
		"headers too large": {c.Retry(ctx, huge, "no", soon, wait), Invalid, "headers take"},
		"no right":          {mute.Retry(ctx, task, "no", soon, 5*time.Second), NoRight, "task_queue.retry.5000' in vhost '" + vhost.Name + "' refused for user 'mute-" + vhost.Name + "'; let the user configure"},
		"read-only":         {reader.DeadLetter(ctx, task, "no"), ReadOnly, "read-only"},
		"long name":         {long.Retry(ctx, task, "no", soon, wait), Invalid, "shorter name"},
	} {
		if KindOf(c.err) != c.kind || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: kind %d, %v", name, KindOf(c.err), c.err)
		}
	}
}

// A copy that was refused is surely not stored: it is sent again for a while, since what refuses it may pass.
func TestRefusedCopyIsSentAgain(t *testing.T) {
	t.Parallel()
	c, k, vhost := failing(t, "classic")
	ctx := within(t, 30*time.Second)
	var p Progress
	must(t, c.Enqueue(ctx, bodies(2), &p))
	other, err := amqp.Dial(vhost.URL())
	must(t, err)
	t.Cleanup(func() { _ = other.Close() })
	ch, err := other.Channel()
	must(t, err)
	_, err = ch.QueueDeclare("task_queue.dead", true, false, false, false,
		amqp.Table{"x-max-length": int64(1), "x-overflow": "reject-publish"})
	must(t, err)
	d := take(t, k)
	must(t, c.DeadLetter(ctx, d, "no"))
	must(t, d.Ack())
	kept := make(chan error, 1)
	d = take(t, k)
	go func() { kept <- c.DeadLetter(ctx, d, "no") }()
	select {
	case err := <-kept:
		t.Fatalf("kept in a full queue, or given up at once: %v", err)
	case <-time.After(200 * time.Millisecond): // several tries
	}
	_, err = ch.QueuePurge("task_queue.dead", false)
	must(t, err)
	must(t, <-kept)
	must(t, d.Ack())
	eventually(t, "the one copy", func() bool { return c.Snapshot().Dead.Value == 1 })
}

// An administrator may have made the queues for a user who must not.
func TestQueuesMadeByOthersAreUsed(t *testing.T) {
	t.Parallel()
	c, k, vhost := failing(t, "classic")
	mute := connect(t, vhost.Node, vhost.User(t, "mute-"+vhost.Name, "pw", "", "^$", ".*", ".*"), nil)
	ctx := within(t, 30*time.Second)
	sendAway(t, c, k, soon, wait)
	d := take(t, k)
	must(t, mute.Retry(ctx, d, "no", soon, wait))
	must(t, d.Ack())
	if d = take(t, k); d.Task.Attempt != 3 {
		t.Errorf("try %d", d.Task.Attempt)
	}
}

// A copy without a confirm is no copy: the caller must not acknowledge.
func TestLostLinkLeavesTheCopyUnknown(t *testing.T) {
	t.Parallel()
	c, relay := relayed(t, func(cfg *Config) { cfg.Heartbeat = Duration(time.Second) })
	ctx := within(t, 30*time.Second)
	d := NewDelivery(NewTask(nil), 1, new(countingSettler))
	must(t, c.Retry(ctx, d, "no", soon, wait)) // makes the queue and proves the channel
	relay.Freeze()
	err := c.Retry(ctx, d, "no", soon, wait)
	if KindOf(err) != LinkLost {
		t.Errorf("got %v", err)
	}
	relay.Thaw()
}

// A task that the broker has taken back gets no copy: not at once, and not when the wait for the link is over.
func TestStaleDeliveryGetsNoCopy(t *testing.T) {
	t.Parallel()
	c, relay := relayed(t, nil)
	ctx := within(t, 30*time.Second)
	by := new(countingSettler)
	d := NewDelivery(NewTask(nil), 1, by)
	must(t, c.Retry(ctx, d, "no", time.Minute, time.Minute)) // the queue is there
	relay.Cut()
	eventually(t, "the loss", func() bool { return c.Links()[0].Err != nil })
	told := make(chan error, 1)
	go func() { told <- c.Retry(ctx, d, "no", time.Minute, time.Minute) }()
	by.stale.Store(true)
	must(t, relay.Mend())
	if err := <-told; err != ErrStale {
		t.Errorf("after a wait: %v", err)
	}
	if err := c.DeadLetter(ctx, d, "no"); err != ErrStale {
		t.Errorf("at once: %v", err)
	}
	eventually(t, "the one copy", func() bool {
		w, err := c.Waiting(ctx)
		return err == nil && w.Tasks == 1
	})
}

// Every task that fails while the queues for it are being made waits until they are safe, not only the first.
func TestNobodyTrustsANewQueueTooSoon(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	c := connect(t, node, node.VHost(t).URL(), func(cfg *Config) {
		cfg.RetryWaits = []Duration{Duration(time.Second), Duration(2 * time.Second), Duration(4 * time.Second)}
	})
	ctx := within(t, patience)
	start := time.Now()
	var all sync.WaitGroup
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for range 100 {
		all.Go(func() {
			d := NewDelivery(NewTask(nil), 1, new(countingSettler))
			if err := c.DeadLetter(ctx, d, "no"); err != nil || time.Since(start) < newborn {
				t.Errorf("kept after %v, %v", time.Since(start), err)
			}
		})
		<-tick.C // some come while the queues are being made
	}
	all.Wait()
}
