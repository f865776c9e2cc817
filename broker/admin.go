package broker

import "time"

// QueueRow is one queue of the vhost as the management API lists it. Texts are plain, Name apart, which is as the broker has it.
type QueueRow struct {
	Name                      string
	Type, State, Policy, Node string   // "" where not told
	Leader                    string   // of a quorum queue
	Replicas                  Replicas // of a quorum queue or stream, where told
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

	NamesOnly bool // no figures are read, which is less than half the work for a large broker; by name only
}

// QueuePage is one page of the vhost's queues.
type QueuePage struct {
	Rows     []QueueRow
	Page     int // from 1; the last one where one beyond it was asked for
	Pages    int
	Filtered int    // queues that the query names, on all pages
	Total    int    // queues of the vhost
	Partial  string // why some figures are missing, one sentence; ""
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
	Product, Version      string // of its client library or program, as it says
	Platform              string
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
	Redelivered           Figure[float64]
	IdleSince             time.Time // of the channel: nothing came or went since; zero: busy, or not told
	ConnectedAt           time.Time // zero: not told
	State                 string    // of the connection: "running", "blocked" …
}

// Fleet is who consumes from the watched queue.
type Fleet struct {
	Rows        []FleetRow
	Connections int    // that these stand on
	Total       int    // consumers of the queue; more than len(Rows) where there are too many, or one cannot be read
	Cut         string // what is missing and why, one sentence; ""
	At          time.Time
}
