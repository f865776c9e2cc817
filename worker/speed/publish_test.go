package speed

import (
	"carousel/broker"

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

// barePublish is the plainest publisher that waits for the confirms, of so many tasks at a time: 1, or a window's.
func (s stream) barePublish(window int) func(string) (func(int) error, func(), error) {
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
		publish := func(tasks int) error {
			confirms := make([]*amqp.DeferredConfirmation, 0, tasks)
			for i := range tasks {
				confirm, err := ch.PublishWithDeferredConfirm("", queue, false, false,
					amqp.Publishing{DeliveryMode: amqp.Persistent, Body: body})
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
		return publish, func() { conn.Close() }, nil
	}
}

// enqueue is carousel's way.
func (s stream) enqueue(queue string) (func(int) error, func(), error) {
	client, err := broker.Open(s.place.config(queue, s.kind), nil)
	if err != nil {
		return nil, nil, err
	}
	return func(tasks int) error { return enqueue(client, tasks, s.size) }, client.Close, nil
}

// compareStream measures the row: carousel beside the pipelined loop, and that loop's rate beside one task at a time.
func compareStream(s stream, pairs int) (c comparison, alone figure, err error) {
	c, err = compare(pairs,
		func() (figure, error) { return s.round(s.barePublish(outstanding)) },
		func() (figure, error) { return s.round(s.enqueue) })
	if err != nil {
		return c, figure{}, err
	}
	slow := s
	slow.tasks = max(1, s.tasks/20) // a rate all the same, and it takes long enough
	alone, err = slow.round(slow.barePublish(1))
	return c, alone, err
}
