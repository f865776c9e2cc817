package speed

import (
	"time"

	"carousel/broker"

	"github.com/google/uuid"
	amqp "github.com/rabbitmq/amqp091-go"
)

// stream is what one row of the publishers' table is about.
type stream struct {
	place place
	kind  string // of queue
	tasks int
	size  int // of a body, in bytes
}

// outstanding is how many confirms the bare pipelined loop lets stand out, as many as carousel does.
const outstanding = 1000

// round publishes to a queue of its own. What prepares a side is not measured, nor is its first task, which opens the channel.
func (s stream) round(prepare func(queue string) (publish func(tasks int) error, end func(), err error)) (f figure, err error) {
	queue, end, err := s.place.newQueue(s.kind)
	if err != nil {
		return figure{}, err
	}
	defer func() {
		if left, gone := end(); err == nil {
			if err = gone; err == nil && left != s.tasks+1 {
				err = notAll(left, s.tasks+1)
			}
		}
	}()
	publish, shut, err := prepare(queue)
	if err != nil {
		return figure{}, err
	}
	defer shut()
	if err := publish(1); err != nil {
		return figure{}, err
	}
	w := startWatch()
	err = publish(s.tasks)
	return w.stop(s.tasks), err
}

// plain is a message with a body and nothing else, told is one that says as much of itself as carousel's do.
func plain(body []byte) amqp.Publishing {
	return amqp.Publishing{DeliveryMode: amqp.Persistent, Body: body}
}

func told(body []byte) amqp.Publishing {
	m := plain(body)
	m.MessageId, m.Timestamp, m.AppId = uuid.Must(uuid.NewV7()).String(), time.Now(), "carousel"
	return m
}

// barePublish is the plainest publisher that waits for the confirms, of so many tasks at a time: 1, or a window's.
func (s stream) barePublish(window int, message func(body []byte) amqp.Publishing) func(string) (func(int) error, func(), error) {
	return func(queue string) (func(int) error, func(), error) {
		conn, err := amqp.Dial(s.place.URL)
		if err != nil {
			return nil, nil, err
		}
		ch, err := conn.Channel()
		if err == nil {
			err = ch.Confirm(false)
		}
		if err != nil {
			conn.Close()
			return nil, nil, err
		}
		body := make([]byte, s.size)
		return func(tasks int) error {
			return pipeline(tasks, window, func() (*amqp.DeferredConfirmation, error) {
				return ch.PublishWithDeferredConfirm("", queue, false, false, message(body))
			})
		}, func() { conn.Close() }, nil
	}
}

// pipeline publishes so many tasks, and waits for the oldest confirm when a window of them stands out.
func pipeline(tasks, window int, publish func() (*amqp.DeferredConfirmation, error)) error {
	confirms := make([]*amqp.DeferredConfirmation, 0, tasks)
	for i := range tasks {
		confirm, err := publish()
		if err != nil {
			return err
		}
		confirms = append(confirms, confirm)
		if oldest := i + 1 - window; oldest >= 0 && !confirms[oldest].Wait() {
			return notAll(oldest, tasks)
		}
	}
	for i := max(0, tasks-window); i < tasks; i++ {
		if !confirms[i].Wait() {
			return notAll(i, tasks)
		}
	}
	return nil
}

// enqueue is carousel's way.
func (s stream) enqueue(queue string) (func(int) error, func(), error) {
	client, err := broker.Open(s.place.config(queue, s.kind), nil)
	if err != nil {
		return nil, nil, err
	}
	return func(tasks int) error { return enqueue(client, tasks, s.size) }, client.Close, nil
}

// compareStream measures the row: carousel beside the pipelined loop with messages that say as much as its own, beside that
// loop with bodies alone, and the rate of one task at a time.
func compareStream(s stream, pairs int) (same comparison, bodies float64, alone figure, err error) {
	ours := func() (figure, error) { return s.round(s.enqueue) }
	same, err = compare(pairs, func() (figure, error) { return s.round(s.barePublish(outstanding, told)) }, ours)
	if err != nil {
		return same, 0, figure{}, err
	}
	only, err := compare(pairs, func() (figure, error) { return s.round(s.barePublish(outstanding, plain)) }, ours)
	if err != nil {
		return same, 0, figure{}, err
	}
	slow := s
	slow.tasks = max(1, s.tasks/20) // a rate all the same, and it takes long enough
	alone, err = slow.round(slow.barePublish(1, plain))
	return same, only.rate, alone, err
}
