package ui

import (
	"context"
	"fmt"
	"sync"
	"time"

	"carousel/broker"
)

// fakeLens is a firehose that brings what it was given.
type fakeLens struct {
	mu        sync.Mutex
	status    broker.TraceStatus
	consumers []broker.TracedConsumer
	news      []broker.Dispatch
	closed    int
	stays     bool // Close cannot switch it off
}

func (f *fakeLens) Status() broker.TraceStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

func (f *fakeLens) Consumers(buf []broker.TracedConsumer) []broker.TracedConsumer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append(buf, f.consumers...)
}

func (f *fakeLens) Take(buf []broker.Dispatch) []broker.Dispatch {
	f.mu.Lock()
	defer f.mu.Unlock()
	buf = append(buf, f.news...)
	f.news = nil
	return buf
}

func (f *fakeLens) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed++
	if f.status.Ended == "" {
		f.status.Ended = "it was closed"
	}
	if f.stays {
		f.status.Left = []string{"rabbit@one"}
	}
}

// busyLens are five channels of three programs, to which tasks were dealt in turn for the last half minute.
func busyLens() *fakeLens {
	f := &fakeLens{status: broker.TraceStatus{
		Queue: "task_queue", Nodes: []broker.TraceNode{{Name: "rabbit@one"}}, Since: start.Add(-30 * time.Second), Until: start.Add(9*time.Minute + 30*time.Second),
		Copies: 210, Rate: 7, Ours: 30,
	}}
	for i, client := range []string{"shop-worker", "shop-worker", "billing", "thumbnails@media-7", ""} {
		peer := fmt.Sprintf("10.0.0.%d:5531%d", 9+i/2, i/2)
		f.consumers = append(f.consumers, broker.TracedConsumer{
			Number: i + 1, Connection: peer + " -> 10.0.0.5:5672", Channel: i%2 + 1, Client: client, Peer: peer, User: "shop", Node: "rabbit@one",
			Prefetch: 1, Consumers: 1, Since: start.Add(-30 * time.Second),
		})
	}
	for i := range 180 {
		c := &f.consumers[i%5]
		if i%5 == 4 && i%10 > 5 { // slower than the others
			continue
		}
		c.Deliveries++
		c.Last = start.Add(-30*time.Second + time.Duration(i)*165*time.Millisecond)
		again := i%60 == 7
		if again {
			c.Redelivered++
		}
		f.news = append(f.news, broker.Dispatch{Consumer: c.Number, At: c.Last, Redelivered: again})
	}
	return f
}

// trace is how a world switches tracing on: it notes that it did.
func (w *world) trace(_ context.Context, queue string) (Lens, error) {
	w.admin.mu.Lock()
	defer w.admin.mu.Unlock()
	w.admin.note("trace %s", queue)
	if w.admin.err != nil {
		return nil, w.admin.err
	}
	return busyLens(), nil
}
