package cli

import (
	"context"
	"slices"
	"sync"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// fakeBroker is a broker client and a queue in memory. Its settings are not changed once it is in use.
type fakeBroker struct {
	fakeGraves
	opened  broker.Config
	link    broker.LinkState  // of every role
	queue   error             // what EnsureQueue and Inspect say
	looks   func(n int) error // what the n-th Inspect says instead, from 1; nil: nothing else
	awaited chan struct{}     // EnsureQueue waits until it is closed; nil: it does not
	publish error             // what CheckPublish says
	seen    broker.Snapshot
	enqueue func(ctx context.Context, b broker.Batch) error

	mu      sync.Mutex
	ready   []broker.Task
	changed chan struct{} // closed and replaced when ready grows
	late    []broker.Task // put back when the first consumer is closed, as another program's crash would
	dead    []broker.Task
	waits   broker.Waiting // beside the queue
	acked   int
	looked  int
	stale   int // so many settlements come after their link ended: the task goes back, and the settlement fails
	closed  bool
}

func newFakeBroker(tasks ...broker.Task) *fakeBroker {
	return &fakeBroker{
		link:    broker.LinkState{Status: broker.LinkUp, Address: "127.0.0.1:5672", User: "guest", VHost: "/", Product: "RabbitMQ", Version: "3.10.8"},
		ready:   tasks,
		changed: make(chan struct{}),
	}
}

func (f *fakeBroker) Links() []broker.LinkState {
	var all []broker.LinkState
	for _, role := range []broker.Role{broker.RolePublish, broker.RoleWork, broker.RoleWatch} {
		l := f.link
		l.Role = role
		all = append(all, l)
	}
	return all
}

func (f *fakeBroker) Snapshot() broker.Snapshot { return f.seen }

func (f *fakeBroker) EnsureQueue(context.Context) (broker.QueueInfo, error) {
	if f.awaited != nil {
		<-f.awaited
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return broker.QueueInfo{Name: "task_queue", Ready: len(f.ready)}, f.queue
}

func (f *fakeBroker) Inspect(context.Context) (broker.QueueInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looked++
	if f.looks != nil {
		if err := f.looks(f.looked); err != nil {
			return broker.QueueInfo{}, err
		}
	}
	return broker.QueueInfo{Name: "task_queue", Ready: len(f.ready)}, f.queue
}

func (f *fakeBroker) Enqueue(ctx context.Context, b broker.Batch, _ *broker.Progress) error {
	return f.enqueue(ctx, b)
}

func (f *fakeBroker) Reconnect() {}

func (f *fakeBroker) Purge(context.Context) (int, error) { return 0, f.queue }

func (f *fakeBroker) Waiting(context.Context) (broker.Waiting, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.waits, nil
}

func (f *fakeBroker) Published() broker.Published { return broker.Published{} }

func (f *fakeBroker) CheckPublish(context.Context) error { return f.publish }

func (f *fakeBroker) Close() { f.closed = true }

// put makes tasks ready, at the head of the queue as the broker does with those that come back.
func (f *fakeBroker) put(tasks ...broker.Task) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ready = append(slices.Clone(tasks), f.ready...)
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *fakeBroker) take() (task broker.Task, ok bool, changed <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.ready) == 0 {
		return task, false, f.changed
	}
	task, f.ready = f.ready[0], f.ready[1:]
	return task, true, f.changed
}

// Consume makes the fake a worker.Source. Its consumers hold one task at a time.
func (f *fakeBroker) Consume(_ context.Context, o broker.ConsumeOptions) (worker.Consumer, error) {
	c := &fakeConsumer{
		broker: f, tag: o.Name, tasks: make(chan *broker.Delivery), settled: make(chan struct{}, 1), stop: make(chan struct{}),
		held: map[uint64]broker.Task{},
	}
	c.feeding.Go(c.feed)
	return c, nil
}

// Retry puts a copy of the task back at once; how long it waits is the broker's affair.
func (f *fakeBroker) Retry(_ context.Context, d *broker.Delivery, _ string, _, _ time.Duration) error {
	t := d.Task
	t.Attempt++
	f.put(t)
	return nil
}

func (f *fakeBroker) DeadLetter(_ context.Context, d *broker.Delivery, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = append(f.dead, d.Task)
	return nil
}

type fakeConsumer struct {
	broker  *fakeBroker
	tag     string
	tasks   chan *broker.Delivery
	settled chan struct{}
	stop    chan struct{}
	ending  sync.Once
	feeding sync.WaitGroup

	mu   sync.Mutex
	held map[uint64]broker.Task
}

func (c *fakeConsumer) feed() {
	defer close(c.tasks)
	for tag := uint64(1); ; {
		task, ok, changed := c.broker.take()
		if !ok {
			select {
			case <-changed:
				continue
			case <-c.stop:
				return
			}
		}
		c.mu.Lock()
		c.held[tag] = task
		c.mu.Unlock()
		select {
		case c.tasks <- broker.NewDelivery(task, tag, c):
			tag++
		case <-c.stop:
			_ = c.Nack(tag, true)
			return
		}
		select {
		case <-c.settled:
		case <-c.stop:
			return
		}
	}
}

func (c *fakeConsumer) Stale() bool { return false }

func (c *fakeConsumer) Ack(tag uint64) error { return c.settle(tag, false, 1) }

func (c *fakeConsumer) Nack(tag uint64, requeue bool) error { return c.settle(tag, requeue, 0) }

func (c *fakeConsumer) Reject(tag uint64, requeue bool) error { return c.settle(tag, requeue, 0) }

func (c *fakeConsumer) settle(tag uint64, requeue bool, acked int) error {
	c.mu.Lock()
	task := c.held[tag]
	delete(c.held, tag)
	c.mu.Unlock()
	c.broker.mu.Lock()
	var err error
	if c.broker.stale > 0 {
		c.broker.stale--
		requeue, acked, err = true, 0, broker.ErrStale
	}
	c.broker.acked += acked
	c.broker.mu.Unlock()
	if requeue {
		c.broker.put(task)
	}
	select {
	case c.settled <- struct{}{}:
	default: // feed has gone
	}
	return err
}

func (c *fakeConsumer) Next(wake <-chan struct{}) (d *broker.Delivery, open bool) {
	select {
	case d, open = <-c.tasks:
		return d, open
	case <-wake:
		return nil, true
	}
}
func (c *fakeConsumer) SetPrefetch(context.Context, int) error { return nil }
func (c *fakeConsumer) Err() error                             { return nil }
func (c *fakeConsumer) Tag() string                            { return c.tag }
func (c *fakeConsumer) Cancel(context.Context) error           { c.end(); return nil }

func (c *fakeConsumer) end() {
	c.ending.Do(func() { close(c.stop) })
	c.feeding.Wait()
}

func (c *fakeConsumer) Close() error {
	c.end()
	c.mu.Lock()
	defer c.mu.Unlock()
	for tag, task := range c.held {
		delete(c.held, tag)
		c.broker.put(task)
	}
	c.broker.mu.Lock()
	late := c.broker.late
	c.broker.late = nil
	c.broker.mu.Unlock()
	if len(late) > 0 {
		c.broker.put(late...)
	}
	return nil
}

// tasksOf makes n of carousel's own tasks that take this long.
func tasksOf(n int, work time.Duration) []broker.Task {
	tasks := make([]broker.Task, n)
	for i := range tasks {
		tasks[i] = broker.NewTask([]byte("task"))
		tasks[i].Work = &work
	}
	return tasks
}
