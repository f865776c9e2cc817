package ui

import (
	"fmt"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// start is the time at which every scripted scene stands.
var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// busyBroker and busyPool make a board at work: eight workers on a growing queue, a minute of history.
func busyBroker() *fakeBroker {
	f := &fakeBroker{info: broker.QueueInfo{Name: "task_queue", Ready: 1284, Consumers: 8}}
	for _, role := range []broker.Role{broker.RolePublish, broker.RoleWork, broker.RoleWatch} {
		f.links = append(f.links, broker.LinkState{
			Role: role, Status: broker.LinkUp, Since: start.Add(-time.Hour), Generation: 1, Address: "localhost:5672",
			User: "guest", VHost: "/", Product: "RabbitMQ", Version: "4.0.5",
		})
	}
	api := start.Add(-3 * time.Second)
	f.queue = broker.Snapshot{
		Queue: "task_queue", VHost: "/",
		Ready: known(int64(1284), start), Unacked: known(int64(8), start), Consumers: known(int64(8), start),
		Type: known("classic", api), Durable: known(true, api), State: known("running", api),
		In: known(85.0, api), Out: known(73.0, api), Redelivered: known(0.2, api),
		MessageBytes: known(int64(1_234_567), api), Oldest: known(start.Add(-15*time.Second), api),
		Retrying: known(int64(3), start), RetryNext: start.Add(4 * time.Second), RetryBound: 2 * time.Second, Dead: known(int64(2), start),
		AMQP: broker.Source{At: start}, Totals: broker.Source{At: start}, API: broker.Source{At: api},
	}
	return f
}

func known[T any](v T, at time.Time) broker.Figure[T] { return broker.Figure[T]{Value: v, At: at} }

func busyPool(n int) *fakePool {
	f := &fakePool{status: worker.Status{
		State: worker.PoolRunning, Size: n, Target: n, Prefetch: 1, InHand: n, Handler: "simulate",
	}}
	for id := 1; id <= n; id++ {
		f.workers = append(f.workers, worker.WorkerStatus{
			ID: id, Name: fmt.Sprintf("w%02d", id), State: worker.StateRunning, Since: start.Add(-time.Minute),
			Tag: fmt.Sprint("carousel.w", id), HasTask: true, Started: start.Add(-time.Duration(id) * 300 * time.Millisecond),
			Task: task(1000 + id), Done: uint64(1200 + id), Failed: uint64(id % 3),
			BusyTime: 50 * time.Second, UpTime: time.Minute, RunP50: 800 * time.Millisecond, RunP99: 1900 * time.Millisecond,
			WaitP50: 2100 * time.Millisecond, WaitP99: 4 * time.Second,
		})
	}
	if n > 0 {
		f.history(n)
	}
	return f
}

// history fills the journal with a minute of tasks, some of which fail in every way.
func (f *fakePool) history(n int) {
	at := start.Add(-time.Minute)
	for i := 0; at.Before(start.Add(-3 * time.Second)); i++ {
		id, run := i%n+1, time.Duration(400+i*37%900)*time.Millisecond
		kind, why, next := worker.TaskDone, "", time.Duration(0)
		switch {
		case i%17 == 5:
			kind, why, next = worker.TaskRetried, "simulated failure", 4*time.Second
		case i%41 == 7:
			kind, why = worker.TaskFailed, "no such file"
		case i%67 == 9:
			kind = worker.TaskUnsettled
		}
		f.add(worker.Event{At: at, Kind: worker.TaskStarted, Worker: id, Task: task(i), Wait: 2 * time.Second})
		f.add(worker.Event{At: at.Add(run), Kind: kind, Worker: id, Task: task(i), Wait: 2 * time.Second, Run: run, Err: why, Next: next})
		at = at.Add(time.Second / time.Duration(n))
	}
}

func (f *fakePool) add(e worker.Event) {
	e.Seq = uint64(len(f.events) + 1)
	f.events = append(f.events, e)
}

func task(i int) worker.TaskRef {
	return worker.TaskRef{
		ID: fmt.Sprintf("0193c4f2-7a10-7c3e-9b1d-%012x", i*7919), Type: "resize", Preview: fmt.Sprintf("resize cat%d.png", i),
		Size: 20, Attempt: 1, Redelivered: i%11 == 3, Made: start.Add(-time.Minute),
	}
}
