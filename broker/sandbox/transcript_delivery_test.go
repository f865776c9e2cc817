package sandbox_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// reading logs what a consumer gets.
type reading struct {
	s      *script
	name   string
	ch     *amqp.Channel
	in     <-chan amqp.Delivery
	closes chan *amqp.Error
}

func newReading(s *script, name string, ch *amqp.Channel, in <-chan amqp.Delivery) *reading {
	return &reading{s, name, ch, in, ch.NotifyClose(make(chan *amqp.Error, 1))}
}

// consume starts a consumer on a channel of its own, with the given prefetch.
func (s *script) consume(name, queue string, prefetch int, arguments amqp.Table) *reading {
	s.t.Helper()
	ch, err := s.connect().Channel()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := ch.Qos(prefetch, 0, false); err != nil {
		s.t.Fatal(err)
	}
	in, err := ch.Consume(s.name(queue), name, false, false, false, false, arguments)
	if err != nil {
		s.log("consume %s: %s", name, told(err))
	}
	return newReading(s, name, ch, in)
}

func (r *reading) take() amqp.Delivery {
	r.s.t.Helper()
	select {
	case d, ok := <-r.in:
		if !ok {
			r.s.log("%s: ended", r.name)
			return d
		}
		r.s.log("%s: %s", r.name, shown(d))
		return d
	case <-time.After(patience):
		r.s.t.Fatalf("%s got nothing; so far: %q", r.name, r.s.lines)
		return amqp.Delivery{}
	}
}

// settle settles, and waits until the broker has done so.
func (r *reading) settle(err error) {
	r.s.t.Helper()
	if err == nil {
		err = r.ch.Flow(true)
	}
	if errors.Is(err, amqp.ErrClosed) { // the broker's word was there before the question
		if said, ok := <-r.closes; ok {
			err = said
		}
	}
	if err != nil {
		r.s.log("%s: %s", r.name, told(err))
	}
}

func publishingScript(s *script) {
	s.declare("q", nil)
	s.try("internal exchange", func(ch *amqp.Channel) error {
		return ch.ExchangeDeclare(s.name("inner"), "fanout", true, false, true, false, nil)
	})
	publish := func(what, exchange string, p amqp.Publishing) {
		s.try("publish "+what, func(ch *amqp.Channel) error {
			return ch.Publish(exchange, s.name("q"), false, false, p)
		})
	}
	publish("to no exchange", s.name("none"), amqp.Publishing{})
	publish("to an internal exchange", s.name("inner"), amqp.Publishing{})
	for _, expiration := range []string{"abc", "-1", "1.5", "", "315360000001", "+5", "10000"} {
		publish("expiring "+expiration, "", amqp.Publishing{Expiration: expiration})
	}
	publish("as another user", "", amqp.Publishing{UserId: "somebody"})
	publish("as the user", "", amqp.Publishing{UserId: "guest"})
	publish("with mode 7", "", amqp.Publishing{DeliveryMode: 7})
	s.depth("q")
	s.try("confirms", func(ch *amqp.Channel) error {
		if err := ch.Confirm(false); err != nil {
			return err
		}
		confirms := ch.NotifyPublish(make(chan amqp.Confirmation, 4))
		returns := ch.NotifyReturn(make(chan amqp.Return, 4))
		for _, key := range []string{s.name("q"), s.name("nowhere")} {
			body := []byte(strings.Repeat("body", 50_000))
			if err := ch.Publish("", key, true, false, amqp.Publishing{Body: body, Headers: amqp.Table{"n": 1}}); err != nil {
				return err
			}
			c := <-confirms
			s.log("confirm %d %t", c.DeliveryTag, c.Ack)
		}
		r := <-returns
		s.log("returned %d %s %s %q %d %v", r.ReplyCode, r.ReplyText, r.Exchange, r.RoutingKey, len(r.Body), r.Headers)
		return nil
	})
	s.try("tx after confirms", func(ch *amqp.Channel) error { return ch.Tx() })
}

func gettingScript(s *script) {
	s.declare("q", nil)
	s.get("q")
	s.publish("q", "a", "b", "c", "d", "e")
	a := s.get("q")
	s.get("q")
	s.try("ack", func(*amqp.Channel) error { return a.Ack(false) })
	s.try("second ack", func(*amqp.Channel) error { return a.Ack(false) })
	s.get("q")
	s.get("q")
	s.try("ack of two", func(ch *amqp.Channel) error { return ch.Ack(2, true) })
	s.try("ack of all of none", func(ch *amqp.Channel) error { return ch.Ack(0, true) })
	s.try("ack of tag 0", func(ch *amqp.Channel) error { return ch.Ack(0, false) })
	s.try("nack of an unknown", func(ch *amqp.Channel) error { return ch.Nack(9, false, true) })
	s.try("reject of an unknown", func(ch *amqp.Channel) error { return ch.Reject(9, true) })
	s.get("q")
	s.get("missing")
}

func requeueScript(s *script) {
	s.declare("q", nil)
	s.publish("q", "a", "b", "c", "d", "e")
	a, _, c, d := s.get("q"), s.get("q"), s.get("q"), s.get("q")
	s.try("give c back", func(*amqp.Channel) error { return c.Nack(false, true) })
	s.try("reject a", func(*amqp.Channel) error { return a.Reject(true) })
	s.get("q")
	s.try("drop d", func(*amqp.Channel) error { return d.Reject(false) })
	//lint:ignore SA1019 clients may still ask for it
	s.try("recover", func(ch *amqp.Channel) error { return ch.Recover(true) })
	for range 5 {
		s.get("q")
	}
	s.try("give two back", func(ch *amqp.Channel) error { return ch.Nack(7, true, true) })
	s.depth("q")
	//lint:ignore SA1019 clients may still ask for it
	s.try("recover without requeue", func(ch *amqp.Channel) error { return ch.Recover(false) })
}

func deadLetterScript(s *script) {
	dead := amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": s.name("dead")}
	s.declare("dead", amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": s.name("q")})
	s.declare("q", dead)
	s.declare("nowhere", amqp.Table{"x-dead-letter-exchange": s.name("no-such")})
	s.declare("kept", amqp.Table{"x-dead-letter-exchange": "amq.fanout"})
	s.send("", s.name("q"), amqp.Publishing{
		Body: []byte("x"), Expiration: "100000", Headers: amqp.Table{"own": "header"}, MessageId: "id", Priority: 3,
	})
	for range 2 { // round and round, counting
		d := s.get("q")
		s.try("reject", func(*amqp.Channel) error { return d.Reject(false) })
		d = s.get("dead")
		s.log("properties %q %d", d.MessageId, d.Priority)
		s.try("nack", func(*amqp.Channel) error { return d.Nack(false, false) })
	}
	s.get("q")
	s.publish("nowhere", "lost")
	d := s.get("nowhere")
	s.try("reject into nothing", func(*amqp.Channel) error { return d.Reject(false) })
	s.try("bind", func(ch *amqp.Channel) error { return ch.QueueBind(s.name("dead"), "", "amq.fanout", false, nil) })
	s.publish("kept", "key stays")
	d = s.get("kept")
	s.try("reject with its own key", func(*amqp.Channel) error { return d.Reject(false) })
	s.get("dead")
	s.try("unbind", func(ch *amqp.Channel) error { return ch.QueueUnbind(s.name("dead"), "", "amq.fanout", nil) })
	s.declare("forged", dead)
	s.send("", s.name("forged"), amqp.Publishing{Headers: amqp.Table{"x-death": "nonsense"}})
	d = s.get("forged")
	s.try("reject", func(*amqp.Channel) error { return d.Reject(false) })
	s.get("dead")
}

func expiryScript(s *script) {
	s.declare("dead", nil)
	toDead := amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": s.name("dead")}
	s.declare("q", toDead)
	s.send("", s.name("q"), amqp.Publishing{Body: []byte("short"), Expiration: "1"})
	s.awaitDepth("dead", 1)
	s.get("dead")
	s.send("", s.name("q"), amqp.Publishing{Body: []byte("none"), Expiration: "0"})
	s.awaitDepth("dead", 1)
	s.get("dead")
	s.declare("ttl", amqp.Table{
		"x-message-ttl": int32(1), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": s.name("dead"),
	})
	s.publish("ttl", "a", "b")
	s.awaitDepth("dead", 2)
	s.get("dead")
	s.get("dead")
	s.declare("circle", amqp.Table{
		"x-message-ttl": int32(1), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": s.name("circle"),
	})
	s.publish("circle", "gone")
	s.awaitDepth("circle", 0)
	s.declare("instant", amqp.Table{"x-message-ttl": int32(0)})
	s.publish("instant", "nobody there")
	s.depth("instant")
	r := s.consume("c", "instant", 0, nil)
	s.publish("instant", "somebody there")
	r.take()
}

func overflowScript(s *script) {
	s.declare("dead", nil)
	cases := map[string]amqp.Table{
		"drop":  {"x-max-length": int32(2)},
		"bytes": {"x-max-length-bytes": int32(5)},
		"refuse": {
			"x-max-length": int32(2), "x-overflow": "reject-publish",
		},
		"bury": {"x-max-length": int32(1), "x-overflow": "reject-publish-dlx"},
		"none": {"x-max-length": int32(0)},
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) { // in one order for both
		arguments := cases[name]
		arguments["x-dead-letter-exchange"] = ""
		arguments["x-dead-letter-routing-key"] = s.name("dead")
		var lines []string
		lines, s.lines = s.lines, nil
		s.declare(name, arguments)
		s.try("overflow "+name, func(ch *amqp.Channel) error {
			if err := ch.Confirm(false); err != nil {
				return err
			}
			confirms := ch.NotifyPublish(make(chan amqp.Confirmation, 4))
			for _, body := range []string{"aa", "bb", "cc", "dddddd"} {
				if err := ch.Publish("", s.name(name), false, false, amqp.Publishing{Body: []byte(body)}); err != nil {
					return err
				}
				c := <-confirms
				s.log("%s %s: %t", name, body, c.Ack)
			}
			return nil
		})
		s.depth(name)
		s.get(name)
		s.depth("dead")
		for range 3 {
			s.get("dead")
		}
		s.try("purge", func(ch *amqp.Channel) error { _, err := ch.QueuePurge(s.name("dead"), false); return err })
		s.ch.Close()
		s.try("drop", func(ch *amqp.Channel) error {
			_, err := ch.QueueDelete(s.name(name), false, false, false)
			return err
		})
		s.try("purge", func(ch *amqp.Channel) error { _, err := ch.QueuePurge(s.name("dead"), false); return err })
		s.lines = append(lines, strings.Join(s.lines, " | "))
	}
	s.sorted(s.take())
}

func (s *script) take() []string {
	lines := s.lines
	s.lines = nil
	return lines
}
