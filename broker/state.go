package broker

import (
	"slices"
	"time"
)

// Role is what a connection is for. Roles never share one, so that a blocked publisher stops neither the workers nor the watch.
type Role string

// The roles.
const (
	RolePublish Role = "publish"
	RoleWork    Role = "work"
	RoleWatch   Role = "watch"
	RoleDead    Role = "dead" // one for each look into a dead-letter queue, and for as long as that lasts
)

// LinkStatus is the state of one supervised connection.
type LinkStatus uint8

// The states of a link.
const (
	LinkConnecting LinkStatus = iota // first try, or between a loss and the next connection
	LinkUp
	LinkRefused // login, rights, vhost or certificate: no more tries until Client.Reconnect
	LinkClosed  // by us
)

func (s LinkStatus) String() string {
	return [...]string{"connecting", "up", "refused", "closed"}[s]
}

// LinkState is a copy of what a link knows of itself at one moment.
type LinkState struct {
	Role       Role
	Index      int // of the links that share a role
	Status     LinkStatus
	Since      time.Time // of Status
	Generation uint64    // connections made so far
	Tries      int       // that failed since the connection was last good; 0 while it is up
	NextTry    time.Time // zero: trying now, or not at all
	Err        error     // why it is not up; nil while it is. A *Fault
	Blocked    string    // the broker's reason for blocking publishers ("low on memory"); "" when it does not
	BlockedAt  time.Time

	// Of the live connection, or of the address tried last. Product and Version are the live connection's alone.
	Address  string // host:port
	User     string
	VHost    string
	TLS      bool
	Insecure bool   // certificate not verified
	Product  string // "RabbitMQ"
	Version  string // "3.10.8"

	Node Figure[string] // of the cluster that the live connection is on; it stays there for as long as it lives
}

// Figure is a number with the moment it was true at.
type Figure[T any] struct {
	Value T
	At    time.Time // zero: not known; draw "–", never 0
	From  string    // "amqp", "api" or "config"
}

// Known reports whether the figure was ever read.
func (f Figure[T]) Known() bool { return !f.At.IsZero() }

// Age is how long before now the figure was read; it is never negative.
func (f Figure[T]) Age(now time.Time) time.Duration { return max(0, now.Sub(f.At)) }

// Source is the health of one of the two ways the monitor looks at the broker.
type Source struct {
	At  time.Time // of the last good answer; zero: never
	Err error     // why the newest look failed; nil when it did not. A *Fault
}

// Snapshot is all that is known of the queue and its broker at one moment, fused from both sources. It is a value:
// the slices are never written after it was published.
type Snapshot struct {
	Queue string
	VHost string

	Ready     Figure[int64]
	Unacked   Figure[int64]
	Consumers Figure[int64]

	Type      Figure[string] // "classic", "quorum", "stream"
	Durable   Figure[bool]
	State     Figure[string] // "running", "idle", "flow", "down" …
	Arguments Figure[map[string]any]
	Node      Figure[string]
	Leader    Figure[string]   // of a quorum queue or stream: the node that hands its tasks out; "": none just now
	Replicas  Figure[Replicas] // of a queue that lives on several nodes

	In           Figure[float64] // published a second
	Out          Figure[float64] // acknowledged a second
	Delivered    Figure[float64] // delivered a second
	Redelivered  Figure[float64] // redelivered a second
	MessageBytes Figure[int64]
	Oldest       Figure[time.Time] // timestamp of the message at the head, where given

	DeadLetters   Figure[bool]  // a rejected message is dead-lettered, by argument or policy; otherwise it is dropped
	DeliveryLimit Figure[int64] // of a quorum queue: returns after which its broker dead-letters or drops a message; 0: none

	Retrying   Figure[int64] // failed tasks in the retry queues, ours and those of others; those that are on their way included
	RetryNext  time.Time     // when the first of the tasks that this client sent there is back; zero: not known
	RetryBound time.Duration // the wait of the shortest retry queue that holds a task; 0: none does
	Dead       Figure[int64] // tasks in the dead-letter queue

	// ConsumerTimeout is how long a delivery may stay unacknowledged before the broker takes it back; not known where the
	// config wants no warning. From "config", or from "api" where the queue has its own.
	ConsumerTimeout Figure[time.Duration]

	Members Figure[[]ConsumerInfo]
	Cluster Figure[string]
	Nodes   Figure[[]string] // of the cluster that run, in the order of their names
	Version Figure[string]
	Alarms  Figure[[]string]

	Missing bool   // the queue does not exist, as of AMQP.At
	AMQP    Source // passive declare
	Totals  Source // management API, fresh totals
	API     Source // management API, the slow half
}

// Replicas are the nodes that hold a copy of a quorum queue or stream, and those of them that are there.
type Replicas struct {
	Members []string
	Online  []string // nil: not told
}

// Away are the members that are not online.
func (r Replicas) Away() (nodes []string) {
	if r.Online == nil {
		return nil
	}
	for _, node := range r.Members {
		if !slices.Contains(r.Online, node) {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// Lacking is how many members have to come back until the queue takes and gives anything: it needs more than half of them.
func (r Replicas) Lacking() int {
	away := len(r.Away())
	if away == 0 {
		return 0
	}
	n := len(r.Members)
	return max(0, n/2+1-(n-away))
}

// ConsumerInfo is one consumer of the queue, ours or another program's.
type ConsumerInfo struct {
	Tag        string
	Prefetch   int
	AckNeeded  bool
	Active     bool
	Exclusive  bool
	Channel    string // "127.0.0.1:50432 -> 127.0.0.1:5672 (1)"
	Connection string
	Peer       string // host:port of the client
	User       string
	Node       string
}

// QueueInfo is the answer to a passive declare, true at the moment of the call.
type QueueInfo struct {
	Name      string
	Ready     int
	Consumers int
}
