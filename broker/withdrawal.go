package broker

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// errCancelled is the ErrStale of a delivery whose consumer the broker has cancelled: whether the task still exists only the
// queue can tell.
var errCancelled = &Fault{Kind: Cancelled, What: "the broker has cancelled the consumer of this task",
	Why: "it took the task back, or deleted it with its queue", Err: ErrStale}

// cancelFault says why a broker cancels a consumer that it has accepted: basic.cancel carries no reason. RabbitMQ 4.3 sends
// it for the consumer timeout too; earlier versions close the channel then.
func cancelFault(queue string) *Fault {
	return &Fault{Kind: Cancelled, What: "the broker cancelled the consumer of " + Plain(queue),
		Why: "the queue was deleted, its node went away, or a task was unacknowledged for longer than the consumer timeout"}
}

// consumerLoss is err, with the queue's name where the end of the connection is the doing of a message in it: the message
// goes back to the head, and cuts the next connection that gets it.
func consumerLoss(queue string, err error) error {
	var f *Fault
	if !errors.As(err, &f) || f.Kind != Unreadable {
		return err
	}
	return &Fault{Kind: Unreadable, Why: f.Why, Err: f.Err,
		What: "a message near the head of queue " + Plain(queue) + " cannot be read by this client, and cuts each connection that gets it",
		Do:   "look at it in RabbitMQ's management UI (Get messages), and take it out there"}
}

var timeoutUsed = regexp.MustCompile(`delivery acknowledgement on channel \d+ timed out\. Timeout value used: (\d+) ms`)

// channelFault says why the broker closed the channel of one worker. None of its reasons lasts: a new channel works again.
func channelFault(queue, worker string, e *amqp.Error) *Fault {
	if m := timeoutUsed.FindStringSubmatch(e.Reason); m != nil {
		ms, _ := strconv.Atoi(m[1])
		return &Fault{Kind: Overdue, What: fmt.Sprintf("the broker took a task of %s back from %s", Plain(queue), worker),
			Why: fmt.Sprintf("it was not acknowledged within %s, the consumer timeout", time.Duration(ms)*time.Millisecond),
			Do:  "raise consumer_timeout in the broker's config, or make the tasks shorter", Err: e}
	}
	f, _ := callFault("go on consuming from "+Plain(queue), e).(*Fault)
	if f.Kind == Mismatch {
		f.Kind = Failed // of a settlement, not of the queue's properties
	}
	return f
}
