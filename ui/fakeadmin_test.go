package ui

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"carousel/broker"
)

// fakeAdmin is a vhost with queues and a fleet, in memory. It sorts, filters and cuts pages as the broker does, and notes what was
// asked of it.
type fakeAdmin struct {
	mu     sync.Mutex // the console asks from goroutines of its own
	queues []broker.QueueRow
	fleet  broker.Fleet
	err    error // of every call
	asked  []string
	at     time.Time
}

func (f *fakeAdmin) note(format string, args ...any) {
	f.asked = append(f.asked, fmt.Sprintf(format, args...))
}

func (f *fakeAdmin) Queues(_ context.Context, q broker.QueueQuery) (broker.QueuePage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("queues %d %q %s %v", q.Page, q.Name, q.Sort, q.Reverse)
	if f.err != nil {
		return broker.QueuePage{}, f.err
	}
	rows := slices.DeleteFunc(slices.Clone(f.queues), func(r broker.QueueRow) bool {
		return !strings.Contains(strings.ToLower(r.Name), strings.ToLower(q.Name))
	})
	slices.SortStableFunc(rows, func(a, b broker.QueueRow) int {
		order := map[string]int{
			"name": cmp.Compare(a.Name, b.Name), "ready": cmp.Compare(a.Ready.Value, b.Ready.Value),
			"unacked": cmp.Compare(a.Unacked.Value, b.Unacked.Value), "in": cmp.Compare(a.In.Value, b.In.Value),
			"out": cmp.Compare(a.Out.Value, b.Out.Value), "consumers": cmp.Compare(a.Consumers.Value, b.Consumers.Value),
			"bytes": cmp.Compare(a.MessageBytes.Value, b.MessageBytes.Value),
		}[q.Sort]
		if q.Reverse {
			return -order
		}
		return order
	})
	page := broker.QueuePage{Pages: max(1, (len(rows)+q.Size-1)/q.Size), Filtered: len(rows), Total: len(f.queues), At: f.at}
	page.Page = min(q.Page, page.Pages)
	first := (page.Page - 1) * q.Size
	page.Rows = rows[first:min(first+q.Size, len(rows))]
	return page, nil
}

func (f *fakeAdmin) find(name string) (*broker.QueueRow, error) {
	for i := range f.queues {
		if f.queues[i].Name == name {
			return &f.queues[i], f.err
		}
	}
	return nil, cmp.Or[error](f.err, &broker.Fault{Kind: broker.QueueMissing, What: "cannot look at queue " + name, Why: "there is no such queue"})
}

func (f *fakeAdmin) InspectQueue(_ context.Context, name string) (broker.QueueInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("inspect %s", name)
	r, err := f.find(name)
	if err != nil {
		return broker.QueueInfo{}, err
	}
	return broker.QueueInfo{Name: name, Ready: int(r.Ready.Value), Consumers: int(r.Consumers.Value)}, nil
}

func (f *fakeAdmin) CreateQueue(_ context.Context, q broker.QueueSpec) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("create %s %s %v %v", q.Name, q.Type, q.Durable, q.Arguments)
	if f.err == nil {
		f.queues = append(f.queues, broker.QueueRow{Name: q.Name, Type: q.Type, Durable: q.Durable, Arguments: q.Arguments})
	}
	return f.err
}

func (f *fakeAdmin) PurgeQueue(_ context.Context, name string) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("purge %s", name)
	r, err := f.find(name)
	if err != nil {
		return 0, err
	}
	n := r.Ready.Value
	r.Ready.Value = 0
	return int(n), nil
}

func (f *fakeAdmin) DeleteQueue(_ context.Context, name string) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("delete %s", name)
	r, err := f.find(name)
	if err != nil {
		return 0, err
	}
	n := r.Ready.Value
	f.queues = slices.DeleteFunc(f.queues, func(r broker.QueueRow) bool { return r.Name == name })
	return int(n), nil
}

func (f *fakeAdmin) Fleet(context.Context) (broker.Fleet, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("fleet")
	if f.err != nil {
		return broker.Fleet{}, f.err
	}
	fleet := f.fleet
	fleet.Rows = slices.Clone(f.fleet.Rows)
	return fleet, nil
}

func (f *fakeAdmin) CloseConnection(_ context.Context, name, reason string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("close %s: %s", name, reason)
	if f.err == nil {
		f.fleet.Rows = slices.DeleteFunc(f.fleet.Rows, func(r broker.FleetRow) bool { return r.Connection == name })
	}
	return f.err
}

// busyVHost is a vhost with the watched queue, some of every kind, and one nobody knows much of.
func busyVHost() *fakeAdmin {
	api := start.Add(-6 * time.Second)
	row := func(name, kind, state string, ready, unacked, consumers int64, in, out float64) broker.QueueRow {
		return broker.QueueRow{
			Name: name, Type: kind, State: state, Node: "rabbit@one", Durable: true,
			Ready: known(ready, start), Unacked: known(unacked, start), Consumers: known(consumers, start),
			MessageBytes: known(ready*1234, api), In: known(in, api), Out: known(out, api),
		}
	}
	f := &fakeAdmin{at: start}
	f.queues = []broker.QueueRow{
		row("billing.invoices", "quorum", "running", 12, 3, 2, 4.2, 4.1),
		row("billing.invoices.dead", "classic", "running", 87, 0, 0, 0, 0),
		row("email.outgoing", "classic", "flow", 48_210, 40, 4, 812, 640),
		row("image.resize", "quorum", "down", 1_203_441, 0, 0, 120, 0),
		row("reports.nightly", "classic", "idle", 0, 0, 1, 0, 0),
		row("task_queue", "classic", "running", 1284, 8, 11, 85, 73),
		row("task_queue.dead", "classic", "idle", 2, 0, 0, 0, 0),
		{Name: "unknown.newcomer"},
	}
	q := &f.queues[0]
	q.Policy, q.Leader, q.Replicas.Members = "ha-three", "rabbit@one", []string{"rabbit@one", "rabbit@two", "rabbit@three"}
	q.Replicas.Online = q.Replicas.Members[:2]
	q.Arguments = map[string]any{"x-queue-type": "quorum", "x-delivery-limit": 20, "x-dead-letter-exchange": "dead"}
	f.fleet = busyFleet(api)
	return f
}

// busyFleet are four workers of ours on one connection, and three of other programs on two.
func busyFleet(at time.Time) broker.Fleet {
	f := broker.Fleet{Connections: 3, At: start}
	for id := 1; id <= 4; id++ {
		f.Rows = append(f.Rows, broker.FleetRow{
			Tag: fmt.Sprintf("carousel.w%d", id), User: "guest", Peer: "127.0.0.1:50432", Node: "rabbit@one",
			Connection: "127.0.0.1:50432 -> 127.0.0.1:5672", Client: "carousel work", Channel: id, Ours: true, Prefetch: 1, AckNeeded: true,
			Product: "carousel", Version: "1.0", Platform: "Go",
			Active: true, Activity: "up", Unacked: known(int64(1), at), Acks: known(1.2, at), Delivered: known(1.2, at),
			ConnectedAt: start.Add(-time.Hour), State: "running",
		})
	}
	other := func(tag, peer, client string, channel int, unacked int64, acks float64) broker.FleetRow {
		return broker.FleetRow{
			Tag: tag, User: "shop", Peer: peer, Node: "rabbit@one", Connection: peer + " -> 10.0.0.5:5672", Client: client, Channel: channel,
			Prefetch: 10, AckNeeded: true, Active: true, Activity: "up", Unacked: known(unacked, at), Acks: known(acks, at),
			Delivered: known(acks, at), ConnectedAt: start.Add(-26 * time.Hour), State: "running",
		}
	}
	f.Rows = append(f.Rows,
		other("ctag1.python", "10.0.0.17:41200", "pika", 1, 10, 0),
		other("ctag1.a", "10.0.0.9:55310", "shop-worker", 1, 0, 0),
		other("ctag2.b", "10.0.0.9:55310", "shop-worker", 2, 4, 12.5))
	return f
}

// manyQueues is a vhost of a large broker.
func manyQueues(n int) *fakeAdmin {
	f := &fakeAdmin{at: start}
	for i := range n {
		f.queues = append(f.queues, broker.QueueRow{
			Name: fmt.Sprintf("queue.%05d", i), Type: "classic", State: "running", Durable: true,
			Ready: known(int64(i), start), Unacked: known(int64(0), start), Consumers: known(int64(1), start),
			In: known(1.0, start), Out: known(1.0, start), MessageBytes: known(int64(i)*100, start),
		})
	}
	return f
}
