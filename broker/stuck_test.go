package broker

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"carousel/broker/brokertest"
)

// A queue that confirms nothing, as a quorum queue without its majority, keeps nobody waiting but the tasks that it is for.
func TestStuckRetryQueueHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	node := brokertest.Shared(t)
	vhost := node.VHost(t)
	c := connect(t, node, vhost.URL(), nil)
	ctx := within(t, 2*patience)
	d := NewDelivery(NewTask(nil), 1, new(countingSettler))
	must(t, c.Retry(ctx, d, "no", soon, wait)) // the queue is there
	server := fmt.Sprintf("whereis(list_to_atom(%q))", vhost.Name+"_"+RetryQueue("task_queue", wait))
	if out, err := node.Ctl("eval", "sys:suspend("+server+")."); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	waiting, stop := context.WithCancel(ctx)
	stuck := make(chan error, 1)
	go func() { stuck <- c.Retry(waiting, d, "no", soon, wait) }()
	eventually(t, "the copy to be written", func() bool {
		w := c.sides.sender(c, RetryQueue("task_queue", wait)).window
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.usedTasks > 0
	})
	prompt, cancel := context.WithTimeout(ctx, promptly) // the stuck copy is given up after keepPatience
	defer cancel()
	if r, err := c.Publish(prompt, NewTask(nil)); err != nil || r.Outcome != Confirmed {
		t.Errorf("a task: %+v, %v", r, err)
	}
	if err := c.DeadLetter(prompt, d, "no"); err != nil {
		t.Errorf("a copy for another queue: %v", err)
	}
	stop()
	if err := <-stuck; !errors.Is(err, context.Canceled) {
		t.Errorf("the copy that waits: %v", err)
	}
}
