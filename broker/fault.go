package broker

import "errors"

// Kind sorts faults by what the caller can do about them.
type Kind uint8

// The kinds of fault.
const (
	Unreachable  Kind = iota + 1 // nothing answers; the link retries
	Refused                      // login, vhost, certificate: the link stops retrying
	NoRight                      // the user may not do this
	QueueMissing                 // no such queue
	Mismatch                     // the queue exists with other properties
	Busy                         // exclusive use by another connection
	TimedOut                     // no answer in time; the connection was cut
	LinkLost                     // the connection ended under the call
	Cancelled                    // the broker cancelled the consumer (queue deleted, node gone)
	Unreadable                   // a message or answer that the client library cannot decode
	ReadOnly                     // refused by ourselves
	Closed                       // the client was closed
	Invalid                      // the request itself is wrong; nothing was sent
	Failed                       // anything else
	Overdue                      // the broker took a task back that stayed unacknowledged for too long
)

// Fault is an error in words for a person: what failed, why, and what to do. It never holds a password.
type Fault struct {
	Kind Kind
	What string // "cannot reach 127.0.0.1:5672"
	Why  string // "connection refused"
	Do   string // "start RabbitMQ there, or name another broker with --url"; may be empty
	Err  error  // the cause, for errors.Is; may be nil
}

func (f *Fault) Error() string {
	s := f.What
	if f.Why != "" {
		s += ": " + f.Why
	}
	if f.Do != "" {
		s += "; " + f.Do
	}
	return s
}

func (f *Fault) Unwrap() error { return f.Err }

// KindOf is the kind of the first Fault in err's chain, 0 when there is none.
func KindOf(err error) Kind {
	if err == nil {
		return 0
	}
	var f *Fault
	if errors.As(err, &f) {
		return f.Kind
	}
	return 0
}
