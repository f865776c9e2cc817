package sandbox_test

import (
	"fmt"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// settle settles, and waits until the broker has done so.
func (r *reading) settle(err error) {
	r.s.t.Helper()
	if err == nil {
		err = r.ch.Flow(true)
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
	s.try("recover", func(ch *amqp.Channel) error { return ch.Recover(true) })
	for range 5 {
		s.get("q")
	}
	s.try("give two back", func(ch *amqp.Channel) error { return ch.Nack(7, true, true) })
	s.depth("q")
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
	for name, arguments := range map[string]amqp.Table{
		"drop":  {"x-max-length": int32(2)},
		"bytes": {"x-max-length-bytes": int32(5)},
		"refuse": {
			"x-max-length": int32(2), "x-overflow": "reject-publish",
		},
		"bury": {"x-max-length": int32(1), "x-overflow": "reject-publish-dlx"},
		"none": {"x-max-length": int32(0)},
	} {
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
		return &reading{s, tag, ch, in}
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

func quorumScript(s *script) {
	s.declare("dead", nil)
	s.declare("limited", amqp.Table{
		"x-queue-type": "quorum", "x-delivery-limit": int32(2),
		"x-dead-letter-exchange": "", "x-dead-letter-routing-key": s.name("dead"),
	})
	s.declare("free", amqp.Table{"x-queue-type": "quorum"})
	s.declare("patient", amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": int32(20)})
	for queue, bodies := range map[string][]string{"limited": {"a"}, "patient": {"a", "b"}, "free": {"a", "b"}} {
		lines := s.take()
		s.publish(queue, bodies...)
		s.awaitDepth(queue, len(bodies))
		r := s.consume(queue, queue, 1, nil)
		for range 3 {
			d := r.take()
			r.settle(d.Nack(false, true))
		}
		if queue != "limited" {
			r.take()
			_ = r.ch.Close()
			s.awaitDepth(queue, len(bodies))
			s.get(queue)
			s.get(queue)
		}
		s.lines = append(lines, strings.Join(s.lines, " | "))
	}
	s.sorted(s.take())
	s.awaitDepth("dead", 1)
	s.get("dead")
	s.try("global qos", func(ch *amqp.Channel) error {
		if err := ch.Qos(1, 0, true); err != nil {
			return err
		}
		_, err := ch.Consume(s.name("free"), "", false, false, false, false, nil)
		return err
	})
}

func txScript(s *script) {
	s.declare("q", nil)
	s.publish("q", "a", "b")
	s.try("commit of nothing", func(ch *amqp.Channel) error { return ch.TxCommit() })
	s.try("rollback of nothing", func(ch *amqp.Channel) error { return ch.TxRollback() })
	s.try("tx", func(ch *amqp.Channel) error { return ch.Tx() })
	a := s.get("q")
	s.try("ack", func(*amqp.Channel) error { return a.Ack(false) })
	s.publish("q", "c")
	s.depth("q")
	s.try("rollback", func(ch *amqp.Channel) error { return ch.TxRollback() })
	s.depth("q")
	s.try("ack again", func(*amqp.Channel) error { return a.Ack(false) })
	s.publish("q", "d")
	s.try("commit", func(ch *amqp.Channel) error { return ch.TxCommit() })
	s.depth("q")
	b := s.get("q")
	s.try("requeue", func(*amqp.Channel) error { return b.Nack(false, true) })
	s.depth("q")
	s.try("commit", func(ch *amqp.Channel) error { return ch.TxCommit() })
	s.depth("q")
	s.try("confirms after tx", func(ch *amqp.Channel) error { return ch.Confirm(false) })
}

func lifetimeScript(s *script) {
	declare := func(name string, autoDelete, exclusive bool, arguments amqp.Table) {
		s.try("declare "+name, func(ch *amqp.Channel) error {
			_, err := ch.QueueDeclare(s.name(name), false, autoDelete, exclusive, false, arguments)
			return err
		})
	}
	awaitEnd := func(name string) {
		deadline := time.Now().Add(patience)
		for {
			_, err := s.channel().QueueDeclarePassive(s.name(name), false, false, false, false, nil)
			if err != nil {
				s.log("%s: %s", name, told(err))
				return
			}
			if time.Now().After(deadline) {
				s.t.Fatalf("%s is still there", name)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	declare("auto", true, false, nil)
	r := s.consume("c", "auto", 1, nil)
	s.depth("auto")
	_ = r.ch.Close()
	awaitEnd("auto")
	declare("idle", false, false, amqp.Table{"x-expires": int32(50)})
	time.Sleep(100 * time.Millisecond) // what is asked for is the passing of time itself
	awaitEnd("idle")
	declare("own", false, true, nil)
	other, err := amqp.Dial(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer other.Close()
	for what, ask := range map[string]func(*amqp.Channel) error{
		"passive": func(ch *amqp.Channel) error {
			_, err := ch.QueueDeclarePassive(s.name("own"), false, false, true, false, nil)
			return err
		},
		"declare": func(ch *amqp.Channel) error {
			_, err := ch.QueueDeclare(s.name("own"), false, false, false, false, nil)
			return err
		},
		"get":    func(ch *amqp.Channel) error { _, _, err := ch.Get(s.name("own"), true); return err },
		"purge":  func(ch *amqp.Channel) error { _, err := ch.QueuePurge(s.name("own"), false); return err },
		"bind":   func(ch *amqp.Channel) error { return ch.QueueBind(s.name("own"), "k", "amq.topic", false, nil) },
		"delete": func(ch *amqp.Channel) error { _, err := ch.QueueDelete(s.name("own"), false, false, false); return err },
	} {
		ch, err := other.Channel()
		if err != nil {
			s.t.Fatal(err)
		}
		s.log("other's %s: %s", what, told(ask(ch)))
	}
	s.sorted(s.take())
	s.hangUp()
	awaitEnd("own")
}
