package sandbox_test

import (
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

func argumentScript(s *script) {
	for i, arguments := range []amqp.Table{
		{"x-message-ttl": "60000"},
		{"x-message-ttl": int32(-1)},
		{"x-message-ttl": int64(315360000001)},
		{"x-message-ttl": 1.5},
		{"x-message-ttl": int64(60000)},
		{"x-expires": int32(0)},
		{"x-expires": int32(-5)},
		{"x-expires": true},
		{"x-max-length": int16(-1)},
		{"x-max-length": "many"},
		{"x-max-length-bytes": int32(-1)},
		{"x-max-priority": int32(256)},
		{"x-max-priority": int32(-1)},
		{"x-max-priority": byte(10)},
		{"x-overflow": "explode"},
		{"x-overflow": int32(1)},
		{"x-overflow": "reject-publish"},
		{"x-dead-letter-exchange": int32(1)},
		{"x-dead-letter-routing-key": "k"},
		{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": int32(1)},
		{"x-single-active-consumer": "yes"},
		{"x-queue-mode": "lazy"},
		{"x-queue-mode": "hasty"},
		{"x-queue-type": "magic"},
		{"x-queue-type": int32(1)},
		{"x-queue-type": "classic"},
		{"x-delivery-limit": int32(3)},
		{"x-queue-type": "quorum", "x-delivery-limit": int32(3)},
		{"x-queue-type": "quorum", "x-max-priority": int32(3)},
		{"x-queue-type": "quorum", "x-queue-mode": "lazy"},
		{"x-unknown": []any{int32(1), "two", amqp.Table{"three": nil}}},
	} {
		s.declare(fmt.Sprint("q", i), arguments)
	}
	for _, c := range []struct {
		name                   string
		durable, auto, private bool
	}{{"fleeting", false, false, false}, {"shy", true, true, false}, {"own", true, false, true}} {
		s.try(c.name, func(ch *amqp.Channel) error {
			_, err := ch.QueueDeclare(s.name(c.name), c.durable, c.auto, c.private, false,
				amqp.Table{"x-queue-type": "quorum"})
			return err
		})
	}
}

func equivalenceScript(s *script) {
	s.declare("q", amqp.Table{"x-max-length": int32(10), "x-overflow": "drop-head", "x-note": "first"})
	for _, arguments := range []amqp.Table{
		{"x-max-length": int32(10), "x-overflow": "drop-head"},
		{"x-max-length": int64(10), "x-overflow": "drop-head", "x-note": "second"},
		{"x-max-length": int16(10), "x-overflow": "drop-head", "x-queue-type": "classic"},
		{"x-max-length": int32(11), "x-overflow": "drop-head"},
		{"x-max-length": "10", "x-overflow": "drop-head"},
		{"x-overflow": "drop-head"},
		{"x-max-length": int32(10), "x-overflow": "reject-publish"},
		{"x-max-length": int32(10), "x-overflow": "drop-head", "x-message-ttl": int32(5)},
		{"x-max-length": int32(10), "x-overflow": "drop-head", "x-queue-type": "quorum"},
		{"x-max-length": int32(10), "x-overflow": "drop-head", "x-single-active-consumer": true},
		nil,
	} {
		s.declare("q", arguments)
	}
	for _, flags := range [][3]bool{{}, {true, true, false}, {true, false, true}, {true, false, false}} {
		s.try(fmt.Sprint("flags ", flags), func(ch *amqp.Channel) error {
			_, err := ch.QueueDeclare(s.name("q"), flags[0], flags[1], flags[2], false,
				amqp.Table{"x-max-length": int32(10), "x-overflow": "drop-head"})
			return err
		})
	}
	s.declare("t", amqp.Table{"x-queue-type": "quorum"})
	s.declare("t", nil)
	s.declare("t", amqp.Table{"x-queue-type": "classic"})
}

func queueScript(s *script) {
	s.depth("missing")
	s.try("reserved", func(ch *amqp.Channel) error {
		_, err := ch.QueueDeclare("amq.mine", true, false, false, false, nil)
		return err
	})
	s.declare("line\nbreak", nil)
	s.depth("linebreak")
	s.try("purge missing", func(ch *amqp.Channel) error { _, err := ch.QueuePurge(s.name("missing"), false); return err })
	s.try("delete missing", func(ch *amqp.Channel) error {
		_, err := ch.QueueDelete(s.name("missing"), false, false, false)
		return err
	})
	s.try("the last queue of none", func(ch *amqp.Channel) error { _, _, err := ch.Get("", true); return err })
	s.try("purge of none", func(ch *amqp.Channel) error { _, err := ch.QueuePurge("", true); return err })
	s.try("server-named", func(ch *amqp.Channel) error {
		q, err := ch.QueueDeclare("", false, false, true, false, nil)
		s.log("named %s", q.Name)
		_, ok, _ := ch.Get("", true)
		s.log("get from the last queue: %t", ok)
		return err
	})
	s.try("server-named quorum", func(ch *amqp.Channel) error {
		_, err := ch.QueueDeclare("", true, false, false, false, amqp.Table{"x-queue-type": "quorum"})
		return err
	})
	s.declare("q", nil)
	s.publish("q", "a", "b")
	s.try("delete if empty", func(ch *amqp.Channel) error {
		_, err := ch.QueueDelete(s.name("q"), false, true, false)
		return err
	})
	r := s.consume("c", "q", 1, nil)
	r.take()
	s.try("delete if unused", func(ch *amqp.Channel) error {
		_, err := ch.QueueDelete(s.name("q"), true, false, false)
		return err
	})
	s.try("purge", func(ch *amqp.Channel) error {
		n, err := ch.QueuePurge(s.name("q"), false)
		s.log("purged %d", n)
		return err
	})
	s.publish("q", "c", "d", "e")
	s.try("delete", func(ch *amqp.Channel) error {
		n, err := ch.QueueDelete(s.name("q"), false, false, false)
		s.log("deleted with %d", n)
		return err
	})
	s.depth("q")
}

func exchangeScript(s *script) {
	declare := func(name, kind string, flags [3]bool, arguments amqp.Table) {
		s.try(fmt.Sprint("exchange ", name, " ", kind, flags, arguments), func(ch *amqp.Channel) error {
			return ch.ExchangeDeclare(name, kind, flags[0], flags[1], flags[2], false, arguments)
		})
	}
	x := s.name("x")
	declare(x, "topic", [3]bool{true}, nil)
	declare(x, "topic", [3]bool{true}, amqp.Table{"x-anything": int32(1)})
	declare(x, "direct", [3]bool{true}, nil)
	declare(x, "topic", [3]bool{}, nil)
	declare(x, "topic", [3]bool{true, true}, nil)
	declare(x, "topic", [3]bool{true, false, true}, nil)
	declare(x, "topic", [3]bool{true}, amqp.Table{"alternate-exchange": "elsewhere"})
	declare(s.name("y"), "direct", [3]bool{}, amqp.Table{"alternate-exchange": int32(1)})
	declare("amq.mine", "direct", [3]bool{}, nil)
	declare("amq.topic", "topic", [3]bool{true}, nil)
	declare("amq.topic", "direct", [3]bool{true}, nil)
	declare("", "direct", [3]bool{true}, nil)
	s.try("passive", func(ch *amqp.Channel) error {
		return ch.ExchangeDeclarePassive(x, "headers", false, false, false, false, nil)
	})
	s.try("passive missing", func(ch *amqp.Channel) error {
		return ch.ExchangeDeclarePassive(s.name("none"), "direct", false, false, false, false, nil)
	})
	s.try("passive default", func(ch *amqp.Channel) error {
		return ch.ExchangeDeclarePassive("", "direct", false, false, false, false, nil)
	})
	remove := func(name string, ifUnused bool) {
		s.try(fmt.Sprint("delete ", name, ifUnused), func(ch *amqp.Channel) error {
			return ch.ExchangeDelete(name, ifUnused, false)
		})
	}
	s.declare("q", nil)
	s.try("bind", func(ch *amqp.Channel) error { return ch.QueueBind(s.name("q"), "k", x, false, nil) })
	remove("", false)
	remove("amq.direct", false)
	remove(s.name("none"), false)
	remove(x, true)
	remove(x, false)
	declare(s.name("fleeting"), "fanout", [3]bool{false, true}, nil)
	s.try("bind", func(ch *amqp.Channel) error { return ch.QueueBind(s.name("q"), "", s.name("fleeting"), false, nil) })
	s.try("unbind", func(ch *amqp.Channel) error { return ch.QueueUnbind(s.name("q"), "", s.name("fleeting"), nil) })
	s.try("gone", func(ch *amqp.Channel) error {
		return ch.ExchangeDeclarePassive(s.name("fleeting"), "fanout", false, true, false, false, nil)
	})
}

func bindingScript(s *script) {
	q, x := s.name("q"), s.name("x")
	s.declare("q", nil)
	s.try("exchange", func(ch *amqp.Channel) error {
		return ch.ExchangeDeclare(x, "headers", true, false, false, false, nil)
	})
	bind := func(queue, exchange string, arguments amqp.Table) {
		s.try(fmt.Sprint("bind ", queue, " to ", exchange, arguments), func(ch *amqp.Channel) error {
			return ch.QueueBind(queue, "k", exchange, false, arguments)
		})
	}
	bind(q, x, amqp.Table{"x-match": "all", "a": int32(1)})
	bind(q, x, amqp.Table{"x-match": "all", "a": int32(1)})
	bind(q, x, amqp.Table{"x-match": "some"})
	bind(q, x, amqp.Table{"x-match": int32(1)})
	bind(s.name("none"), x, nil)
	bind(q, s.name("none"), nil)
	bind(q, "", nil)
	bind("", x, nil)
	s.try("unbind what is not bound", func(ch *amqp.Channel) error { return ch.QueueUnbind(q, "other", x, nil) })
	s.try("unbind missing queue", func(ch *amqp.Channel) error { return ch.QueueUnbind(s.name("none"), "k", x, nil) })
	s.try("unbind missing exchange", func(ch *amqp.Channel) error { return ch.QueueUnbind(q, "k", s.name("none"), nil) })
	s.try("unbind", func(ch *amqp.Channel) error {
		return ch.QueueUnbind(q, "k", x, amqp.Table{"x-match": "all", "a": int32(1)})
	})
	s.try("exchange to exchange", func(ch *amqp.Channel) error { return ch.ExchangeBind(x, "k", "amq.topic", false, nil) })
	s.try("to missing", func(ch *amqp.Channel) error { return ch.ExchangeBind(s.name("none"), "k", x, false, nil) })
	s.try("to default", func(ch *amqp.Channel) error { return ch.ExchangeBind("", "k", x, false, nil) })
	s.try("unbind exchange", func(ch *amqp.Channel) error { return ch.ExchangeUnbind(x, "k", "amq.topic", false, nil) })
}
