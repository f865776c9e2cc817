package ui

import (
	"fmt"
	"testing"
	"time"

	"carousel/worker"
)

// What takes more than one look is seen over several, and forgotten when it ends.
func TestSymptomsOverTime(t *testing.T) {
	b, p := busyBroker(), busyPool(4)
	b.queue.Consumers.Value = 4
	a := newTestApp(t, 100, 30, b, p)
	s := a.scene
	at := func(seconds int) {
		now := start.Add(time.Duration(seconds) * time.Second)
		b.queue.Unacked.At, b.queue.Out.At, b.queue.Ready.At = now, now, now
		look(a, now)
	}
	b.queue.Out.Value, b.queue.Unacked.Value = 0, 4
	at(1)
	at(20)
	if got := s.lasts(s.symptoms.unacked); got != 19*time.Second {
		t.Errorf("nothing was acknowledged for %v", got)
	}
	p.workers[0].Done++ // ours finished one: the broker's rate only has not heard of it
	at(21)
	if !s.symptoms.unacked.IsZero() {
		t.Error("a finished task does not count")
	}
	p.status.Prefetch, b.queue.Unacked.Value, p.status.InHand = 10, 12, 2
	p.workers[2].State, p.workers[2].Since, p.workers[2].HasTask = worker.StateIdle, start, false
	at(22)
	at(26)
	if got := s.lasts(s.symptoms.hoarded); got != 4*time.Second {
		t.Errorf("tasks are hoarded for %v", got)
	}
	b.queue.Consumers.Value = 9 // they may be others'
	at(27)
	if !s.symptoms.hoarded.IsZero() {
		t.Error("tasks that others may hold count as hoarded")
	}
}

func TestComebacksAreBounded(t *testing.T) {
	var c comebacks
	for i := range 20 * mostComebacks {
		e := worker.Event{At: start, Kind: worker.TaskStarted, Task: worker.TaskRef{ID: fmt.Sprint("t", i), Redelivered: true}}
		poison := worker.Event{At: start, Kind: worker.TaskStarted, Task: worker.TaskRef{Preview: "no id", Redelivered: true}}
		c.apply([]worker.Event{e})
		if i%50 == 0 {
			c.apply([]worker.Event{poison})
		}
	}
	if len(c.tasks) > mostComebacks {
		t.Errorf("%d are remembered", len(c.tasks))
	}
	worst, n := c.worst(start)
	if worst == nil || n != 1 || worst.times < 150 || worst.name() != "one without an id" {
		t.Errorf("of %d the worst is %+v", n, worst)
	}
	if worst, _ := c.worst(start.Add(poisonMemory + time.Second)); worst != nil {
		t.Error("one that has stopped to come back is still called so")
	}
}
