package broker

import "time"

// TraceState is what a Trace knows of one node's switch.
type TraceState uint8

// The states of a node's switch.
const (
	TraceOn      TraceState = iota // this trace switched it on, and switches it off
	TraceFound                     // somebody else switched it on, and has to switch it off
	TraceOff                       // it went off while this trace ran
	TraceUnknown                   // no address leads there, or to it alone
)

// TraceNode is one running node of the cluster.
type TraceNode struct {
	Name  string
	State TraceState
	Why   string // of TraceOff and TraceUnknown; plain, without a full stop
}

// Traced reports whether deliveries by this node's channels are copied.
func (n *TraceNode) Traced() bool { return n.State == TraceOn || n.State == TraceFound }

// TraceStatus is a copy of what a Trace knows at one moment.
type TraceStatus struct {
	Queue   string
	Nodes   []TraceNode // in the order of their names; never written to
	Since   time.Time
	Until   time.Time // when it ends by itself
	Copies  uint64    // deliveries that were heard of
	Rate    int       // of these, in the last whole second
	Ours    uint64    // of these, to consumers of this process
	Unnamed uint64    // of these, to what is inside the broker, such as its management API and its shovels
	Beyond  uint64    // of these, to channels that there was no room for in the table
	Dropped uint64    // copies that waited for too long and were given up, or that nobody read in time
	Deaf    error     // why nothing is heard just now, a *Fault; nil while copies can come
	Ended   string    // why it is over, plain; "" while it goes on
	Left    []string  // nodes where it could not be switched off at the end; nil: none
}

// TracedConsumer is one channel that the queue's tasks are delivered to, of another program.
type TracedConsumer struct {
	Number      int    // from 1, in the order in which they were heard of; it stays
	Connection  string // its name, as FleetRow has it
	Channel     int
	Client      string // what the connection says of itself; "" until the management API has told
	Peer        string // host:port; "" until then
	User, Node  string
	Prefetch    int // 0: not told, or without a bound
	Consumers   int // on this channel, as far as is told; a copy does not say which of them it was
	Deliveries  uint64
	Redelivered uint64    // of these
	Since       time.Time // heard of
	Last        time.Time // delivery; zero: none yet
	Gone        bool      // it is no consumer, or not any more: it asks for tasks one by one (basic.get), or has left
}

// Dispatch is one delivery to another program's consumer. Copies carry no time: At is when it was heard of.
type Dispatch struct {
	Consumer    int // its Number
	At          time.Time
	Redelivered bool
}
