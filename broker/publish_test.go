package broker

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

func TestBatchIsConfirmed(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	for _, kind := range []string{"classic", "quorum"} {
		c := connect(t, node, node.VHost(t).URL(), func(cfg *Config) { cfg.Queue.Type = kind })
		var p Progress
		must(t, c.Enqueue(within(t, 30*time.Second), bodies(3000), &p))
		if got, want := p.Read(), (Tally{Sent: 3000, Confirmed: 3000}); got != want {
			t.Errorf("%s: %+v", kind, got)
		}
		ready(t, c, 3000)
	}
}

func TestBatchKeepsItsRate(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	c := connect(t, node, node.VHost(t).URL(), nil)
	ctx := within(t, 30*time.Second)
	must(t, c.Ready(ctx, RolePublish))
	b := bodies(31)
	b.Rate = 100
	start := time.Now()
	must(t, c.Enqueue(ctx, b, &Progress{}))
	if took := time.Since(start); took < 300*time.Millisecond {
		t.Errorf("31 tasks at 100 a second took %v", took)
	}
}

func TestUnroutableIsReturned(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.URL(), nil)
	ctx := within(t, 20*time.Second)
	must(t, c.Enqueue(ctx, bodies(1), &Progress{}))
	node.Management().Call(t, http.MethodDelete, "/api/queues/"+vhost.Name+"/task_queue", nil, nil)
	var p Progress
	must(t, c.Enqueue(ctx, bodies(500), &p)) // many, so that returns and confirms are well mixed
	got := p.Read()
	if got.Returned != 500 || got.Settled() != 500 || !strings.Contains(got.Trouble, "no queue took it") {
		t.Errorf("got %+v", got)
	}
	if got, want := c.Published(), (Published{Confirmed: 1, Returned: 500}); got != want {
		t.Errorf("published %+v; want %+v", got, want)
	}
}

func TestFullQueueRejects(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	c := connect(t, node, node.VHost(t).URL(), func(cfg *Config) {
		cfg.Queue.Arguments = map[string]any{"x-max-length": 10, "x-overflow": "reject-publish"}
	})
	var p Progress
	must(t, c.Enqueue(within(t, 20*time.Second), bodies(100), &p))
	got := p.Read()
	if got.Confirmed != 10 || got.Rejected != 90 || !strings.Contains(got.Trouble, "refused it") {
		t.Errorf("got %+v", got)
	}
}

// The broker answers a publish without the right to it by closing the channel; nothing else tells which task it meant.
func TestNoWriteRightRejects(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.User(t, "no-write", "hunter2", "", ".*", "^$", ".*"), nil)
	var p Progress
	must(t, c.Enqueue(within(t, 20*time.Second), bodies(3), &p))
	got := p.Read()
	if got.Rejected != 3 || !strings.Contains(got.Trouble, "cannot publish") || strings.Contains(got.Trouble, "hunter2") {
		t.Errorf("got %+v", got)
	}
}

// A task whose confirm never came may be stored; it is neither claimed to be, nor sent again.
func TestLostLinkLeavesUnknown(t *testing.T) {
	t.Parallel()
	c, relay := relayed(t, nil)
	ctx := within(t, 30*time.Second)
	must(t, c.Enqueue(ctx, bodies(1), &Progress{}))

	relay.Freeze()
	var p Progress
	done := make(chan error, 1)
	go func() { done <- c.Enqueue(ctx, bodies(20), &p) }()
	eventually(t, "20 tasks on the wire", func() bool { return p.Read().Sent == 20 })
	relay.Reset()
	relay.Thaw()
	must(t, <-done)
	got := p.Read()
	if got.Unknown != 20 || !strings.Contains(got.Trouble, "may have stored it") {
		t.Errorf("got %+v", got)
	}
	if r, err := c.Publish(ctx, NewTask(nil)); err != nil || r.Outcome != Confirmed {
		t.Errorf("the next connection: %+v, %v", r, err)
	}
	ready(t, c, 2) // the reset dropped the twenty before they reached the broker
}

// A body beyond the broker's limit is refused by an exception, which can only mean the large one: nothing goes beside it.
func TestTooLargeForTheBrokerIsRejected(t *testing.T) {
	t.Parallel()
	node := brokertest.Start(t, brokertest.WithConfig("max_message_size = 3000000"))
	c := connect(t, node, node.URL(), nil)
	ctx := within(t, 30*time.Second)
	sizes := []int{10, 10, 4_000_000, 10}
	b := Batch{Next: func() (Task, bool) {
		if len(sizes) == 0 {
			return Task{}, false
		}
		task := NewTask(make([]byte, sizes[0]))
		sizes = sizes[1:]
		return task, true
	}}
	var p Progress
	must(t, c.Enqueue(ctx, b, &p))
	if got := p.Read(); got.Confirmed != 3 || got.Rejected != 1 || !strings.Contains(got.Trouble, "larger than") {
		t.Errorf("got %+v", got)
	}
	r, err := c.Publish(ctx, NewTask(make([]byte, 2_900_000)))
	if err != nil || r.Outcome != Confirmed {
		t.Errorf("a large one that is allowed: %+v, %v", r, err)
	}
}

func TestInvalidTaskIsNotSent(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	c := connect(t, node, node.VHost(t).URL(), nil)
	ctx := within(t, 20*time.Second)
	bad := NewTask(nil)
	bad.Type = strings.Repeat("x", 300)
	if _, err := c.Publish(ctx, bad); KindOf(err) != Invalid {
		t.Errorf("got %v", err)
	}
	if r, err := c.Publish(ctx, NewTask(nil)); err != nil || r.Outcome != Confirmed {
		t.Errorf("and it cost the channel: %+v, %v", r, err)
	}
}

func TestCancelledBatchTellsWhatIsKnown(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	c := connect(t, node, node.VHost(t).URL(), nil)
	ctx, cancel := context.WithCancel(within(t, 20*time.Second))
	made := 0
	b := Batch{Rate: 1000, Next: func() (Task, bool) {
		if made++; made == 50 {
			cancel()
		}
		return NewTask(nil), true
	}}
	var p Progress
	if err := c.Enqueue(ctx, b, &p); err == nil {
		t.Error("a cancelled batch is not complete")
	}
	got := p.Read()
	if got.Sent == 0 || got.Sent > 50 || got.Confirmed != got.Sent {
		t.Errorf("got %+v", got)
	}
	ready(t, c, int(got.Confirmed))
}

// A memory alarm blocks publishers: publishing pauses and says why, a batch given up meanwhile counts what it cannot know as
// unknown, and the rest goes on by itself when the alarm ends.
func TestAlarmPausesPublishing(t *testing.T) {
	t.Parallel()
	node := brokertest.Start(t) // alarms are the whole node's
	c := connect(t, node, node.URL(), nil)
	ctx := within(t, 5*patience)
	must(t, c.Enqueue(ctx, bodies(1), &Progress{}))
	watermark(t, node, "1MB")

	var first, second Progress
	short, giveUp := context.WithCancel(ctx)
	done := make(chan error, 2)
	go func() { done <- c.Enqueue(short, bodies(100), &first) }()
	eventually(t, "the reason of the wait", func() bool {
		return strings.Contains(first.Read().Waiting, "blocks publishers") && c.Links()[0].Blocked != ""
	})
	eventually(t, "the alarm in the snapshot", func() bool {
		alarms := c.Snapshot().Alarms.Value
		return len(alarms) == 1 && strings.HasPrefix(alarms[0], "memory on ")
	})
	giveUp()
	if err := <-done; err == nil {
		t.Error("a batch that was given up is not complete")
	}
	got := first.Read()
	if got.Unknown == 0 || got.Confirmed != 0 || got.Settled() != got.Sent {
		t.Errorf("given up: %+v", got)
	}

	go func() { done <- c.Enqueue(ctx, bodies(100), &second) }()
	eventually(t, "the second batch to wait", func() bool { return second.Read().Waiting != "" })
	watermark(t, node, "1GB")
	must(t, <-done)
	if got := second.Read(); got.Confirmed != 100 || got.Waiting != "" {
		t.Errorf("after the alarm: %+v", got)
	}
	info, err := c.Inspect(ctx)
	must(t, err)
	// What was unknown is stored when the alarm ends, unless its link was lost before, as on a machine that stands still.
	if n := info.Ready; n < 1+100 || n > 1+100+int(got.Unknown) {
		t.Errorf("%d tasks are stored, besides 101 that were confirmed; %d are unknown", n-101, got.Unknown)
	}
}

func watermark(t *testing.T, node *brokertest.Node, limit string) {
	t.Helper()
	if out, err := node.Ctl("set_vm_memory_high_watermark", "absolute", limit); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
