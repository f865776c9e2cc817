package broker

import (
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// streaming is a consumer without a broker, with these deliveries on their way.
func streaming(held ...string) (k *Consumer, add func(tag string, bodies ...string)) {
	k = &Consumer{queue: "task_queue", s: &session{conn: new(amqp.Connection)}, sides: newSides("task_queue", nil), added: make(chan struct{}, 1),
		cancelled: make(chan struct{}), drained: make(chan struct{}), closed: make(chan struct{}), ended: make(chan struct{}),
		limit: func() int64 { return 0 }}
	add = func(tag string, bodies ...string) {
		deliveries := make(chan amqp.Delivery, len(bodies))
		for _, b := range bodies {
			deliveries <- amqp.Delivery{Body: []byte(b), ConsumerTag: tag}
		}
		close(deliveries)
		k.add(&stream{tag, deliveries})
	}
	add("one", held...)
	return k, add
}

// taken expects the next delivery.
func taken(t *testing.T, k *Consumer, body string) {
	t.Helper()
	if d, open := k.Next(nil); !open || string(d.Task.Body) != body {
		t.Fatalf("got %+v, %v; want %s", d, open, body)
	}
}

// What came before a change of the prefetch, and before a cancel, is taken before the end is told.
func TestNextTakesEverythingInItsOrder(t *testing.T) {
	t.Parallel()
	k, add := streaming("1", "2")
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.watch(nil, nil)
	}()
	taken(t, k, "1")
	add("two")
	add("three", "3", "4")
	close(k.cancelled)
	for _, body := range []string{"2", "3", "4"} {
		taken(t, k, body)
	}
	if d, open := k.Next(nil); d != nil || open {
		t.Errorf("after the last one: %+v, %v", d, open)
	}
	<-done // nothing is left to watch for
}

func TestNextIsWoken(t *testing.T) {
	t.Parallel()
	k, add := streaming()
	wake := make(chan struct{}, 1)
	wake <- struct{}{}
	if d, open := k.Next(wake); d != nil || !open {
		t.Errorf("woken: %+v, %v", d, open)
	}
	time.AfterFunc(time.Millisecond, func() { add("two", "late") }) // most often while Next waits
	taken(t, k, "late")
}

// A cancel by the broker takes back what nobody has taken: none of it is handed out, and all of it counts as lost.
func TestCancelByTheBrokerCountsWhatWaits(t *testing.T) {
	t.Parallel()
	k, add := streaming("1", "2", "3")
	add("other", "safe")
	taken(t, k, "1")
	cancels := make(chan string, 1)
	cancels <- "one"
	k.watch(nil, cancels)
	if d, open := k.Next(nil); d != nil || open {
		t.Errorf("handed out %+v, %v", d, open)
	}
	if n := k.held.Load(); KindOf(k.Err()) != Cancelled || n < 3 {
		t.Errorf("%d deliveries were held, %v", n, k.Err())
	}
}
