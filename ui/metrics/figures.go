package metrics

import (
	"runtime"
	rtmetrics "runtime/metrics"
	"slices"
	"strconv"
	"time"

	"carousel/broker"
	"carousel/worker"
)

// Broker is what is shown of the broker; *broker.Client is the real one. Its methods never wait for the network.
type Broker interface {
	Links() []broker.LinkState
	Snapshot() broker.Snapshot
	Published() broker.Published
}

// Pool is what is shown of the worker pool of the moment; *worker.Pool is the real one. Its methods lock for a moment.
type Pool interface {
	Status() worker.Status
	Census() worker.Census
}

// Figures are where what is shown comes from.
type Figures struct {
	Version string
	Broker  Broker
	Pool    func() Pool // that works just now; nil: none does
	Meter   *Meter
}

// began is about when the process did.
var began = time.Now()

// write writes all figures as they stand now.
func (f *Figures) write(p *page) {
	p.family("carousel_build_info", gauge, "What the program was built from; always 1.")
	p.sample(1, "version", f.Version, "goversion", runtime.Version())
	f.Meter.write(p)
	f.pool(p)
	f.links(p)
	f.queue(p)
	process(p)
}

func (f *Figures) pool(p *page) {
	var s worker.Status
	var c worker.Census
	if pool := f.Pool(); pool != nil {
		s, c = pool.Status(), pool.Census()
	}
	p.family("carousel_pool_state", gauge, "What the worker pool is doing: 1 for its state, 0 for the others.")
	for state := worker.PoolStopped; state <= worker.PoolDraining; state++ {
		p.flag(s.State == state, "state", state.String())
	}
	p.family("carousel_workers", gauge, "Workers by what they are doing.")
	for state, n := range c.States {
		p.sample(float64(n), "state", worker.State(state).String())
	}
	p.family("carousel_workers_consuming", gauge, "Workers that have a consumer at the broker.")
	p.sample(float64(c.Consuming))
	p.family("carousel_workers_wanted", gauge, "Workers that the pool is to have.")
	p.sample(float64(s.Target))
	p.family("carousel_worker_prefetch", gauge, "Unacknowledged tasks that each worker may hold.")
	p.sample(float64(s.Prefetch))
	p.family("carousel_tasks_in_hand", gauge, "Tasks that handlers have, and failed ones whose copy is not confirmed yet.")
	p.sample(float64(s.InHand))
	p.family("carousel_tasks_awaiting_copy", gauge, "Failed tasks in hand whose copy is not confirmed yet.")
	p.sample(float64(s.Keeping))
}

func (f *Figures) links(p *page) {
	links := f.Broker.Links()
	each := func(name, kind, help string, value func(*broker.LinkState) float64) {
		p.family(name, kind, help)
		for i := range links {
			p.sample(value(&links[i]), "role", string(links[i].Role), "index", strconv.Itoa(links[i].Index))
		}
	}
	each("carousel_link_up", gauge, "Whether a connection to the broker is up.", func(l *broker.LinkState) float64 {
		return one(l.Status == broker.LinkUp)
	})
	each("carousel_link_refused", gauge, "Whether the broker has refused a connection, so that it is tried no more.", func(l *broker.LinkState) float64 {
		return one(l.Status == broker.LinkRefused)
	})
	each("carousel_link_blocked", gauge, "Whether the broker blocks publishers on a connection.", func(l *broker.LinkState) float64 {
		return one(l.Blocked != "")
	})
	each("carousel_link_reconnects_total", counter, "Connections that were made after the first.", func(l *broker.LinkState) float64 {
		return float64(max(l.Generation, 1) - 1)
	})
	p.family("carousel_publishes_total", counter, "Messages published, copies of failed tasks included, by outcome.")
	n := f.Broker.Published()
	p.count(n.Confirmed, "outcome", broker.Confirmed.String())
	p.count(n.Returned, "outcome", broker.Returned.String())
	p.count(n.Rejected, "outcome", broker.Rejected.String())
	p.count(n.Unknown, "outcome", broker.Unknown.String())
}

func one(so bool) float64 {
	if so {
		return 1
	}
	return 0
}

// queue writes what is known of the queue. A figure that is not known is left out: it is no 0.
func (f *Figures) queue(p *page) {
	s := f.Broker.Snapshot()
	queue := broker.Plain(s.Queue)
	p.family("carousel_queue_missing", gauge, "Whether the work queue does not exist.")
	p.flag(s.Missing, "queue", queue)
	known := slices.DeleteFunc([]depth{
		{"carousel_queue_ready_messages", "ready", "Tasks that wait in the queue.", s.Ready},
		{"carousel_queue_unacked_messages", "unacked", "Tasks that were handed out, to anybody, and are not acknowledged.", s.Unacked},
		{"carousel_queue_consumers", "consumers", "Consumers of the queue, anybody's.", s.Consumers},
		{"carousel_queue_retrying_messages", "retrying", "Failed tasks in the retry queues.", s.Retrying},
		{"carousel_queue_dead_messages", "dead", "Tasks in the dead-letter queue.", s.Dead},
	}, func(d depth) bool { return !d.Known() })
	for _, d := range known {
		p.family(d.name, gauge, d.help)
		p.sample(float64(d.Value), "queue", queue)
	}
	if s.Oldest.Known() && !s.Oldest.Value.IsZero() {
		p.family("carousel_queue_oldest_message_timestamp_seconds", gauge, "When the task at the head of the queue was made.")
		p.moment(s.Oldest.Value, "queue", queue)
	}
	if len(known) > 0 {
		p.family("carousel_queue_observed_timestamp_seconds", gauge, "When a figure of the queue was true.")
		for _, d := range known {
			p.moment(d.At, "queue", queue, "figure", d.label)
		}
	}
}

// depth is a count of the queue with its names.
type depth struct {
	name, label, help string
	broker.Figure[int64]
}

// process writes what Prometheus' own libraries tell of a Go program, under their names.
func process(p *page) {
	p.family("process_start_time_seconds", gauge, "Start time of the process since unix epoch in seconds.")
	p.moment(began)
	p.family("go_goroutines", gauge, "Number of goroutines that currently exist.")
	p.sample(float64(runtime.NumGoroutine()))
	heap := []rtmetrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	rtmetrics.Read(heap)
	p.family("go_memstats_heap_alloc_bytes", gauge, "Number of heap bytes allocated and currently in use.")
	p.sample(float64(heap[0].Value.Uint64()))
}
