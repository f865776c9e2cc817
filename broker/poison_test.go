package broker

import (
	"strings"
	"testing"
	"time"

	"carousel/broker/brokertest"
)

// A message that the library cannot decode ends the connection, and what is said of that names the queue that holds it.
func TestUnreadableMessageNamesItsQueue(t *testing.T) {
	t.Parallel()
	vhost := brokertest.Shared(t).VHost(t)
	c := connect(t, vhost.Node, vhost.URL(), nil)
	must(t, c.Enqueue(within(t, 20*time.Second), bodies(1), &Progress{}))
	brokertest.Connect(t, vhost.URL()).PublishUnreadable("task_queue")
	k := consume(t, c, "w01", 1)
	must(t, take(t, k).Ack())
	err := endOf(t, k)
	if KindOf(err) != Unreadable || !strings.Contains(err.Error(), "queue task_queue cannot be read by this client") {
		t.Errorf("ended with %v", err)
	}
	must(t, k.Close())
	ready(t, c, 1) // it is back
}

// What would end the channel, or cut the connection for everybody on it, is refused before anything is sent.
func TestWhatWouldCutTheConnectionIsNotSent(t *testing.T) {
	t.Parallel()
	vhost := brokertest.Shared(t).VHost(t)
	c := connect(t, vhost.Node, vhost.URL(), nil)
	ctx := within(t, 20*time.Second)
	must(t, c.Enqueue(ctx, bodies(1), &Progress{}))
	for name, change := range map[string]func(*Task){
		"a header of 200 kB":       func(task *Task) { task.Headers = map[string]any{"big": strings.Repeat("x", 200<<10)} },
		"a negative expiration":    func(task *Task) { task.TTL = -time.Second },
		"part of a millisecond":    func(task *Task) { task.TTL = time.Microsecond },
		"an expiration too far":    func(task *Task) { task.TTL = 1 << 62 },
		"a CC that is no list":     func(task *Task) { task.Headers = map[string]any{"CC": "queue"} },
		"an id beyond its string":  func(task *Task) { task.ID = strings.Repeat("x", 256) },
		"a type that is not UTF-8": func(task *Task) { task.Type = "\xff" },
	} {
		task := NewTask(nil)
		change(&task)
		if r, err := c.Publish(ctx, task); KindOf(err) != Invalid || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	r, err := c.Publish(ctx, NewTask(nil))
	if l := c.Links()[0]; err != nil || r.Outcome != Confirmed || l.Generation != 1 {
		t.Errorf("the next task: %+v, %v; the link's generation is %d", r, err, l.Generation)
	}
	ready(t, c, 2)
}
