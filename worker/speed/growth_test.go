package speed

import (
	"context"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// growth is what a pool has come to need after so many tasks.
type growth struct {
	figure
	live, peak uint64 // bytes on the heap: after a collection at the end, and the most on the way
	goroutines int
}

// grow has one pool work on so many tasks while they are published, and looks at what it needs with the last one done.
func grow(w work) (g growth, err error) {
	queue, end, err := w.place.newQueue(w.kind)
	if err != nil {
		return growth{}, err
	}
	defer end()
	client, err := broker.Open(w.place.config(queue, w.kind), nil)
	if err != nil {
		return growth{}, err
	}
	defer client.Close()
	gate := newGate(w.workers, w.tasks+w.workers)
	nothing := worker.HandlerFunc(func(context.Context, worker.Try) error {
		gate.pass()
		return nil
	})
	pool := worker.New(worker.Config{Count: w.workers}, worker.OnBroker(client), nothing, worker.Options{})
	peak := watchHeap()
	pool.Start(context.Background())
	if err = enqueue(client, w.tasks+w.workers, w.size); err == nil {
		g.figure = <-gate.result
	}
	g.goroutines, g.peak = runtime.NumGoroutine(), peak()
	runtime.GC()
	g.live = liveHeap()
	if err != nil {
		return growth{}, err
	}
	return g, pool.Drain(context.Background())
}

// watchHeap looks at the heap until the function that it returns is called, which says how large it was at most.
func watchHeap() (most func() uint64) {
	var (
		looking sync.WaitGroup
		top     uint64
		stop    = make(chan struct{})
	)
	looking.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				top = max(top, liveHeap())
			case <-stop:
				return
			}
		}
	})
	return func() uint64 {
		close(stop)
		looking.Wait()
		return top
	}
}

// liveHeap is the bytes that objects on the heap take, those that nobody needs any more included until they are collected.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
