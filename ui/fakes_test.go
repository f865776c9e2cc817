package ui

import (
	"context"
	"fmt"
	"sync"

	"carousel/broker"
	"carousel/worker"
)

// fakeBroker answers as it was told and notes what was asked of it.
type fakeBroker struct {
	mu    sync.Mutex // the console asks from goroutines of its own
	links []broker.LinkState
	queue broker.Snapshot
	info  broker.QueueInfo
	err   error
	asked []string
	sent  []broker.Task
	gate  chan struct{} // when set, Enqueue waits for it or for its context
}

func (f *fakeBroker) note(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, what)
}

func (f *fakeBroker) Links() []broker.LinkState {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]broker.LinkState(nil), f.links...)
}

func (f *fakeBroker) Snapshot() broker.Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.queue
}

func (f *fakeBroker) Reconnect() { f.note("reconnect") }

func (f *fakeBroker) EnsureQueue(context.Context) (broker.QueueInfo, error) {
	f.note("ensure")
	return f.info, f.err
}

func (f *fakeBroker) Inspect(context.Context) (broker.QueueInfo, error) {
	f.note("inspect")
	return f.info, f.err
}

func (f *fakeBroker) Purge(context.Context) (int, error) {
	f.note("purge")
	return f.info.Ready, f.err
}

func (f *fakeBroker) Enqueue(ctx context.Context, b broker.Batch, _ *broker.Progress) error {
	f.note("enqueue")
	for task, ok := b.Next(); ok; task, ok = b.Next() {
		f.mu.Lock()
		f.sent = append(f.sent, task)
		f.mu.Unlock()
	}
	if f.gate != nil {
		select {
		case <-f.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return f.err
}

// fakePool shows what it was told to show and notes what was asked of it.
type fakePool struct {
	mu      sync.Mutex
	status  worker.Status
	workers []worker.WorkerStatus
	events  []worker.Event
	asked   []string
	err     error
	drained chan struct{} // when set, Drain waits for it or for its context
}

func (f *fakePool) note(format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fmt.Sprintf(format, args...))
	return f.err
}

// order takes effect unless it is to fail.
func (f *fakePool) order(effect func(), format string, args ...any) error {
	if err := f.note(format, args...); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	effect()
	return nil
}

func (f *fakePool) Status() worker.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status
}

func (f *fakePool) Workers(buf []worker.WorkerStatus) []worker.WorkerStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append(buf, f.workers...)
}

func (f *fakePool) Since(cursor uint64, buf []worker.Event) ([]worker.Event, uint64, uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append(buf, f.events[cursor:]...), uint64(len(f.events)), 0
}

func (f *fakePool) Resize(n int) error {
	return f.order(func() { f.status.Target = n }, "resize %d", n)
}

func (f *fakePool) SetPrefetch(n int) error {
	return f.order(func() { f.status.Prefetch = n }, "prefetch %d", n)
}

func (f *fakePool) Autoscale(on bool) error {
	return f.order(func() { f.status.Auto = worker.Autoscaling{On: on, Min: 2, Max: 16} }, "autoscale %t", on)
}

func (f *fakePool) Pause() {
	_ = f.order(func() { f.status.State, f.status.Paused = worker.PoolPaused, true }, "pause")
}

func (f *fakePool) Resume() {
	_ = f.order(func() { f.status.State, f.status.Paused = worker.PoolRunning, false }, "resume")
}

func (f *fakePool) PauseWorker(id int) error {
	return f.order(func() { f.workers[id-1].Paused = true }, "pause w%d", id)
}

func (f *fakePool) ResumeWorker(id int) error {
	return f.order(func() { f.workers[id-1].Paused = false }, "resume w%d", id)
}

func (f *fakePool) Crash(id int) error { return f.note("crash w%d", id) }
func (f *fakePool) Allow()             { _ = f.note("allow") }
func (f *fakePool) Retry()             { _ = f.note("retry") }

func (f *fakePool) Drain(ctx context.Context) error {
	_ = f.note("drain")
	if f.drained == nil {
		return nil
	}
	select {
	case <-f.drained:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
