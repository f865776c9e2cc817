package lab

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// measurement is one run of Measure. To its pool it is the source, which gives each worker the queue and the place that the
// deal says, and the handler.
type measurement struct {
	e      Experiment
	deal   Deal
	queues Queues
	start  time.Time // the clock of the run; set before the first task
	stall  time.Duration
	failed chan error // why the run cannot go on: the first reason; room for one

	turns  []chan struct{} // each is closed when the workers before that one have their channels
	opened []atomic.Bool   // by worker: it has had its channel

	publishing sync.WaitGroup
	enqueued   []time.Duration // by task; the publisher writes the first sent of them
	sent       atomic.Int64

	// The goroutine that called Measure alone.
	book   book
	cursor uint64         // in the pool's journal
	fresh  []worker.Event // of the newest read
	moved  time.Time      // when something happened last
}

func newMeasurement(e Experiment) *measurement {
	m := &measurement{e: e, deal: e.Deal(), stall: stallAfter, failed: make(chan error, 1),
		turns: make([]chan struct{}, len(e.Crew)+1), opened: make([]atomic.Bool, len(e.Crew)), enqueued: make([]time.Duration, len(e.Tasks))}
	for i := range m.turns {
		m.turns[i] = make(chan struct{})
	}
	close(m.turns[0])
	m.book = newBook(e, m.deal)
	return m
}

// events is how many events the pool's journal keeps: all of them, unless that takes tens of megabytes.
func (m *measurement) events() int {
	const most = 1 << 17
	return min(2*len(m.e.Tasks)+16*len(m.e.Crew)+64, most)
}

// fail ends the run; the first reason counts.
func (m *measurement) fail(err error) {
	select {
	case m.failed <- err:
	default:
	}
}

// queued is when the tasks were enqueued; those that were not yet are to be when they are due.
func (m *measurement) queued() []time.Duration {
	sent := int(m.sent.Load())
	times := append(make([]time.Duration, 0, len(m.e.Tasks)), m.enqueued[:sent]...)
	for _, t := range m.e.Tasks[sent:] {
		times = append(times, t.At)
	}
	return times
}

// taskOf is the message of a task; its id is the task's number.
func taskOf(i int) broker.Task {
	id := strconv.Itoa(i)
	return broker.Task{ID: id, Type: "lab", Body: []byte(id), ContentType: "text/plain; charset=utf-8", Created: time.Now(), Attempt: 1, Made: true}
}

// numberOf is the task that a message stands for; ok is false for one that nobody here has sent.
func (e Experiment) numberOf(id string) (task int, ok bool) {
	task, err := strconv.Atoi(id)
	return task, err == nil && task >= 0 && task < len(e.Tasks)
}

// Consume gives a worker its one channel. Workers come in their order, for that is the order of the broker's rounds. One that
// has lost its channel gets no other: it has died, or the run has failed.
func (m *measurement) Consume(ctx context.Context, o broker.ConsumeOptions) (worker.Consumer, error) {
	w := o.Index
	if m.opened[w].Swap(true) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	select {
	case <-m.turns[w]:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	c, err := m.queues.Consume(m.deal.From[w], broker.ConsumeOptions{Name: o.Name, Prefetch: m.e.Strategy.Prefetch, Priority: int32(m.deal.Rank[w])})
	if err != nil {
		m.fail(err)
		<-ctx.Done()
		return nil, err
	}
	close(m.turns[w+1])
	return c, nil
}

var errNoCopies = errors.New("a task of the lab does not fail")

// Retry keeps no copy: no task fails here but with the whole run.
func (m *measurement) Retry(context.Context, *broker.Delivery, string, time.Duration, time.Duration) error {
	return errNoCopies
}

// DeadLetter keeps no copy, as Retry.
func (m *measurement) DeadLetter(context.Context, *broker.Delivery, string) error { return errNoCopies }

// Handle takes as long as the task takes this worker.
func (m *measurement) Handle(ctx context.Context, t worker.Try) error {
	i, ok := m.e.numberOf(t.ID)
	if !ok {
		return nil // the book will say so
	}
	timer := time.NewTimer(m.e.Crew[t.Worker-1].Takes(m.e.Tasks[i].Work))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
