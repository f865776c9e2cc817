package sandbox_test

import (
	"maps"
	"slices"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

func quorumScript(s *script) {
	s.declare("dead", nil)
	s.declare("limited", amqp.Table{
		"x-queue-type": "quorum", "x-delivery-limit": int32(2),
		"x-dead-letter-exchange": "", "x-dead-letter-routing-key": s.name("dead"),
	})
	s.declare("free", amqp.Table{"x-queue-type": "quorum"})
	s.declare("patient", amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": int32(20)})
	cases := map[string][]string{"limited": {"a"}, "patient": {"a", "b"}, "free": {"a", "b"}}
	for _, queue := range slices.Sorted(maps.Keys(cases)) { // in one order for both
		bodies := cases[queue]
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
	cases := map[string]func(*amqp.Channel) error{
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
	}
	for _, what := range slices.Sorted(maps.Keys(cases)) { // in one order for both
		ask := cases[what]
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
