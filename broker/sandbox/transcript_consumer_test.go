package sandbox_test

import (
	"fmt"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

func priorityScript(s *script) {
	s.declare("q", amqp.Table{"x-max-priority": byte(5)})
	for i, priority := range []uint8{0, 3, 5, 9, 3, 1} {
		s.send("", s.name("q"), amqp.Publishing{Body: fmt.Append(nil, i, " of ", priority), Priority: priority})
	}
	first := s.get("q")
	s.get("q")
	s.try("give back", func(*amqp.Channel) error { return first.Nack(false, true) })
	for range 6 {
		s.get("q")
	}
}

func consumerScript(s *script) {
	s.declare("q", nil)
	low := s.consume("low", "q", 1, amqp.Table{"x-priority": int32(-1)})
	high := s.consume("high", "q", 1, amqp.Table{"x-priority": int32(10)})
	plain := s.consume("plain", "q", 2, nil)
	s.consume("bad", "q", 1, amqp.Table{"x-priority": "top"})
	s.publish("q", "a", "b", "c", "d", "e")
	h := high.take()
	plain.take()
	p := plain.take()
	low.take()
	s.depth("q")
	plain.settle(p.Ack(true))
	plain.take()
	high.settle(h.Ack(false))
	s.publish("q", "f", "g")
	high.take()
	plain.take()
	s.try("exclusive beside others", func(ch *amqp.Channel) error {
		_, err := ch.Consume(s.name("q"), "only", false, true, false, false, nil)
		return err
	})
	s.declare("mine", nil)
	s.try("exclusive", func(ch *amqp.Channel) error {
		_, err := ch.Consume(s.name("mine"), "only", false, true, false, false, nil)
		return err
	})
	s.consume("second", "mine", 1, nil)
	s.try("consume from nothing", func(ch *amqp.Channel) error {
		_, err := ch.Consume(s.name("none"), "", false, false, false, false, nil)
		return err
	})
	s.try("cancel of an unknown", func(ch *amqp.Channel) error { return ch.Cancel("nobody", false) })
}

// The consumers have one priority: RabbitMQ 3.10's queue crashes when a busy active one makes way for a higher one.
func singleScript(s *script) {
	s.declare("q", amqp.Table{"x-single-active-consumer": true})
	first := s.consume("first", "q", 1, nil)
	second := s.consume("second", "q", 1, nil)
	third := s.consume("third", "q", 1, nil)
	s.publish("q", "a", "b", "c")
	d := first.take()
	s.depth("q")
	first.settle(d.Nack(false, true))
	d = first.take()
	first.settle(d.Ack(false))
	first.take()
	_ = first.ch.Close()
	second.take()
	s.depth("q")
	_ = second.ch.Close()
	third.take()
	s.try("exclusive", func(ch *amqp.Channel) error {
		_, err := ch.Consume(s.name("q"), "only", false, true, false, false, nil)
		return err
	})
}

func prefetchScript(s *script) {
	s.declare("q", nil)
	bodies := strings.Split("a b c d e f g h", " ")
	s.publish("q", bodies...)
	ch := s.channel()
	consume := func(tag string) *reading {
		in, err := ch.Consume(s.name("q"), tag, false, false, false, false, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		return newReading(s, tag, ch, in)
	}
	s.try("3 for the channel", func(ch *amqp.Channel) error { return ch.Qos(3, 0, true) })
	s.try("2 for a consumer", func(ch *amqp.Channel) error { return ch.Qos(2, 0, false) })
	s.try("3 for the channel", func(ch *amqp.Channel) error { return ch.Qos(3, 0, true) })
	one := consume("one")
	one.take()
	d := one.take()
	two := consume("two")
	two.take()
	s.depth("q")
	one.settle(d.Ack(false))
	one.take()
	s.depth("q")
	s.try("no limit for the channel", func(ch *amqp.Channel) error { return ch.Qos(0, 0, true) })
	two.take()
	s.depth("q")
	s.try("size", func(ch *amqp.Channel) error { return ch.Qos(0, 1000, false) })
}

func cancelScript(s *script) {
	s.declare("q", nil)
	s.publish("q", "a")
	r := s.consume("c", "q", 1, nil)
	cancelled := r.ch.NotifyCancel(make(chan string, 1))
	d := r.take()
	s.try("delete", func(ch *amqp.Channel) error {
		n, err := ch.QueueDelete(s.name("q"), false, false, false)
		s.log("deleted with %d", n)
		return err
	})
	s.log("cancelled %s", <-cancelled)
	r.take()
	r.settle(d.Ack(false))
	r.settle(d.Ack(false))
}
