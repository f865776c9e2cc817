package broker

import (
	"context"
	"time"
)

// QueueRow is one queue of the vhost as the management API lists it. Texts are plain, Name apart, which is as the broker has it.
type QueueRow struct {
	Name                      string
	Type, State, Policy, Node string // "" where not told
	Leader                    string // of a quorum queue
	Members                   []string
	Durable, AutoDelete       bool
	Exclusive                 bool
	Arguments                 map[string]any
	Ready, Unacked, Consumers Figure[int64]
	MessageBytes              Figure[int64]
	In, Out                   Figure[float64] // published and acknowledged a second
}

// QueueQuery asks for one page of the vhost's queues.
type QueueQuery struct {
	Page    int    // from 1
	Size    int    // rows a page, 1 to 500
	Name    string // part of a name, letters' case aside; "": all
	Sort    string // "name", "ready", "unacked", "in", "out", "consumers", "bytes"; "": name
	Reverse bool
}

// QueuePage is one page of the vhost's queues.
type QueuePage struct {
	Rows     []QueueRow
	Page     int // from 1
	Pages    int
	Filtered int // queues that the query names, on all pages
	Total    int // queues of the vhost
	At       time.Time
}

// QueueSpec describes a queue to be declared.
type QueueSpec struct {
	Name      string
	Type      string // "classic" or "quorum"
	Durable   bool
	Arguments map[string]any
}

// FleetRow is one consumer of the watched queue with its channel and connection, ours or another program's. Texts are plain,
// Connection apart.
type FleetRow struct {
	Tag, User, Peer, Node string
	Connection            string // its name, as CloseConnection wants it
	Client                string // what the connection says of itself: connection name, else product
	Channel               int
	Ours                  bool // of this process
	Prefetch              int
	Priority              int64
	AckNeeded             bool
	Active                bool            // false: waits as a standby of a single active consumer
	Activity              string          // "up", "waiting" …; "" where not told
	Unacked               Figure[int64]   // of the channel
	Acks                  Figure[float64] // of the channel, a second
	Delivered             Figure[float64]
	ConnectedAt           time.Time // zero: not told
	State                 string    // of the connection: "running", "blocked" …
}

// Fleet is who consumes from the watched queue.
type Fleet struct {
	Rows        []FleetRow
	Connections int // that these stand on
	At          time.Time
}

// admin is what a Client can do beyond its own queue, through the management API and AMQP; the console declares the same. Every
// method does I/O and blocks until ctx ends or the API's deadline passes.
type admin interface {
	Queues(ctx context.Context, q QueueQuery) (QueuePage, error)
	CreateQueue(ctx context.Context, q QueueSpec) error
	InspectQueue(ctx context.Context, name string) (QueueInfo, error)
	PurgeQueue(ctx context.Context, name string) (int, error)
	DeleteQueue(ctx context.Context, name string) (int, error) // the number of messages that went with it
	Fleet(ctx context.Context) (Fleet, error)
	CloseConnection(ctx context.Context, name, reason string) error
}
