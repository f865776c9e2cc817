package metrics

import (
	"time"

	"carousel/broker"
	"carousel/worker"
)

// still is a broker and a pool that stand still.
type still struct {
	links     []broker.LinkState
	queue     broker.Snapshot
	published broker.Published
	status    worker.Status
	census    worker.Census
}

func (s *still) Links() []broker.LinkState   { return s.links }
func (s *still) Snapshot() broker.Snapshot   { return s.queue }
func (s *still) Published() broker.Published { return s.published }
func (s *still) Status() worker.Status       { return s.status }
func (s *still) Census() worker.Census       { return s.census }

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// seen is one of everything.
func seen() *still {
	at := func(n int64) broker.Figure[int64] { return broker.Figure[int64]{Value: n, At: noon, From: "amqp"} }
	s := &still{
		links: []broker.LinkState{
			{Role: broker.RolePublish, Status: broker.LinkUp, Generation: 3, Blocked: "low on memory"},
			{Role: broker.RoleWork, Status: broker.LinkRefused},
			{Role: broker.RoleWatch, Status: broker.LinkUp, Generation: 1},
		},
		queue: broker.Snapshot{
			Queue: "task_queue", Ready: at(1284), Unacked: at(8), Consumers: at(4), Retrying: at(2),
			Oldest: broker.Figure[time.Time]{Value: noon.Add(-time.Minute), At: noon},
		},
		published: broker.Published{Confirmed: 5, Unknown: 1},
		status:    worker.Status{State: worker.PoolRunning, Size: 4, Target: 4, Prefetch: 1, InHand: 3, Keeping: 1},
	}
	s.census.Consuming = 4
	s.census.States[worker.StateRunning], s.census.States[worker.StateIdle] = 3, 1
	return s
}

func (s *still) figures(m *Meter) *Figures {
	return &Figures{Version: "v1", Broker: s, Pool: func() Pool { return s }, Meter: m}
}

// run are the events of a task of a type, from its start to its end.
func run(id int, kind string, wait, took time.Duration, ended worker.EventKind, as worker.Settlement) []worker.Event {
	task := worker.TaskRef{ID: "0193", Type: kind}
	return []worker.Event{
		{Kind: worker.TaskStarted, Worker: id, Task: task, Wait: wait},
		{Kind: ended, Settled: as, Worker: id, Task: task, Wait: wait, Run: took},
	}
}

func (f *Figures) page() string {
	var p page
	f.write(&p)
	return string(p.text)
}
