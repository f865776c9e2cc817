package worker

import (
	"sync/atomic"
	"testing"

	"carousel/broker"
	"carousel/broker/brokertest"
)

// The broker dies under a working pool, and comes back: every confirmed task is handled.
func TestPoolOutlivesItsBroker(t *testing.T) {
	t.Parallel()
	node := brokertest.Start(t)
	v := node.VHost(t)
	o := newOutage(t, v, v.URL(), 0, nil)
	o.letAll()
	if err := node.Flush(); err != nil {
		t.Fatal(err)
	}
	var (
		p    broker.Progress
		ids  []string
		done = make(chan error, 1)
		stop atomic.Bool
	)
	go func() {
		done <- o.client.Enqueue(t.Context(), broker.Batch{Rate: 1000, Next: func() (broker.Task, bool) {
			task := broker.NewTask([]byte("task"))
			ids = append(ids, task.ID)
			return task, !stop.Load()
		}}, &p)
	}()
	goOn := func(n int) {
		t.Helper()
		before := o.handled()
		eventually(t, "work to go on", func() bool { return o.handled() >= before+n })
	}
	goOn(300)
	node.Kill()
	eventually(t, "the loss", func() bool { return o.client.Links()[1].Err != nil })
	if err := node.Restart(); err != nil {
		t.Fatal(err)
	}
	goOn(300)
	stop.Store(true)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	o.finish(t, int(p.Read().Confirmed))
	sent := p.Read()
	lost := 0
	for _, id := range ids[:len(ids)-1] { // the last one was not sent
		if o.book.tries[id] == 0 {
			lost++
		}
	}
	if uint64(lost) > sent.Unknown || sent.Settled() != sent.Sent || sent.Returned+sent.Rejected > 0 {
		t.Errorf("%d tasks were never handled, though only %d are unknown: %+v", lost, sent.Unknown, sent)
	}
	if n := o.client.Links()[1].Generation; n < 2 {
		t.Errorf("the work link is on its connection %d: the test made no trouble", n)
	}
	t.Logf("%+v; %d never handled, %d unsettled", sent, lost, o.pool.Totals().Unsettled)
}

func (o *outage) handled() int {
	o.book.mu.Lock()
	defer o.book.mu.Unlock()
	return len(o.book.tries)
}
